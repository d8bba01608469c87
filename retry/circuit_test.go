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

// lasting makes a call whose attempt takes d and then ends with result.
func (b *breaking) lasting(d time.Duration, result error) error {
	return b.r.Do(b.t.Context(), func(context.Context, int) error { time.Sleep(d); return result })
}

// A healthy server answers after 6 s, longer than OpenFor.
func TestBreakerClosesAfterProbesThatOutlastThePause(t *testing.T) {
	for _, probes := range []int{1, 2} {
		synctest.Test(t, func(t *testing.T) {
			b := newBreaking(t, retry.BreakerConfig{MinAttempts: 2, OpenFor: 5 * time.Second, Probes: probes})
			require.Error(t, b.call("", errTemporary))
			require.Error(t, b.call("", errTemporary))
			refused := 0
			var mu sync.Mutex
			var calls sync.WaitGroup
			for range 600 { // one each 100 ms
				calls.Go(func() {
					if err := b.lasting(6*time.Second, nil); err != nil {
						mu.Lock()
						refused++
						mu.Unlock()
					}
				})
				time.Sleep(100 * time.Millisecond)
			}
			calls.Wait()
			assert.Equal(t, retry.BreakerClosed, b.breaker.State(""), "%d probes", probes)
			assert.Less(t, refused, 115, "%d probes: 5 s of pause and 6 s of probe", probes)
		})
	}
}

// Calls that hang since before the circuit opened fail when it has closed again.
func TestLateFailuresDoNotReopenTheBreaker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBreaking(t, retry.BreakerConfig{MinAttempts: 2, OpenFor: 5 * time.Second})
		var calls sync.WaitGroup
		for range 100 {
			calls.Go(func() { _ = b.lasting(30*time.Second, errTemporary) })
		}
		time.Sleep(time.Second)
		require.Error(t, b.call("", errTemporary))
		require.Error(t, b.call("", errTemporary))
		require.Equal(t, retry.BreakerOpen, b.breaker.State(""))
		time.Sleep(5 * time.Second)
		require.NoError(t, b.call("", nil))
		require.Equal(t, retry.BreakerClosed, b.breaker.State(""))
		calls.Wait()
		assert.Equal(t, retry.BreakerClosed, b.breaker.State(""))
		require.Error(t, b.call("", errTemporary))
		require.Error(t, b.call("", errTemporary))
		assert.Equal(t, retry.BreakerOpen, b.breaker.State(""), "new failures count")
	})
}

func TestBreakerWindowSlides(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBreaking(t, retry.BreakerConfig{MinAttempts: 17, Window: 10 * time.Second})
		require.Error(t, b.call("", errTemporary)) // the first window would end 10 s later
		time.Sleep(9800 * time.Millisecond)
		for range 17 { // across its end, in 0.4 s
			require.ErrorIs(t, b.call("", errTemporary), retry.ErrExhausted)
			time.Sleep(25 * time.Millisecond)
		}
		assert.Equal(t, retry.BreakerOpen, b.breaker.State(""))
	})
}

// A quick first attempt that returned, with or without an error, is not counted as a panic too.
func TestAttemptThatReturnsIsCountedOnce(t *testing.T) {
	for name, failure := range map[string]error{"success": nil, "permanent error": retry.Permanent(errors.New("no"))} {
		op := func(context.Context, int) error { return failure }
		opValue := func(context.Context, int) (int, error) { return 0, failure }
		for face, run := range map[string]func(ctx context.Context, r *retry.Retryer) error{
			"Do": func(ctx context.Context, r *retry.Retryer) error { return r.Do(ctx, op) },
			"DoCall": func(ctx context.Context, r *retry.Retryer) error {
				return r.DoCall(ctx, retry.Call{Key: "k"}, op)
			},
			"DoValue": func(ctx context.Context, r *retry.Retryer) error {
				_, err := retry.DoValue(ctx, r, opValue)
				return err
			},
			"DoValueCall": func(ctx context.Context, r *retry.Retryer) error {
				_, err := retry.DoValueCall(ctx, r, retry.Call{Key: "k"}, opValue)
				return err
			},
		} {
			breaker, err := retry.NewBreaker(retry.BreakerConfig{MinAttempts: 1})
			require.NoError(t, err)
			require.ErrorIs(t, run(t.Context(), must(t, retry.Config{Breaker: breaker})), failure, "%s, %s", face, name)
			for _, key := range []string{"", "k"} {
				assert.Equal(t, retry.BreakerClosed, breaker.State(key), "%s, %s", face, name)
			}
		}
	}
}

func TestUnknownErrorsAndPanicsOpenTheBreaker(t *testing.T) {
	configs := map[string]retry.Config{
		"bare":         {},
		"with a clock": {Timestamps: true, AttemptTimeout: time.Hour},
		"hedged":       {Hedge: retry.Hedge{After: time.Hour}},
	}
	boom := func(context.Context, int) error { panic("boom") }
	boomValue := func(context.Context, int) (int, error) { panic("boom") }
	calls := map[string]func(ctx context.Context, r *retry.Retryer){
		"unknown": func(ctx context.Context, r *retry.Retryer) {
			_ = r.DoCall(ctx, idempotent, func(context.Context, int) error { return errors.New("no idea") })
		},
		"Do":      func(ctx context.Context, r *retry.Retryer) { _ = r.Do(ctx, boom) },
		"DoCall":  func(ctx context.Context, r *retry.Retryer) { _ = r.DoCall(ctx, idempotent, boom) },
		"DoValue": func(ctx context.Context, r *retry.Retryer) { _, _ = retry.DoValue(ctx, r, boomValue) },
		"DoValueCall": func(ctx context.Context, r *retry.Retryer) {
			_,
				_ = retry.DoValueCall(ctx, r, idempotent, boomValue)
		},
		"Attempts": func(ctx context.Context, r *retry.Retryer) {
			var err error
			for range r.Attempts(ctx, retry.Call{}, &err) {
				panic("boom")
			}
		},
	}
	for on, config := range configs {
		for name, call := range calls {
			b, err := retry.NewBreaker(retry.BreakerConfig{MinAttempts: 3})
			require.NoError(t, err)
			config.Breaker, config.MaxAttempts = b, 1
			r := must(t, config)
			for range 3 {
				func() {
					defer func() { _ = recover() }()
					call(t.Context(), r)
				}()
			}
			assert.Equal(t, retry.BreakerOpen, b.State(""), "%s, %s", name, on)
		}
	}
}

func TestBreakerTellsOfStateChanges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var changes []string
		var b *breaking
		b = newBreaking(t,
			retry.BreakerConfig{
				MinAttempts: 1, OpenFor: time.Second,
				OnChange: func(key string, from, to retry.BreakerState) {
					changes = append(changes, fmt.Sprintf("%q %v → %v", key, from, to))
					assert.Equal(t, to, b.breaker.State(key), "the callback may ask")
				},
			})
		require.Error(t, b.call("k", errTemporary))
		time.Sleep(time.Second)
		require.NoError(t, b.call("k", nil))
		b.breaker.ForceOpen("k")
		b.breaker.Reset("k")
		assert.Equal(t, []string{
			`"k" closed → open`, `"k" open → half-open`, `"k" half-open → closed`, `"k" closed → open`,
			`"k" open → closed`,
		}, changes)
	})
}

func TestForcedBreakerStaysOpenUntilReset(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBreaking(t, retry.BreakerConfig{OpenFor: time.Second})
		b.breaker.ForceOpen("k")
		time.Sleep(time.Hour)
		require.ErrorIs(t, b.call("k", nil), retry.ErrBreakerOpen)
		assert.Equal(t, retry.BreakerOpen, b.breaker.State("k"))
		require.NoError(t, b.call("other", nil))
		b.breaker.Reset("k")
		require.NoError(t, b.call("k", nil))
		assert.Empty(t, b.breaker.States())
		b.breaker.Reset("never seen")

		var zero retry.Breaker
		zero.ForceOpen("k")
		assert.Equal(t, retry.BreakerClosed, zero.State("k"))
	})
}

func TestResetDiscardsWhatWasCounted(t *testing.T) {
	b := newBreaking(t, retry.BreakerConfig{MinAttempts: 3})
	require.Error(t, b.call("", errTemporary))
	require.Error(t, b.call("", errTemporary))
	b.breaker.Reset("")
	require.Error(t, b.call("", errTemporary))
	assert.Equal(t, retry.BreakerClosed, b.breaker.State(""))
}

// A circuit that has closed is kept for a while, not for ever.
func TestBreakerForgetsCircuitsThatClosed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBreaking(t, retry.BreakerConfig{MinAttempts: 1, OpenFor: time.Second})
		for i := range 100 {
			require.Error(t, b.call(fmt.Sprint(i), errTemporary))
		}
		time.Sleep(time.Second)
		for i := range 100 {
			require.NoError(t, b.call(fmt.Sprint(i), nil))
		}
		assert.Empty(t, b.breaker.States())
		time.Sleep(time.Hour)
		require.Error(t, b.call("new", errTemporary))
		assert.Equal(t, 1, retry.Circuits(b.breaker))
	})
}

func TestBreakerStaysConsistentUnderConcurrentUse(t *testing.T) {
	breaker, err := retry.NewBreaker(retry.BreakerConfig{
		MinAttempts: 5, OpenFor: time.Nanosecond,
		Window: time.Microsecond,
	})
	require.NoError(t, err)
	r := must(t, retry.Config{MaxAttempts: 1, Breaker: breaker, InitialDelay: retry.NoDelay})
	var calls sync.WaitGroup
	for worker := range 8 {
		calls.Go(func() {
			for i := range 500 {
				call := retry.Call{Key: fmt.Sprint(i % 20)}
				_ = r.DoCall(t.Context(), call, func(context.Context, int) error {
					if (i+worker)%3 > 0 {
						return errTemporary
					}
					return nil
				})
				_ = breaker.States()
			}
		})
	}
	calls.Wait()
	for i := range 20 {
		breaker.Reset(fmt.Sprint(i))
	}
	assert.Empty(t, breaker.States())
	assert.True(t, retry.BreakerIdle(breaker), "no live circuit is left in the count")
}
