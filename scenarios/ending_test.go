package scenarios_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/scenarios"
)

// The timeout may cut what the file does itself. That says nothing about the client.
func TestTimeoutThatCutsTheFilesOwnStepsIsNoHang(t *testing.T) {
	const exists = "exists: {bucket: demo, key: a}"
	const world = `objects: [{bucket: demo, key: a, size: 64KiB}]
timeout: 5s
client: {builtin: {}}
steps:
  - download: {bucket: demo, key: a}
`
	for step, want := range map[string]string{
		"raw: {send: []}":                                          "the step 2 on line 8 (raw) was not over",
		"raw: {send: [x], hold: 1m, then: close}":                  "(raw)",
		"parallel: [{raw: {send: []}}, {wait: 3s}]":                "the step 2.1 on line 8 (raw)",
		"load: {workers: 1, turns: 9, step: {" + exists + "}}":     "(load)",
		"get: {bucket: demo, key: a, pause: 9s}":                   "(get)",
		"presign: {method: GET, bucket: demo, key: a, after: 10s}": "(presign)",
	} {
		r := scenarios.Run(t.Context(), drill(t, world+"  - "+step+"\n"), scenarios.Options{})
		require.Equal(t, scenarios.Error, r.Verdict, "%s: %v", step, r.Reasons)
		require.Contains(t, told(r), "the file's own steps last longer than the timeout 5s: the step ")
		require.Contains(t, told(r), want)
	}
	for _, step := range []string{
		"parallel: [{raw: {send: []}}, {download: {bucket: demo, key: b}}]",
		"call: {attempts: [{takes: 1h}, {}]}",
	} {
		r := scenarios.Run(t.Context(), drill(t, world+"  - "+step+`
faults: [{match: {key: b}, optional: true, timeout: {}}]
`), scenarios.Options{})
		require.Equal(t, scenarios.Fail, r.Verdict, "%s: %v", step, r.Reasons)
		require.Equal(t, "hang", r.Reasons[0].Kind)
	}
}

// An attempt that ignores its context belongs to the file, and so do the goroutines that wait for
// it.
func TestAttemptThatOutlivesItsDrillIsNoLeak(t *testing.T) {
	for _, clock := range []string{"", "clock: real\ntimeout: 100ms\n"} {
		r := scenarios.Run(t.Context(), drill(t, clock+`client: {builtin: {retry: {jitter: none}}}
steps:
  - {call: {attempts: [{takes: 1h, deaf: true}, {}]}, deadline: 5s}
`), scenarios.Options{})
		require.Equal(t, []string{"hang"}, kinds(r), "%v", r.Reasons)
	}
	r := scenarios.Run(t.Context(), drill(t, `client: {builtin: {retry: {jitter: none}}}
steps:
  - call: {policy: {hedge: {after: 1s}}, idempotent: true, attempts: [{takes: 1h, deaf: true}, {takes: 1s}]}
`), scenarios.Options{})
	require.Equal(t, scenarios.Pass, r.Verdict, "%v", r.Reasons)
}

// The goroutine of a step that waits for the steps inside it is not the client's.
func TestStuckClientLeaksOnlyItsOwnGoroutines(t *testing.T) {
	defer leakingOnPurpose(t)()
	r := scenarios.Run(t.Context(), drill(t, `objects: [{bucket: demo, key: a, size: 1KiB}]
client: {builtin: {}}
timeout: 5s
steps:
  - parallel: [{exists: {bucket: demo, key: a}}]
`), scenarios.Options{NewClient: with(func(_ scenarios.ClientConfig, f *flawed) {
		f.exists = func(context.Context, string, string) (bool, error) {
			<-make(chan bool)
			return true, nil
		}
	})})
	require.Equal(t, []string{"hang", "leak"}, kinds(r), "%v", r.Reasons)
	require.NotContains(t, told(r), "player")
}
