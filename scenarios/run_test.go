package scenarios_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/scenarios"
)

// drill reads a scenario and adds the head that all of them share.
func drill(t testing.TB, text string) *scenarios.Scenario {
	t.Helper()
	s, err := scenarios.Parse("drill.yaml", []byte("version: 1\nname: a drill\n"+text))
	require.NoError(t, err)
	return s
}

// oracleDrill reads a scenario that only the oracle judges: its steps may succeed or fail.
func oracleDrill(t testing.TB, text string) *scenarios.Scenario {
	t.Helper()
	if !strings.HasPrefix(text, "expect:") && !strings.Contains(text, "\nexpect:") {
		text = "expect: {outcome: any}\n" + text
	}
	return drill(t, text)
}

const twice503 = `seed: 7
objects:
  - {bucket: demo, key: a.bin, size: 64KiB}
client:
  builtin:
    retry: {max_attempts: 5, initial_delay: 100ms, multiplier: 2, jitter: none}
steps:
  - download: {bucket: demo, key: a.bin}
faults:
  - match: {operation: GetObject}
    times: 2
    respond: {status: 503, code: SlowDown}
expect:
  outcome: success
  attempts: 3
  waits: [100ms, 200ms]
`

func TestDownloadPassesWithExactWaitsAfterTwo503(t *testing.T) {
	r := scenarios.Run(context.Background(), drill(t, twice503), scenarios.Options{})
	require.Equal(t, scenarios.Pass, r.Verdict, "%v", r.Reasons)
	require.Equal(t, 3, r.Attempts)
	require.Equal(t, 3, r.Sends)
	require.Equal(t, []time.Duration{100 * time.Millisecond, 200 * time.Millisecond}, r.Waits)
	require.Equal(t, 2, r.FaultsFired())
	require.Len(t, r.JournalSHA256, 64)
}
