package scenarios_test

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/scenarios"
)

// jittered is a drill with three waits of 1 s, 2 s and 4 s without jitter.
const jittered = `client: {builtin: {retry: {max_attempts: 4, initial_delay: 1s, max_delay: 5m, jitter: %s}}}
objects: [{bucket: demo, key: a.bin, size: 1KiB}]
steps: [{download: {bucket: demo, key: a.bin}}]
faults: [{match: {operation: GetObject}, times: 3, respond: {status: 503}}]
expect: {jitter: {is: %s, over_seeds: 60}}
`

func TestWaitsOfTheDeclaredLawPass(t *testing.T) {
	for _, law := range []string{"none", "full", "equal", "additive", "proportional", "decorrelated"} {
		r := scenarios.Run(t.Context(), drill(t, fmt.Sprintf(jittered, law, law)), scenarios.Options{})
		require.Equal(t, scenarios.Pass, r.Verdict, "%s: %v", law, r.Reasons)
		require.Equal(t, 60, r.Jitter.Seeds)
		require.Equal(t, 180, r.Jitter.Waits)
		require.Equal(t, law, r.Jitter.Law)
		require.Greater(t, r.Jitter.P, 1e-3)
	}
}

func TestWaitsOfAnotherLawFail(t *testing.T) {
	for declared, expected := range map[string]string{
		"full": "equal", "equal": "full", "none": "full", "additive": "proportional", "proportional": "none",
		"decorrelated": "full",
	} {
		r := scenarios.Run(t.Context(), drill(t, fmt.Sprintf(jittered, declared, expected)), scenarios.Options{})
		require.Equal(t, scenarios.Fail, r.Verdict, "%s for %s", declared, expected)
		require.Equal(t, "jitter", r.Reasons[0].Kind)
	}
}

// own is a client without the SDK, which waits as its function says.
type own struct {
	scenarios.Client
	http *http.Client
	url  string
	wait func(attempt int) time.Duration
}

func (c own) Download(ctx context.Context, bucket, key, path string, _ *scenarios.Range, _ func(int64)) error {
	for attempt := 1; ; attempt++ {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, c.url+"/"+bucket+"/"+key, nil)
		if err != nil {
			return err
		}
		response, err := c.http.Do(request)
		if err != nil {
			return err
		}
		content, err := io.ReadAll(response.Body)
		response.Body.Close()
		if err == nil && response.StatusCode == http.StatusOK {
			return os.WriteFile(path, content, 0o600)
		}
		time.Sleep(c.wait(attempt))
	}
}

// A client with the right intervals and a wrong law, which bounds of single waits accept.
func TestWaitsThatAreNotDrawnEvenlyFail(t *testing.T) {
	window := func(attempt int) time.Duration { return time.Second << (attempt - 1) }
	for name, wait := range map[string]func(seed uint64, attempt int) float64{
		"half of the window":     func(seed uint64, n int) float64 { return unit(seed, n) / 2 },
		"always the longest":     func(uint64, int) float64 { return 1 },
		"a seed for all":         func(_ uint64, n int) float64 { return unit(1, n) },
		"one draw for all waits": func(seed uint64, _ int) float64 { return unit(seed, 1) },
		"each draw is computed from the one before": func(seed uint64, n int) float64 {
			return float64((int(seed)*3+n)%180) / 180
		},
	} {
		client := func(c scenarios.ClientConfig) (scenarios.Client, error) {
			return own{nil, c.HTTPClient, c.Endpoint, func(attempt int) time.Duration {
				return time.Duration(wait(c.Seed, attempt) * float64(window(attempt)-1))
			}}, nil
		}
		s := drill(t, fmt.Sprintf(jittered, "full", "full"))
		r := scenarios.Run(t.Context(), s, scenarios.Options{NewClient: client})
		require.Equal(t, scenarios.Fail, r.Verdict, name)
		require.Len(t, r.Reasons, 1, name)
		require.Regexp(t, `p = (0|\de-\d+) for the (distribution|independence) of 180 waits`, r.Reasons[0].Got, name)
	}
}

// The verdict of a law comes after all seeds: what is known of a client is compared with that.
func TestKnownFailureOfAnotherKindIsNoFailureOfALaw(t *testing.T) {
	for kind, is := range map[string]bool{"jitter": true, "attempts": false} {
		known, err := scenarios.ParseKnown("known.yaml", fmt.Appendf(nil, `known:
  - {client: custom, drill: "*", kind: %s, reason: it draws from half of the window}
`, kind))
		require.NoError(t, err)
		r := scenarios.Run(t.Context(), drill(t, fmt.Sprintf(jittered, "full", "full")), scenarios.Options{
			Known: known,
			NewClient: func(c scenarios.ClientConfig) (scenarios.Client, error) {
				return own{nil, c.HTTPClient, c.Endpoint, func(attempt int) time.Duration {
					return time.Duration(unit(c.Seed, attempt) / 2 * float64(time.Second<<(attempt-1)))
				}}, nil
			},
		})
		require.Equal(t, scenarios.Fail, r.Verdict, "%v", r.Reasons)
		require.Equal(t, is, r.Known != nil, kind)
	}
}

// unit draws a number from 0 to 1.
func unit(seed uint64, n int) float64 {
	return rand.New(rand.NewPCG(seed, uint64(n))).Float64()
}

func TestLawOfJitterIsChecked(t *testing.T) {
	for text, says := range map[string]string{
		"over_seeds: 60 → over_seeds: 7": "over_seeds: want 50 to 100000",
		"over_seeds: 60 → over_seeds: 0": "must be more than zero",
		"is: full → is: fulll":           `did you mean "full"`,
		", over_seeds: 60 → ":            "missing over_seeds",
		"{builtin: {retry: {max_attempts: 4, initial_delay: 1s, max_delay: 5m, jitter: full}}} → {sdk: {}}": "only " +
			"the builtin client declares",
		"client: → clock: real\nclient:": "it needs virtual time",
	} {
		from, to, _ := strings.Cut(text, " → ")
		whole := "version: 1\nname: n\n" + fmt.Sprintf(jittered, "full", "full")
		require.Contains(t, whole, from)
		_, err := scenarios.Parse("f.yaml", []byte(strings.Replace(whole, from, to, 1)))
		require.ErrorContains(t, err, says)
	}
}
