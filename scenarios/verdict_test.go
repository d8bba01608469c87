package scenarios_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/scenarios"
)

func TestUnfiredFaultMakesTheDrillVacuous(t *testing.T) {
	for _, c := range []struct {
		fault   string
		verdict scenarios.Verdict
	}{
		{`{match: {operation: PutObject}, respond: {status: 503}}`, scenarios.Vacuous},
		{`{match: {operation: PutObject}, optional: true, respond: {status: 503}}`, scenarios.Pass},
		{`{match: {operation: GetObject}, times: 1, respond: {status: 503}}`, scenarios.Pass},
		{`{match: {operation: GetObject, attempt: 1}, times: 2, respond: {status: 503}}`, scenarios.Vacuous},
		{
			`{match: {operation: GetObject, attempt: 1}, times: 2, during: [0s, 1h], respond: {status: 503}}`,
			scenarios.Pass,
		},
		{
			`{match: {operation: GetObject, attempt: 1}, times: 2, probability: 1, respond: {status: 503}}`,
			scenarios.Pass,
		},
		{`{match: {operation: GetObject}, during: [1h, 2h], respond: {status: 503}}`, scenarios.Vacuous},
	} {
		t.Run(c.fault, func(t *testing.T) {
			r := scenarios.Run(context.Background(), drill(t, oneDownload+"faults: ["+c.fault+"]\n"),
				scenarios.Options{})
			require.Equal(t, c.verdict, r.Verdict, "%v", r.Reasons)
			if c.verdict == scenarios.Vacuous {
				require.Equal(t, []string{"unfired"}, kinds(r))
				require.NotEmpty(t, r.Faults[0].Unmet)
				require.NotZero(t, r.Reasons[0].Line)
			}
		})
	}
}

func TestFailureListsUnfiredFaultsFirst(t *testing.T) {
	r := scenarios.Run(context.Background(), drill(t, oneDownload+`faults: [{match: {operation: PutObject}, respond: {status: 503}}]
expect: {attempts: 2}
`), scenarios.Options{})
	require.Equal(t, scenarios.Fail, r.Verdict)
	require.Equal(t, []string{"unfired", "attempts"}, kinds(r))
	require.Equal(t, "chaos run drill.yaml --seed 1", r.Replay)
	require.NotEmpty(t, r.Reasons[1].Evidence)
}

func TestClientPanicIsAnError(t *testing.T) {
	for _, clock := range []scenarios.Clock{scenarios.Virtual, scenarios.Real} {
		r := scenarios.Run(context.Background(), drill(t, oneDownload),
			scenarios.Options{Clock: clock, NewClient: with(func(_ scenarios.ClientConfig, f *flawed) {
				f.download = func(context.Context, string, string, string, *scenarios.Range, func(int64)) error {
					panic("the tool fell over")
				}
			})})
		require.Equal(t, scenarios.Error, r.Verdict)
		require.Contains(t, r.Reasons[0].Got, "the tool fell over")
	}
}

func TestClientThatSendsWithoutEndHangs(t *testing.T) {
	t.Parallel()
	r := scenarios.Run(context.Background(), drill(t, oneDownload+"faults: [{match: {}, refuse: {}}]\n"),
		scenarios.Options{NewClient: with(func(c scenarios.ClientConfig, f *flawed) {
			f.download = func(ctx context.Context, bucket, key, _ string, _ *scenarios.Range, _ func(int64)) error {
				for ctx.Err() == nil {
					if _, err := plainGet(ctx, c, bucket, key); err == nil {
						return nil
					}
				}
				return ctx.Err()
			}
		})})
	require.Equal(t, scenarios.Fail, r.Verdict)
	require.Equal(t, []string{"hang"}, kinds(r))
	require.Equal(t, "1", r.Reasons[0].Step)
	require.Contains(t, r.Reasons[0].Got, "the client sends requests without end: 2000")
	require.NotEmpty(t, r.Reasons[0].Evidence)
}

func TestHangEndsAtTheTimeout(t *testing.T) {
	seen := atomic.Bool{}
	r := scenarios.Run(context.Background(), drill(t, oneDownload+silent),
		scenarios.Options{NewClient: with(func(c scenarios.ClientConfig, f *flawed) {
			f.download = func(ctx context.Context, bucket, key, _ string, _ *scenarios.Range, _ func(int64)) error {
				_, err := plainGet(ctx, c, bucket, key)
				seen.Store(ctx.Err() != nil)
				return err
			}
		})})
	require.Equal(t, []string{"hang"}, kinds(r))
	require.True(t, seen.Load(), "the client is told")
	require.Equal(t, 5*time.Minute, r.Elapsed)
	require.Equal(t, "1", r.Reasons[0].Step)
	require.Contains(t, r.Reasons[0].Evidence[0], "in flight")
}

func TestScenarioPassesInBothClocks(t *testing.T) {
	s := drill(t, twice503)
	r := scenarios.Run(context.Background(), s, scenarios.Options{Clock: scenarios.Real})
	require.Equal(t, scenarios.Pass, r.Verdict, "%v", r.Reasons)
	require.Equal(t, scenarios.Real, r.Clock)
	require.Empty(t, r.JournalSHA256)
	require.GreaterOrEqual(t, r.Elapsed, 290*time.Millisecond)
}

func TestLeakIsFoundInRealTime(t *testing.T) {
	defer leakingOnPurpose(t)()
	r := scenarios.Run(context.Background(), drill(t, oneDownload),
		scenarios.Options{Clock: scenarios.Real, NewClient: with(func(_ scenarios.ClientConfig, f *flawed) {
			good := f.Client
			f.download = func(ctx context.Context, bucket, key, path string, span *scenarios.Range,
				progress func(int64),
			) error {
				go func() { <-make(chan struct{}) }()
				return good.Download(ctx, bucket, key, path, span, progress)
			}
		})})
	require.Equal(t, scenarios.Fail, r.Verdict)
	require.Equal(t, []string{"leak"}, kinds(r), "%v", r.Reasons)
	require.Contains(t, r.Reasons[0].Got, "TestLeakIsFoundInRealTime")
}

func TestDownloadSucceedsAfterEachTLSFault(t *testing.T) {
	for _, as := range []string{"expired", "wrong_name", "untrusted", "handshake"} {
		for _, clock := range []scenarios.Clock{scenarios.Virtual, scenarios.Real} {
			t.Run(as+" "+string(clock), func(t *testing.T) {
				r := scenarios.Run(context.Background(), drill(t, `objects: [{bucket: demo, key: k, size: 1KiB}]
client: {builtin: {retry: {initial_delay: 10ms, jitter: none}}}
steps:
  - name: bad
    download: {bucket: demo, key: k}
  - name: good
    download: {bucket: demo, key: k}
    expect: {outcome: success}
faults: [{match: {}, times: 1, tls: `+as+`}]
`), scenarios.Options{Clock: clock})
				require.Equal(t, scenarios.Pass, r.Verdict, "%v", r.Reasons)
				require.Equal(t, 1, r.FaultsFired())
			})
		}
	}
}

func TestViolatesOfOneStepCoversThatStep(t *testing.T) {
	text := `objects: [{bucket: demo, key: k, size: 1KiB}]
client: {builtin: {}}
steps:
  - exists: {bucket: demo, key: k}
    expect: {violates: [wrong-read]}
  - delete: {bucket: demo, key: k}
    expect: {outcome: any}
`
	denies := with(func(_ scenarios.ClientConfig, f *flawed) {
		f.exists = func(context.Context, string, string) (bool, error) { return false, nil }
		f.remove = func(context.Context, string, string) error { return errTool }
	})
	r := scenarios.Run(context.Background(), drill(t, text), scenarios.Options{NewClient: denies})
	require.Equal(t, scenarios.Pass, r.Verdict, "%v", r.Reasons)
	r = scenarios.Run(context.Background(), drill(t, text), scenarios.Options{})
	require.Equal(t, []string{"violates"}, kinds(r))
	require.Equal(t, "1", r.Reasons[0].Step)
}

// A client that sends nothing proves something only if the file expects exactly that.
func TestOnlyExactlyNoAttemptExcusesAClientWithoutARequest(t *testing.T) {
	const world = "objects: [{bucket: demo, key: a, content: hi}]\nclient: {run: 'true'}\nexpect: {attempts: "
	for attempts, want := range map[string]scenarios.Verdict{
		"0": scenarios.Pass, "{exactly: 0}": scenarios.Pass, "{max: 0}": scenarios.Pass,
		"{between: [0, 0]}": scenarios.Pass,
		"{max: 3}":          scenarios.Vacuous, "{min: 0}": scenarios.Vacuous, "{between: [0, 1]}": scenarios.Vacuous,
	} {
		r := scenarios.Run(t.Context(), drill(t, world+attempts+"}\n"), scenarios.Options{})
		require.Equal(t, want, r.Verdict, "%s: %v", attempts, r.Reasons)
	}
	for attempts, want := range map[string]scenarios.Verdict{"0": scenarios.Pass, "{max: 3}": scenarios.Vacuous} {
		r := scenarios.Run(t.Context(), drill(t, `objects: [{bucket: demo, key: a, content: hi}]
client: {builtin: {}}
steps: [{parallel: [{wait: 1s}], expect: {attempts: `+attempts+"}}]\n"), scenarios.Options{})
		require.Equal(t, want, r.Verdict, "%s: %v", attempts, r.Reasons)
	}
}
