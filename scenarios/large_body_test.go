package scenarios_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/internal/racing"
	"github.com/s3chaos/s3chaos/scenarios"
)

// Bodies that are larger than all buffers between the client and the proxy are sent while a fault
// acts on them.
func TestFaultsOfLargeBodiesHaveOneJournal(t *testing.T) {
	faults := []string{
		"reset_peer: {at: request_head}", "reset_peer: {at: request_body, after_bytes: 100KiB}",
		"reset_peer: {at: request_body, after_bytes: 50%}", "reset_peer: {at: request_body, after: 1s}",
		"reset_peer: {at: request_body, after_bytes: 70KiB, hold: 1s}", "reset_peer: {after_bytes: 100KiB}",
		"close_early: {after_bytes: 100KiB}", "respond: {status: 503, early: true}", "continue: final",
		"stall: {at: request_body, after_bytes: 100KiB, for: 3s}", "slicer: {in: request, size: 50KiB, delay: 100ms}",
		"duplicate: {}",
	}
	if racing.On {
		faults = faults[1:3]
	}
	for _, fault := range faults {
		s, err := scenarios.Parse("large.yaml", fmt.Appendf(nil, `version: 1
name: a fault of large bodies
client: {builtin: {retry: {initial_delay: 100ms, attempt_timeout: 5s}}}
objects: [{bucket: demo, key: k, size: 400KiB}]
steps:
  - upload: {bucket: demo, key: a, size: 1MiB}
  - parallel:
      - download: {bucket: demo, key: k}
      - upload_stream: {bucket: demo, key: b, size: 400KiB, seekable: false}
faults: [{optional: true, times: 3, %s}]
expect: {outcome: any}
`, fault))
		require.NoError(t, err)
		requireOneJournal(t, s, 8)
	}
}
