package scenarios

import (
	"errors"
	"net/http"
	"testing"
	"time"

	awsretry "github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/scenarios/script"
)

// The SDK of a drill draws its waits from the seed, because the SDK itself draws them from
// crypto/rand. Both must spread evenly over the same range.
func TestSeededSDKBackoffHasTheRangeOfTheSDK(t *testing.T) {
	const draws = 2000
	for name, err := range map[string]error{
		"transient": errors.New("connection reset by peer"),
		"throttled": &smithy.GenericAPIError{Code: "SlowDown"},
	} {
		t.Run(name, func(t *testing.T) {
			for attempt := 1; attempt <= 12; attempt++ {
				ceiling := sdkCeiling(attempt, name == "throttled")
				theirs := spreadOf(t, draws, func(int) (time.Duration, error) {
					return awsretry.NewStandard().RetryDelay(attempt, err)
				})
				ours := spreadOf(t, draws, func(i int) (time.Duration, error) {
					return sdkRetryer(new(script.SDK), ClientConfig{Seed: uint64(i)}).RetryDelay(attempt, err)
				})
				for whose, s := range map[string]distribution{"the SDK's": theirs, "ours": ours} {
					require.Less(t, s.longest, ceiling+1, "%s, attempt %d", whose, attempt)
					require.Greater(t, s.longest, ceiling*98/100, "%s, attempt %d", whose, attempt)
					require.InDelta(t, 0.5, float64(s.mean)/float64(ceiling), 0.05, "%s, attempt %d", whose, attempt)
				}
			}
		})
	}
}

type distribution struct{ mean, longest time.Duration }

func spreadOf(t *testing.T, draws int, draw func(int) (time.Duration, error)) distribution {
	t.Helper()
	var d distribution
	for i := range draws {
		delay, err := draw(i)
		require.NoError(t, err)
		d.mean += delay / time.Duration(draws)
		d.longest = max(d.longest, delay)
	}
	return d
}

func TestSDKFollowsOnlyRedirectsThatKeepTheMethod(t *testing.T) {
	for code, want := range map[int]error{
		301: http.ErrUseLastResponse, 302: http.ErrUseLastResponse, 303: http.ErrUseLastResponse, 307: nil, 308: nil,
	} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://other.test/", nil)
		require.NoError(t, err)
		req.Header.Set("X-Amz-Security-Token", "secret")
		req.Response = &http.Response{StatusCode: code}
		via, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://proxy.test/", nil)
		require.NoError(t, err)
		require.Equal(t, want, sdkRedirect(req, []*http.Request{via}), code)
		if want == nil {
			require.Empty(t, req.Header.Get("X-Amz-Security-Token"), code)
		}
	}
}

func TestSDKReturnsTheRedirectItRefuses(t *testing.T) {
	s, err := Parse("redirect.yaml", []byte(`version: 1
name: a refused redirect
objects: [{bucket: demo, key: a.bin, size: 1KiB}]
client: {sdk: {mode: standard}}
steps: [{download: {bucket: demo, key: a.bin}}]
faults: [{times: 1, match: {operation: GetObject}, redirect: {status: 301, to: "http://proxy.test/demo/a.bin"}}]
expect: {outcome: failure, attempts: 1}
`))
	require.NoError(t, err)
	r := Run(t.Context(), s, Options{})
	require.Equal(t, Pass, r.Verdict, "%v", r.Reasons)
}
