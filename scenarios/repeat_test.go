package scenarios_test

import (
	"context"
	"math/rand/v2"
	"net/http"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/scenarios"
)

const twoDownloads = `objects:
  - {bucket: demo, key: a.bin, size: 64KiB}
  - {bucket: demo, key: b.bin, size: 64KiB}
client: {builtin: {}}
steps:
  - download: {bucket: demo, key: a.bin}
faults:
  - {match: {operation: GetObject}, latency: {delay: 10ms}}
expect: {outcome: success}
`

// shaky is a client that is not repeatable: before each download it does something that does not
// depend on the seed.
type shaky struct {
	scenarios.Client
	before func(ctx context.Context, c scenarios.Client) error
}

func (s shaky) Download(
	ctx context.Context, bucket, key, path string, span *scenarios.Range, progress func(int64),
) error {
	if err := s.before(ctx, s.Client); err != nil {
		return err
	}
	return s.Client.Download(ctx, bucket, key, path, span, progress)
}

func repeated(
	t *testing.T, text string, runs int, newClient func(scenarios.ClientConfig) (scenarios.Client, error),
) *scenarios.Result {
	t.Helper()
	return scenarios.Run(t.Context(), drill(t, text), scenarios.Options{Repeat: runs, NewClient: newClient})
}

func TestRepeatReportsRandomJitter(t *testing.T) {
	r := repeated(t, twoDownloads, 20, func(c scenarios.ClientConfig) (scenarios.Client, error) {
		client, err := scenarios.NewSDK(c)
		return shaky{client, func(context.Context, scenarios.Client) error {
			time.Sleep(time.Duration(1 + rand.Int64N(int64(time.Second))))
			return nil
		}}, err
	})
	require.Equal(t, scenarios.Error, r.Verdict)
	require.Equal(t, "not deterministic", r.Reasons[0].Kind)
	require.Contains(t, r.Reasons[0].Got, "run 2 of this drill differs")
	require.Contains(t, r.Reasons[0].Got, "jitter is not drawn from the seed")
	require.Len(t, r.Reasons[0].Evidence, 2)
	require.NotEqual(t, r.Reasons[0].Evidence[0], r.Reasons[0].Evidence[1])
}

func TestRepeatReportsRequestsThatDiffer(t *testing.T) {
	r := repeated(t, twoDownloads, 50, func(c scenarios.ClientConfig) (scenarios.Client, error) {
		client, err := scenarios.NewSDK(c)
		return shaky{client, func(ctx context.Context, c scenarios.Client) error {
			keys := map[string]bool{"a.bin": true, "b.bin": true, "c.bin": true, "d.bin": true}
			for key := range keys { // a map has another order in each run
				_, err := c.Exists(ctx, "demo", key)
				return err
			}
			return nil
		}}, err
	})
	require.Equal(t, scenarios.Error, r.Verdict)
	require.Contains(t, r.Reasons[0].Got, "iterates over a map")
}

func TestRepeatPassesRepeatableClients(t *testing.T) {
	for name, newClient := range map[string]func(scenarios.ClientConfig) (scenarios.Client, error){
		"builtin": nil, "sdk": scenarios.NewSDK,
	} {
		t.Run(name, func(t *testing.T) {
			r := repeated(t, twoDownloads, 6, newClient)
			require.Equal(t, scenarios.Pass, r.Verdict, "%v", r.Reasons)
			require.Equal(t, 6, r.Runs)
			require.Nil(t, r.Spread)
			require.Zero(t, r.Unordered)
		})
	}
}

func TestRepeatShowsTheSpreadInRealTime(t *testing.T) {
	s := drill(t, twoDownloads)
	r := scenarios.Run(t.Context(), s, scenarios.Options{Repeat: 3, Clock: scenarios.Real})
	require.Equal(t, scenarios.Pass, r.Verdict, "%v", r.Reasons)
	require.Equal(t, map[scenarios.Verdict]int{scenarios.Pass: 3}, r.Spread.Verdicts)
	require.Equal(t, 1, r.Spread.MinAttempts)
	require.Equal(t, 1, r.Spread.MaxAttempts)
	require.LessOrEqual(t, r.Spread.MinElapsed, r.Spread.MaxElapsed)
}

const sharedPool = `objects:
  - {bucket: demo, key: a.bin, size: 64KiB}
client: {builtin: {}}
steps:
  - repeat: {times: 2, step: {exists: {bucket: demo, key: a.bin}}}
faults:
  - {refuse: {}, after: 2, times: 2, optional: true}
`

// A fanned client sends the requests of a step together. The steps of a parallel begin one after
// another.
type fanned struct{ scenarios.Client }

func (f fanned) Exists(ctx context.Context, bucket, key string) (found bool, err error) {
	var all sync.WaitGroup
	for i := range 4 {
		all.Go(func() { _, _ = f.Client.Exists(ctx, bucket, key+strconv.Itoa(i)) }) // there is no such object
	}
	all.Go(func() { found, err = f.Client.Exists(ctx, bucket, key) })
	all.Wait()
	return found, err
}

// ownTransport returns the SDK with its own transport over the drill's dialer.
func ownTransport(wrapped bool) func(scenarios.ClientConfig) (scenarios.Client, error) {
	return func(c scenarios.ClientConfig) (scenarios.Client, error) {
		if !wrapped {
			c.Wrap = func(base http.RoundTripper) http.RoundTripper { return base }
		}
		client, err := scenarios.NewSDK(c)
		return fanned{client}, err
	}
}

func TestClientWithWrappedTransportIsRepeatable(t *testing.T) {
	r := repeated(t, sharedPool, 40, ownTransport(true))
	require.NotEqual(t, scenarios.Error, r.Verdict, "%v", r.Reasons)
	require.Zero(t, r.Unordered)
}

func TestRepeatReportsClientThatOnlyDialsAsUnordered(t *testing.T) {
	r := repeated(t, sharedPool, 200, ownTransport(false))
	require.Positive(t, r.Unordered)
	require.Equal(t, scenarios.Error, r.Verdict, "the test above would prove nothing")
	require.Contains(t, r.Reasons[0].Got, "ClientConfig.Wrap")
}

// A window goes by the time at which the client sends the request. Here the identity latency moves
// the request past the start of the window.
func TestRefuseWindowActsOnlyOnRequestsSentInIt(t *testing.T) {
	for wait, attempts := range map[string]string{"999999us": "1", "1s": "{min: 2}"} {
		s := drill(t, `objects:
  - {bucket: demo, key: a.bin, size: 64KiB}
client: {builtin: {retry: {max_attempts: 5, initial_delay: 1s, jitter: none}}}
steps:
  - {wait: `+wait+`}
  - {download: {bucket: demo, key: a.bin}, expect: {attempts: `+attempts+`}}
faults:
  - {refuse: {}, during: [1s, 2s], optional: true}
expect: {outcome: success}
`)
		r := scenarios.Run(t.Context(), s, scenarios.Options{})
		require.Equal(t, scenarios.Pass, r.Verdict, "%s: %v", wait, r.Reasons)
	}
}
