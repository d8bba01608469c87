package scenarios_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/scenarios"
)

// A connection rule that may still act gives every dial its identity latency. This latency is no
// part of a wait.
func TestWaitsAreExactWithConnectionRules(t *testing.T) {
	r := scenarios.Run(context.Background(), drill(t, `objects: [{bucket: demo, key: k, size: 1KiB}]
client: {builtin: {retry: {max_attempts: 5, initial_delay: 100ms, jitter: none}}}
steps:
  - download: {bucket: demo, key: k}
faults:
  - {match: {}, times: 1, refuse: {}}
  - {match: {}, during: [0s, 1h], after: 100, optional: true, refuse: {}}
  - {match: {operation: GetObject}, times: 2, reset_peer: {at: response_head}}
expect:
  attempts: 4
  waits: [100ms, 200ms, 400ms]
`), scenarios.Options{})
	require.Equal(t, scenarios.Pass, r.Verdict, "%v", r.Reasons)
}
