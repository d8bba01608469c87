package scenarios_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/scenarios"
)

// measuredDrill fails in an attempt count and in a wait.
const measuredDrill = `version: 1
name: measured
objects: [{bucket: demo, key: a, size: 10B}]
client: {builtin: {retry: {initial_delay: 100ms, jitter: none}}}
steps:
  - download: {bucket: demo, key: a, to: a}
faults:
  - {match: {operation: GetObject}, times: 1, respond: {status: 503, code: SlowDown}}
expect:
  attempts: {min: 3}

  waits: [{min: 1s}]
  bytes_received: {max: 1B}
tags: [x]
`

func TestResultHasNumbersWindowsAndQuotedLines(t *testing.T) {
	s, err := scenarios.Parse("m.yaml", []byte(measuredDrill))
	require.NoError(t, err)
	r := scenarios.Run(t.Context(), s, scenarios.Options{})
	require.Equal(t, scenarios.Fail, r.Verdict, "%v", r.Reasons)

	numbers := map[string]*scenarios.Measured{}
	for _, reason := range r.Reasons {
		numbers[reason.Kind] = reason.Measured
	}
	three, second, one := int64(3), int64(time.Second), int64(1)
	require.Equal(t, &scenarios.Measured{Unit: scenarios.Count, Min: &three, Got: []int64{2}}, numbers["attempts"])
	require.Equal(t, &scenarios.Measured{
		Unit: scenarios.Nanoseconds, Min: &second, Got: []int64{int64(100 * time.Millisecond)},
	}, numbers["waits"])
	require.Equal(t, &one, numbers["bytes_received"].Max)
	require.Equal(t, []int64{r.BytesReceived}, numbers["bytes_received"].Got)

	require.Equal(t, map[string]int{"GetObject": 2}, r.Requests)
	require.Positive(t, r.BytesSent)
	require.Nil(t, r.ExitCode)
	require.Nil(t, r.Groups[0].Attempts[0].Allowed)
	require.Equal(t, &scenarios.Window{Min: time.Second}, r.Groups[0].Attempts[1].Allowed)
	require.Equal(t, []scenarios.QuotedLine{
		{Line: 9, Text: "expect:"},
		{Line: 10, Text: "  attempts: {min: 3}"},
		{Line: 12, Text: "  waits: [{min: 1s}]"},
		{Line: 13, Text: "  bytes_received: {max: 1B}"},
	}, r.Quoted)
}

func TestPolicyAllowsAWindowBeforeEachRetry(t *testing.T) {
	s, err := scenarios.Parse("p.yaml", []byte(`version: 1
name: policy
objects: [{bucket: demo, key: a, size: 10B}]
client: {builtin: {retry: {initial_delay: 100ms, jitter: full, max_attempts: 3}}}
steps:
  - download: {bucket: demo, key: a, to: a}
faults:
  - {match: {operation: GetObject}, times: 2, respond: {status: 503, code: SlowDown}}
expect: {waits: policy}
`))
	require.NoError(t, err)
	r := scenarios.Run(t.Context(), s, scenarios.Options{})
	require.Equal(t, scenarios.Pass, r.Verdict, "%v", r.Reasons)
	for i, a := range r.Groups[0].Attempts[1:] {
		require.LessOrEqual(t, a.Allowed.Min, a.Wait)
		require.InDelta(t, 100*time.Millisecond<<i, *a.Allowed.Max, float64(time.Microsecond))
	}
}
