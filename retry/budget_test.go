package retry_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/retry"
)

func newBudget(t testing.TB, config retry.BudgetConfig) *retry.Budget {
	t.Helper()
	b, err := retry.NewBudget(config)
	require.NoError(t, err)
	return b
}

// given → outcome, tokens: what each kind of call does to a bucket of 20 that holds 10, with a
// retry at 4, after throttling at 2, after a timeout at 3.
func TestBudgetCountsByClass(t *testing.T) {
	throttled := &apiError{Status: 429}
	slow := context.DeadlineExceeded
	for name, c := range map[string]struct {
		errs   []error
		reason error
		tokens float64
	}{
		"success at once":              {nil, nil, 11},
		"success after a retry":        {[]error{errTemporary}, nil, 10},
		"success after two":            {[]error{errTemporary, errTemporary}, nil, 6},
		"success after throttling":     {[]error{throttled}, nil, 10},
		"two throttled":                {[]error{throttled, throttled}, nil, 8},
		"timeout, then throttled":      {[]error{slow, throttled}, nil, 7},
		"exhausted":                    {[]error{throttled, throttled, throttled, throttled}, retry.ErrExhausted, 4},
		"permanent":                    {[]error{retry.Permanent(errListed)}, retry.ErrPermanent, 10},
		"empty before the third retry": {[]error{errTemporary, errTemporary, errTemporary}, retry.ErrBudget, 2},
	} {
		t.Run(name, func(t *testing.T) {
			for _, key := range []string{"", "bucket"} {
				b := newBudget(t,
					retry.BudgetConfig{Capacity: 20, Initial: 10, Cost: 4, ThrottleCost: 2, TimeoutCost: 3})
				r := must(t, retry.Config{MaxAttempts: 4, InitialDelay: retry.NoDelay, Budget: b})
				count := 0
				err := r.DoCall(t.Context(), retry.Call{Key: key}, failing(&count, c.errs...))
				require.ErrorIs(t, err, c.reason)
				assert.InDelta(t, c.tokens, b.Level(key), 0, "key %q", key)
			}
		})
	}
}

func TestBudgetIsTakenBeforeTheWaitAndGivenBackOnCancel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, key := range []string{"", "bucket"} {
			b := newBudget(t, retry.BudgetConfig{})
			r := must(t, retry.Config{Budget: b})
			ctx, cancel := context.WithCancel(t.Context())
			var done sync.WaitGroup
			done.Go(func() {
				count := 0
				assert.ErrorIs(t, r.DoCall(ctx, retry.Call{Key: key}, failing(&count, errTemporary)), retry.ErrCanceled)
			})
			synctest.Wait()
			assert.InDelta(t, 486.0, b.Level(key), 0, "during the wait")
			cancel()
			done.Wait()
			assert.InDelta(t, 500.0, b.Level(key), 0, "after the cancel")
		}
	})
}

func TestBudgetIsGivenBackOnCancelOfAShortWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBudget(t, retry.BudgetConfig{})
		r := must(t, retry.Config{InitialDelay: 40 * time.Microsecond, Jitter: retry.JitterNone, Budget: b})
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(20*time.Microsecond, cancel)
		count := 0
		require.ErrorIs(t, r.Do(ctx, failing(&count, errTemporary)), retry.ErrCanceled)
		assert.Equal(t, 1, count)
		assert.InDelta(t, 500.0, b.Level(""), 0)
	})
}

// Whatever else is on, a success at once puts one token back.
func TestEverySuccessAtOnceRefunds(t *testing.T) {
	for name, config := range map[string]retry.Config{
		"plain":           {},
		"with a clock":    {MaxElapsed: time.Hour},
		"with a timeout":  {AttemptTimeout: time.Hour},
		"with a limiter":  {Limiter: retry.NewLimiter()},
		"with a log":      {Observer: retry.NewLogObserver(nil)},
		"with everything": {Observer: &witness{}, Timestamps: true, AttemptTimeout: time.Hour},
	} {
		config.Budget = newBudget(t, retry.BudgetConfig{Initial: 10})
		require.NoError(t, must(t, config).Do(t.Context(), succeed))
		_, err := retry.DoValue(t.Context(), must(t, config), value)
		require.NoError(t, err)
		assert.InDelta(t, 12.0, config.Budget.Level(""), 0, name)
	}
}

func TestBudgetIsGivenBackWhenNoTimeIsLeft(t *testing.T) {
	b := newBudget(t, retry.BudgetConfig{})
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	count := 0
	r := must(t, retry.Config{InitialDelay: time.Hour, MaxDelay: time.Hour, Budget: b})
	require.ErrorIs(t, r.Do(ctx, failing(&count, errTemporary)), retry.ErrDeadline)
	assert.InDelta(t, 500.0, b.Level(""), 0)
}

// A bucket that time has filled is as one never used: it is not told of, takes no memory, and calls
// for other keys are fast again.
func TestBudgetForgetsWhatTimeHasFilled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBudget(t, retry.BudgetConfig{Capacity: 20, RefillPerSecond: 1})
		r := must(t, retry.Config{MaxAttempts: 2, InitialDelay: retry.NoDelay, Budget: b})
		count := 0
		for i := range 100 {
			call := retry.Call{Key: fmt.Sprint("key", i)}
			require.Error(t, r.DoCall(t.Context(), call, failing(&count, errTemporary, errTemporary)))
		}
		assert.Len(t, b.Levels(), 101)
		time.Sleep(13 * time.Second)
		assert.Len(t, b.Levels(), 101)
		time.Sleep(time.Second)
		assert.Equal(t, map[string]float64{"": 20}, b.Levels())
		require.Error(t, r.DoCall(t.Context(), retry.Call{Key: "new"}, failing(&count, errTemporary, errTemporary)))
		assert.Equal(t, map[string]float64{"": 20, "new": 6}, b.Levels())
	})
}

func TestBudgetForgetsAsItIsUsed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBudget(t, retry.BudgetConfig{Capacity: 20, RefillPerSecond: 1})
		r := must(t, retry.Config{MaxAttempts: 2, InitialDelay: retry.NoDelay, Budget: b})
		for i := range 1000 { // a second apart, 14 s are enough to fill a bucket
			count := 0
			call := retry.Call{Key: fmt.Sprint("key", i)}
			require.Error(t, r.DoCall(t.Context(), call, failing(&count, errTemporary, errTemporary)))
			require.LessOrEqual(t, retry.Buckets(b), 50)
			time.Sleep(time.Second)
		}
	})
}

func TestBudgetPartitionsAreIndependent(t *testing.T) {
	b := newBudget(t, retry.BudgetConfig{Capacity: 14})
	r := must(t, retry.Config{MaxAttempts: 9, InitialDelay: retry.NoDelay, Budget: b})
	count := 0
	err := r.DoCall(t.Context(), retry.Call{Key: "a"}, failing(&count, errTemporary, errTemporary))
	require.ErrorIs(t, err, retry.ErrBudget)
	assert.InDelta(t, 0.0, b.Level("a"), 0)
	assert.InDelta(t, 14.0, b.Level("b"), 0)
	assert.Equal(t, map[string]float64{"": 14, "a": 0}, b.Levels())
	require.NoError(t, r.DoCall(t.Context(), retry.Call{Key: "b"}, failing(&count, errTemporary)))

	for range 14 { // each success puts a token back, until the bucket is full and forgotten
		require.NoError(t, r.DoCall(t.Context(), retry.Call{Key: "a"}, failing(&count)))
	}
	assert.Equal(t, map[string]float64{"": 14}, b.Levels())
}

func TestBudgetRefillsAsTimeGoesBy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, key := range []string{"", "bucket"} {
			b := newBudget(t, retry.BudgetConfig{Capacity: 20, Cost: 10, RefillPerSecond: 0.5})
			r := must(t, retry.Config{MaxAttempts: 3, InitialDelay: retry.NoDelay, Budget: b})
			count := 0
			call := retry.Call{Key: key}
			require.Error(t, r.DoCall(t.Context(), call, failing(&count, errTemporary, errTemporary, errTemporary)))
			assert.InDelta(t, 0.0, b.Level(key), 0)
			for range 1000 { // asking often loses nothing
				time.Sleep(3 * time.Millisecond)
				_ = b.Level(key)
			}
			assert.InDelta(t, 1.5, b.Level(key), 1e-3)
			time.Sleep(17 * time.Second)
			assert.InDelta(t, 10.0, b.Level(key), 1e-3)
			time.Sleep(time.Hour)
			assert.InDelta(t, 20.0, b.Level(key), 0)
		}
	})
}

func TestBudgetNeverLosesTokensToRaces(t *testing.T) {
	b := newBudget(t, retry.BudgetConfig{Capacity: 1e6, Refund: 1e-3})
	r := must(t, retry.Config{InitialDelay: retry.NoDelay, Budget: b})
	var calls sync.WaitGroup
	for range 8 {
		calls.Go(func() {
			for range 500 {
				for _, key := range []string{"", "k"} {
					_ = r.DoCall(context.Background(), retry.Call{Key: key},
						func(_ context.Context, attempt int) error {
							if attempt == 1 {
								return errTemporary
							}
							return nil
						})
				}
			}
		})
	}
	calls.Wait()
	assert.InDelta(t, 1e6, b.Level(""), 0)
	assert.InDelta(t, 1e6, b.Level("k"), 0)
}

func TestLongPollWaitsWhenTheBudgetIsEmpty(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBudget(t, retry.BudgetConfig{Initial: retry.NoTokens})
		r := must(t, retry.Config{Jitter: retry.JitterNone, Budget: b})
		for poll, want := range map[bool]time.Duration{false: 0, true: time.Second} {
			start, count := time.Now(), 0
			err := r.DoCall(t.Context(), retry.Call{LongPoll: poll}, failing(&count, errTemporary))
			require.ErrorIs(t, err, retry.ErrBudget)
			assert.Equal(t, want, time.Since(start))
			assert.Equal(t, 1, count)
		}
		// A cancel during that wait is told.
		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Hour, errors.New("unused"))
		time.AfterFunc(time.Millisecond, cancel)
		count := 0
		err := r.DoCall(ctx, retry.Call{LongPoll: true}, failing(&count, errTemporary))
		require.ErrorIs(t, err, retry.ErrBudget)
		require.ErrorIs(t, err, context.Canceled)
	})
}

func TestZeroBudgetAndBreakerLimitNothing(t *testing.T) {
	r := must(t, retry.Config{
		MaxAttempts: 100, InitialDelay: retry.NoDelay, Budget: &retry.Budget{},
		Breaker: &retry.Breaker{},
	})
	count := 0
	for _, key := range []string{"", "k"} {
		err := r.DoCall(t.Context(), retry.Call{Key: key},
			func(context.Context, int) error { count++; return errTemporary })
		require.ErrorIs(t, err, retry.ErrExhausted)
	}
	assert.Equal(t, 200, count)
}

// Without a refill by time no bucket fills by itself. One that no call uses is dropped all the
// same.
func TestBudgetForgetsKeysThatAreNotUsed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBudget(t, retry.BudgetConfig{})
		r := must(t, retry.Config{MaxAttempts: 2, InitialDelay: retry.NoDelay, Budget: b})
		fail := func(key string) {
			require.Error(t,
				r.DoCall(t.Context(), retry.Call{Key: key}, func(context.Context, int) error { return errTemporary }))
		}
		for i := range 2000 {
			fail(fmt.Sprint("key", i))
		}
		assert.Len(t, b.Levels(), 2001)
		time.Sleep(5 * time.Minute)
		fail("key1")
		time.Sleep(5 * time.Minute)
		assert.Equal(t, map[string]float64{"": 500, "key1": 472}, b.Levels())
		time.Sleep(10 * time.Minute)
		fail("new")
		assert.Equal(t, 1, retry.Buckets(b), "the next failure drops the others")
		assert.InDelta(t, 500.0, b.Level("key1"), 0)
	})
}

// Virtual time is decades away from the real clock. A bucket must not take the difference for time
// in which it was refilled.
func TestBudgetMadeOutsideABubbleRefillsInside(t *testing.T) {
	for _, key := range []string{"", "k"} {
		b := newBudget(t, retry.BudgetConfig{Capacity: 100, Cost: 50, RefillPerSecond: 1})
		r := must(t, retry.Config{InitialDelay: retry.NoDelay, Budget: b})
		count := 0
		call := retry.Call{Key: key}
		require.Error(t, r.DoCall(t.Context(), call, failing(&count, errTemporary, errTemporary, errTemporary)))
		synctest.Test(t, func(t *testing.T) {
			assert.InDelta(t, 0, b.Level(key), 1, "key %q: on entering the bubble", key)
			time.Sleep(30 * time.Second)
			assert.InDelta(t, 30, b.Level(key), 1, "key %q: after 30 s", key)
		})
	}
}

func TestBreakerMadeOutsideABubbleStaysOpenInside(t *testing.T) {
	b := newBreaking(t, retry.BreakerConfig{MinAttempts: 1})
	require.Error(t, b.call("", errTemporary))
	synctest.Test(t, func(t *testing.T) {
		assert.Equal(t, retry.BreakerOpen, b.breaker.State(""))
		time.Sleep(5 * time.Second)
		assert.Equal(t, retry.BreakerHalfOpen, b.breaker.State(""))
	})
}
