package retry_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/retry"
)

// What a call may allocate. Times are measured by the benchmarks, not asserted.
func TestAllocations(t *testing.T) {
	if testing.CoverMode() != "" {
		t.Skip("coverage counters change what is inlined, and so what allocates")
	}
	budget := newBudget(t, retry.BudgetConfig{Cost: 0.001})
	breaker, err := retry.NewBreaker(retry.BreakerConfig{MinAttempts: 1e9})
	require.NoError(t, err)
	classifier := retry.ClassifierFunc(func(context.Context, error) retry.Class { return retry.ClassTransient })
	events := 0
	active := retry.ObserverFunc(func(context.Context, retry.Event) { events++ })

	all := retry.Config{Budget: budget, Breaker: breaker, Classifier: classifier, Observer: retry.NewLogObserver(nil)}
	elapsed, watched := all, all
	elapsed.MaxElapsed = time.Hour
	watched.Observer = active
	for name, c := range map[string]struct {
		config retry.Config
		op     func(context.Context, int) (int, error)
		most   float64
	}{
		"success at once, everything on": {all, value, 0},
		"with MaxElapsed":                {elapsed, value, 0},
		"with an active observer":        {watched, value, 0},
		"two failures without delay": {retry.Config{
			InitialDelay: retry.NoDelay, Budget: budget,
			Classifier: classifier,
		}, valueAfterTwo, 0},
		"the same with a breaker": {retry.Config{
			InitialDelay: retry.NoDelay, Budget: budget,
			Breaker: breaker,
		}, valueAfterTwo, 0},
		"two failures with delays of 1 ns":  {retry.Config{InitialDelay: 1, MaxDelay: 1}, valueAfterTwo, 3},
		"two failures with delays of 60 µs": {retry.Config{InitialDelay: 60000, MaxDelay: 60000}, valueAfterTwo, 3},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				r := must(t, c.config)
				op := func(ctx context.Context, attempt int) error { _, err := c.op(ctx, attempt); return err }
				assert.LessOrEqual(t, testing.AllocsPerRun(100, func() { _ = r.Do(ctx, op) }), c.most, "Do")
				assert.LessOrEqual(t, testing.AllocsPerRun(100, func() { _, _ = retry.DoValue(ctx, r, c.op) }), c.most,
					"DoValue")
				call := retry.Call{Name: "get a.bin", Key: "k"}
				assert.LessOrEqual(t, testing.AllocsPerRun(100, func() { _ = r.DoCall(ctx, call, op) }), c.most,
					"DoCall")
				assert.LessOrEqual(t, testing.AllocsPerRun(100, func() {
					_, _ = retry.DoValueCall(ctx, r, call, c.op)
				}), c.most, "DoValueCall")
				assert.LessOrEqual(t, testing.AllocsPerRun(100, func() {
					local := 0 // what the operation refers to stays on the caller's stack
					_, _ = retry.DoValue(ctx, r, func(ctx context.Context, attempt int) (int, error) {
						local++
						return c.op(ctx, attempt)
					})
				}), c.most, "a closure")
			})
		})
	}
	assert.Positive(t, events)

	for jitter := range retry.Jitter(everyJitter) {
		r := must(t, retry.Config{Jitter: jitter})
		assert.Zero(t, testing.AllocsPerRun(100, func() { _ = r.Delay("put demo/a.bin", 3) }), jitter)
	}
}

func valueAfterTwo(_ context.Context, attempt int) (int, error) {
	if attempt <= 2 {
		return 0, errTemporary
	}
	return 42, nil
}
