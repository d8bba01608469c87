package evidence_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/faultproxy"
	"github.com/s3chaos/s3chaos/scenarios/internal/evidence"
)

func TestLineShowsTimeRequestFaultAndEnd(t *testing.T) {
	r := faultproxy.Record{
		Kind: faultproxy.KindExchange, Done: true, At: time.Second, End: 1500 * time.Millisecond,
		Operation: "GetObject",
		Bucket:    "demo", Key: "a\x1b.bin", Status: 503, Fault: "respond: {status: 503}", Ended: "complete",
	}
	require.Equal(t, `1s → 1.5s  GetObject demo/a\x1b.bin  503  [respond: {status: 503}]`, evidence.Line(r))
}

func TestLastKeepsTheLastMatchingLinesAndCountsTheRest(t *testing.T) {
	var records []faultproxy.Record
	for i := range evidence.MaxLines + 3 {
		at := time.Duration(i) * time.Second
		records = append(records, faultproxy.Record{Step: "1", At: at, Operation: "GetObject"})
	}
	records = append(records, faultproxy.Record{Step: "2", Operation: "PutObject"})
	lines := evidence.Last(records, evidence.InStep("1"))
	require.Len(t, lines, evidence.MaxLines+1)
	require.Equal(t, "… 3 earlier", lines[0])
	for _, line := range lines[1:] {
		require.Contains(t, line, "GetObject")
	}
}

func TestWithinFollowsStepNumbers(t *testing.T) {
	require.True(t, evidence.Within("2.1", "2"))
	require.True(t, evidence.Within("2", "2"))
	require.False(t, evidence.Within("21", "2"))
}

func TestVisibleSpellsOutControlCharacters(t *testing.T) {
	require.Equal(t, `red \x1b[31m\a`, evidence.Visible("red \x1b[31m\a"))
}

func TestBytesQuotesTextAndCountsTheRest(t *testing.T) {
	require.Equal(t, `"words"`, evidence.Bytes([]byte("words")))
	require.NotContains(t, evidence.Bytes([]byte{0, 1, 2}), "\x00")
}
