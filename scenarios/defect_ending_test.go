package scenarios_test

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/scenarios"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

// downloading returns the correct client with another download.
func downloading(around func(ctx context.Context, c scenarios.ClientConfig, download func() error) error) newClient {
	return with(func(c scenarios.ClientConfig, f *flawed) {
		good := f.Client
		f.download = func(ctx context.Context, bucket, key, path string, span *scenarios.Range,
			progress func(int64),
		) error {
			return around(ctx, c, func() error { return good.Download(ctx, bucket, key, path, span, progress) })
		}
	})
}

// A client must end in time, leave no goroutine behind and send nothing afterwards. The reason says
// which of these failed.
func TestOracleReportsHangsLeaksAndLateRequests(t *testing.T) {
	const after503 = oneDownload + "faults: [{match: {operation: GetObject}, times: 1, respond: {status: 503}}]\n"
	var never sync.Mutex
	for _, c := range []struct {
		defect  string
		text    string
		client  newClient
		timeout time.Duration
		kinds   []string
		says    string
	}{
		{
			"no time limit of its own", oneDownload + silent,
			downloading(func(ctx context.Context, c scenarios.ClientConfig, _ func() error) error {
				_, err := plainGet(ctx, c, "demo", "k")
				return err
			}), 0,
			[]string{"hang"},
			"step 1: hang: the client was still busy after 5m",
		},
		{
			"no time limit, and little time", oneDownload + silent,
			downloading(func(ctx context.Context, c scenarios.ClientConfig, _ func() error) error {
				_, err := plainGet(ctx, c, "demo", "k")
				return err
			}), 7 * time.Second,
			[]string{"hang"},
			"step 1: hang: the client was still busy after 7s",
		},
		{
			"a loop without end", oneDownload + "timeout: 1h\nfaults: [{match: {}, respond: {status: 503}}]\n",
			downloading(func(ctx context.Context, _ scenarios.ClientConfig, download func() error) error {
				for download() != nil {
					select {
					case <-time.After(time.Minute):
					case <-ctx.Done():
						return ctx.Err()
					}
				}
				return nil
			}), 0,
			[]string{"hang"},
			"step 1: hang: the client was still busy after 1h",
		},
		{
			"a goroutine sends a result that is never received", oneDownload,
			downloading(func(_ context.Context, _ scenarios.ClientConfig, download func() error) error {
				result := make(chan error) // unbuffered and never read
				go func() { result <- download() }()
				return download()
			}), 0,
			[]string{"leak"},
			"left behind: a goroutine in " +
				"github.com/s3chaos/s3chaos/scenarios_test.TestOracleReportsHangsLeaksAndLateRequests",
		},
		{
			"a ticker's goroutine is not stopped", oneDownload,
			downloading(func(_ context.Context, _ scenarios.ClientConfig, download func() error) error {
				stop := make(chan struct{}) // never closed
				go func() { <-stop }()
				return download()
			}), 0,
			[]string{"leak"},
			"left behind: a goroutine in " +
				"github.com/s3chaos/s3chaos/scenarios_test.TestOracleReportsHangsLeaksAndLateRequests",
		},
		{
			"the retry comes after the verdict", after503,
			downloading(func(_ context.Context, c scenarios.ClientConfig, _ func() error) error {
				_, err := plainGet(context.Background(), c, "demo", "k")
				time.AfterFunc(2*time.Second, func() { _, _ = plainGet(context.Background(), c, "demo", "k") })
				return errors.Join(err, errTool)
			}), 0,
			[]string{"late-request"},
			"late-request: 1 after their step had ended",
		},
		{
			"a hedge is not canceled", oneDownload +
				"faults: [{match: {}, times: 1, latency: {delay: 5s, before: response}}]\n",
			downloading(func(ctx context.Context, c scenarios.ClientConfig, download func() error) error {
				ctx = context.WithoutCancel(ctx)
				never.Lock()
				defer never.Unlock()
				go func() { _, _ = plainGet(ctx, c, "demo", "k") }()
				time.Sleep(time.Second)
				return download()
			}), 0,
			[]string{"late-request"},
			"late-request: 1 after their step had ended",
		},
	} {
		t.Run(c.defect, func(t *testing.T) {
			if c.kinds[0] == string(script.Leak) {
				defer leakingOnPurpose(t)()
			}
			right := scenarios.Run(context.Background(), oracleDrill(t, c.text),
				scenarios.Options{Timeout: max(c.timeout, time.Hour)})
			require.Equal(t, scenarios.Pass, right.Verdict, "the good client: %v", right.Reasons)

			r := scenarios.Run(context.Background(), oracleDrill(t, c.text),
				scenarios.Options{NewClient: c.client, Timeout: c.timeout})
			require.Equal(t, scenarios.Fail, r.Verdict)
			require.Equal(t, c.kinds, kinds(r), "%v", r.Reasons)
			require.Contains(t, told(r), c.says)
		})
	}
}

// A failure outside the client is an error, whatever the client returns.
func TestFailureOutsideTheClientIsAnError(t *testing.T) {
	r := scenarios.Run(context.Background(), drill(t, oneDownload),
		scenarios.Options{NewClient: func(scenarios.ClientConfig) (scenarios.Client, error) {
			return nil, errTool
		}})
	require.Equal(t, scenarios.Error, r.Verdict)
	require.Equal(t, []string{"harness"}, kinds(r))
	require.Contains(t, told(r), "make the client: the tool gave up")
	require.Equal(t, 3, scenarios.ExitCode([]*scenarios.Result{r}))

	r = scenarios.Run(context.Background(), drill(t, oneDownload),
		scenarios.Options{WrapUpstream: func(http.Handler) http.Handler {
			return http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
		}})
	require.Equal(t, scenarios.Error, r.Verdict, "%v", r.Reasons)
	require.Equal(t, []string{"harness"}, kinds(r))
}
