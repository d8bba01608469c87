package retry_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/retry"
)

func TestDelayFuncsGiveTheirSchedules(t *testing.T) {
	const s = time.Second
	for name, c := range map[string]struct {
		delays retry.DelayFunc
		want   []time.Duration
	}{
		"constant":  {retry.Constant(s), []time.Duration{s, s, s, s, s, s}},
		"linear":    {retry.Linear(s), []time.Duration{s, 2 * s, 3 * s, 4 * s, 5 * s, 6 * s}},
		"fibonacci": {retry.Fibonacci(s), []time.Duration{s, s, 2 * s, 3 * s, 5 * s, 8 * s}},
		"list": {
			retry.Delays(s, 0, time.Hour),
			[]time.Duration{s, 0, time.Hour, time.Hour, time.Hour, time.Hour},
		},
		"empty list": {retry.Delays(), []time.Duration{0, 0, 0, 0, 0, 0}},
		"own": {
			func(n int) time.Duration { return time.Duration(n*n) * s },
			[]time.Duration{s, 4 * s, 9 * s, 16 * s, 25 * s, 36 * s},
		},
		"negative": {retry.Constant(-s), []time.Duration{0, 0, 0, 0, 0, 0}},
	} {
		synctest.Test(t, func(t *testing.T) {
			r := must(t, retry.Config{MaxAttempts: 7, DelayFunc: c.delays, Jitter: retry.JitterNone})
			assert.Equal(t, c.want, waitsOf(t.Context(), r, retry.Call{}), name)
		})
		for _, attempt := range []int{math.MinInt, 0, 1, 64, 1 << 40, math.MaxInt} {
			for _, jitter := range []retry.Jitter{
				retry.JitterNone, retry.JitterAdditive, retry.JitterFull,
				retry.JitterProportional,
			} {
				b := retry.Backoff{DelayFunc: c.delays, MaxDelay: 3 * s, Jitter: jitter}
				assert.True(t, inRange(b, "name", attempt), "%s after %d with %v", name, attempt, jitter)
				b.MaxDelay = 0
				low, high := b.Bounds(attempt)
				delay := b.Delay("name", attempt)
				assert.True(t, 0 <= low && low <= delay && delay <= high, "%s after %d with %v: %v in %v–%v", name,
					attempt, jitter, delay, low, high)
			}
		}
	}
}

func TestDelayFuncTakesJitterAndCap(t *testing.T) {
	r := must(t, retry.Config{DelayFunc: retry.Linear(10 * time.Second), MaxDelay: 25 * time.Second, Seed: 7})
	low, high := r.Bounds(1)
	assert.Equal(t, 10*time.Second, low)
	assert.Equal(t, 12500*time.Millisecond-1, high)
	_, high = r.Bounds(9)
	assert.Equal(t, 25*time.Second-1, high)
	_, err := retry.New(retry.Config{DelayFunc: retry.Constant(1), Jitter: retry.JitterDecorrelated})
	require.EqualError(t, err,
		"retry: DelayFunc is set with decorrelated jitter, which makes its own delays: want another jitter")
	class := must(t, retry.Config{
		DelayFunc: retry.Constant(time.Second), Jitter: retry.JitterNone,
		ClassDelays: map[retry.Class]retry.Backoff{
			retry.ClassThrottle: {InitialDelay: time.Minute},
			retry.ClassTimeout:  {MaxDelay: 1},
		},
	})
	assert.Equal(t, time.Minute, class.Backoff(retry.ClassThrottle).Delay("", 1), "its own delays")
	assert.Equal(t, time.Duration(1), class.Backoff(retry.ClassTimeout).Delay("", 1), "the Config's, capped")
}

func TestUnlimitedAttemptsGoOn(t *testing.T) {
	r := must(t, retry.Config{MaxAttempts: retry.Unlimited, InitialDelay: retry.NoDelay})
	require.NoError(t, r.Do(t.Context(), func(_ context.Context, attempt int) error {
		if attempt < 10_000 {
			return errTemporary
		}
		return nil
	}))
}

func TestCallReplacesSettings(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := must(t, retry.Config{Jitter: retry.JitterNone, AttemptTimeout: time.Hour})
		always := retry.ClassifierFunc(func(context.Context, error) retry.Class { return retry.ClassTransient })
		for name, c := range map[string]struct {
			call     retry.Call
			attempts int
			timeout  time.Duration
		}{
			"nothing":    {retry.Call{}, 1, time.Hour},
			"attempts":   {retry.Call{MaxAttempts: 7}, 1, time.Hour},
			"timeout":    {retry.Call{AttemptTimeout: time.Second}, 1, time.Second},
			"classifier": {retry.Call{Classifier: always}, 3, time.Hour},
			"all": {
				retry.Call{MaxAttempts: 2, AttemptTimeout: time.Minute, Classifier: always, Key: "k"},
				2,
				time.Minute,
			},
			"negative": {retry.Call{MaxAttempts: -1, AttemptTimeout: -1}, 1, time.Hour},
		} {
			for way, run := range map[string]func(op func(context.Context, int) error) error{
				"DoCall": func(op func(context.Context, int) error) error { return r.DoCall(t.Context(), c.call, op) },
				"DoValueCall": func(op func(context.Context, int) error) error {
					_, err := retry.DoValueCall(t.Context(), r, c.call,
						func(ctx context.Context, n int) (int, error) { return n, op(ctx, n) })
					return err
				},
				"Attempts": func(op func(context.Context, int) error) (err error) {
					for ctx, n := range r.Attempts(t.Context(), c.call, &err) {
						err = op(ctx, n)
					}
					return err
				},
			} {
				count := 0
				err := run(func(ctx context.Context, _ int) error {
					count++
					deadline, _ := ctx.Deadline()
					assert.Equal(t, c.timeout, time.Until(deadline), "%s, %s", name, way)
					return errListed
				})
				require.ErrorIs(t, err, errListed)
				assert.Equal(t, c.attempts, count, "%s, %s", name, way)
			}
		}
	})
}

func TestNilAndZeroRetryersAreTheDefault(t *testing.T) {
	for name, r := range map[string]*retry.Retryer{"nil": nil, "zero": new(retry.Retryer)} {
		synctest.Test(t, func(t *testing.T) {
			op := func(_ context.Context, attempt int) (int, error) {
				if attempt < 3 {
					return 0, errTemporary
				}
				return 42, nil
			}
			do := func(ctx context.Context, n int) error { _, err := op(ctx, n); return err }
			require.NoError(t, r.Do(t.Context(), do), name)
			require.NoError(t, r.DoCall(t.Context(), retry.Call{Name: "n"}, do), name)
			got, err := retry.DoValue(t.Context(), r, op)
			require.NoError(t, err)
			assert.Equal(t, 42, got)
			got, err = retry.DoValueCall(t.Context(), r, retry.Call{}, op)
			require.NoError(t, err)
			assert.Equal(t, 42, got)
			for ctx, n := range r.Attempts(t.Context(), retry.Call{}, &err) {
				err = do(ctx, n)
			}
			require.NoError(t, err)
			assert.Equal(t, 3, r.MaxAttempts())
			low, high := r.Bounds(1)
			assert.Equal(t, [2]time.Duration{time.Second, 1250*time.Millisecond - 1}, [2]time.Duration{low, high})
			assert.Equal(t, 30*time.Second, r.Backoff(retry.ClassTimeout).MaxDelay)
			assert.Positive(t, r.Delay("", 1))
		})
	}
}

func TestUntilRepeatsUntilTheResultIsAccepted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		breaker, err := retry.NewBreaker(retry.BreakerConfig{MinAttempts: 3})
		require.NoError(t, err)
		for name, config := range map[string]retry.Config{"with a breaker": {Breaker: breaker}, "light": {}} {
			config.MaxAttempts, config.DelayFunc, config.Jitter = 5, retry.Constant(time.Second), retry.JitterNone
			config.Budget = newBudget(t, retry.BudgetConfig{})
			if name == "light" {
				config.DelayFunc = retry.Constant(0)
			}
			r := must(t, config)
			op := retry.Until(func(_ context.Context, attempt int) (int, error) {
				if attempt == 2 {
					return 99, errTemporary
				}
				return attempt, nil
			}, func(n int) bool { return n >= 4 })
			got, err := retry.DoValue(t.Context(), r, op)
			require.NoError(t, err, name)
			assert.Equal(t, 4, got)
			assert.InDelta(t, 487.0, config.Budget.Level(""), 1, "%s: one real failure", name)
			assert.Equal(t, retry.BreakerClosed, breaker.State("k"))

			never := retry.Until(func(_ context.Context, attempt int) (int, error) { return attempt, nil },
				func(int) bool { return false })
			got, err = retry.DoValueCall(t.Context(), r, retry.Call{Key: "k"}, never)
			require.ErrorIs(t, err, retry.ErrUnmet)
			require.ErrorIs(t, err, retry.ErrExhausted)
			assert.Equal(t, 5, got, "the last result comes back")
			assert.Equal(t, retry.BreakerClosed, breaker.State("k"), "the server answered")
			breaker.Reset("")
		}
	})
}

func TestOnRetryGetsTheAttemptBeforeEachWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var seen []retry.Attempt
		r := must(t,
			retry.Config{
				Jitter:  retry.JitterNone,
				OnRetry: func(_ context.Context, failed retry.Attempt) { seen = append(seen, failed) },
			})
		require.Error(t, r.Do(t.Context(), func(_ context.Context, attempt int) error {
			time.Sleep(time.Duration(attempt) * time.Minute)
			return errTemporary
		}))
		assert.Equal(t, []retry.Attempt{
			{Number: 1, Duration: time.Minute, Wait: time.Second, Class: retry.ClassTransient, Err: errTemporary},
			{
				Number: 2, Start: 61 * time.Second, Duration: 2 * time.Minute, Wait: 2 * time.Second,
				Class: retry.ClassTransient, Err: errTemporary,
			},
		}, seen)
	})
}

func TestFallbackIsUsedOnlyAfterFailure(t *testing.T) {
	r := must(t, retry.Config{InitialDelay: retry.NoDelay})
	lastResort := func(_ context.Context, failed error) (string, error) {
		if errors.Is(failed, errListed) {
			return "", failed
		}
		return fmt.Sprint("cached, because ", failed), nil
	}
	for name, c := range map[string]struct {
		err  error
		want string
	}{
		"success":          {nil, "fresh"},
		"failure":          {errTemporary, "cached, because failed after 3 attempts: attempts exhausted: temporary"},
		"fallback refuses": {errListed, ""},
	} {
		got, err := retry.DoValueOr(t.Context(), r, retry.Call{},
			func(context.Context, int) (string, error) { return "fresh", c.err }, lastResort)
		assert.Equal(t, c.want, got, name)
		assert.Equal(t, c.err == errListed, err != nil, name)
	}
}

func TestAttemptTimeoutGrows(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := must(t, retry.Config{
			MaxAttempts: 5, InitialDelay: retry.NoDelay,
			AttemptTimeout: time.Second, AttemptTimeoutMultiplier: 3, MaxAttemptTimeout: 20 * time.Second,
			Timestamps: true,
		})
		var failed *retry.Error
		require.ErrorAs(t, r.Do(t.Context(), func(ctx context.Context, _ int) error { <-ctx.Done(); return ctx.Err() }),
			&failed)
		var took []time.Duration
		for _, a := range failed.History {
			took = append(took, a.Duration/time.Second)
		}
		assert.Equal(t, []time.Duration{1, 3, 9, 20, 20}, took)
	})
	for _, config := range []retry.Config{
		{AttemptTimeoutMultiplier: 2},
		{MaxAttemptTimeout: 1},
		{AttemptTimeout: 1, AttemptTimeoutMultiplier: 0.5},
		{AttemptTimeout: 1, AttemptTimeoutMultiplier: math.NaN()},
		{AttemptTimeout: 1, MaxAttemptTimeout: -1},
	} {
		_, err := retry.New(config)
		require.Error(t, err, "%+v", config)
	}
}

func TestUnwrapHistoryShowsEarlierErrors(t *testing.T) {
	first := retry.Retryable(errors.New("first"))
	for _, unwrap := range []bool{false, true} {
		count := 0
		r := must(t, retry.Config{InitialDelay: retry.NoDelay, UnwrapHistory: unwrap})
		err := r.Do(t.Context(), failing(&count, first, errTemporary, errTemporary))
		assert.Equal(t, unwrap, errors.Is(err, first))
		require.ErrorIs(t, err, errTemporary)
		require.ErrorIs(t, err, retry.ErrExhausted)
	}
}
