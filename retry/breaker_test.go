package retry_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/retry"
)

// breaking is a server behind a breaker; every call makes one attempt.
type breaking struct {
	t       *testing.T
	breaker *retry.Breaker
	r       *retry.Retryer
	served  int
}

func newBreaking(t *testing.T, config retry.BreakerConfig) *breaking {
	t.Helper()
	b, err := retry.NewBreaker(config)
	require.NoError(t, err)
	return &breaking{t: t, breaker: b, r: must(t, retry.Config{MaxAttempts: 1, Breaker: b})}
}

func (b *breaking) call(key string, result error) error {
	return b.r.DoCall(b.t.Context(), retry.Call{Key: key}, func(context.Context, int) error {
		b.served++
		return result
	})
}

func TestBreakerOpensClosesAndOpensAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBreaking(t, retry.BreakerConfig{
			MinAttempts: 4, FailureRatio: 0.5, Window: 10 * time.Second,
			OpenFor: 5 * time.Second, Probes: 2,
		})
		state := func() string { return b.breaker.State("").String() }

		for range 100 { // successes before the first failure are not counted
			require.NoError(t, b.call("", nil))
		}
		for i, result := range []error{errTemporary, nil, nil, nil, errTemporary} { // 2 of 5
			_ = b.call("", result)
			assert.Equal(t, "closed", state(), "attempt %d", i+1)
		}
		require.ErrorIs(t, b.call("", errTemporary), retry.ErrExhausted) // 3 of 6
		assert.Equal(t, "open", state())

		b.served = 0
		err := b.call("", nil)
		require.ErrorIs(t, err, retry.ErrBreakerOpen)
		require.EqualError(t, err, "failed after 0 attempts: circuit breaker open")
		assert.Zero(t, b.served)
		require.NoError(t, b.call("other", nil), "other keys have circuits of their own")

		time.Sleep(5 * time.Second)
		assert.Equal(t, "half-open", state())
		require.NoError(t, b.call("", nil))
		assert.Equal(t, "half-open", state(), "one probe of two")
		require.Error(t, b.call("", errTemporary))
		assert.Equal(t, "open", state(), "a probe failed")

		time.Sleep(5 * time.Second)
		require.NoError(t, b.call("", nil))
		require.NoError(t, b.call("", nil))
		assert.Equal(t, "closed", state())
		assert.Empty(t, b.breaker.States())
	})
}

func TestBreakerForgetsAWindowThatIsOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBreaking(t, retry.BreakerConfig{MinAttempts: 2, Window: 10 * time.Second})
		for range 5 {
			require.Error(t, b.call("", errTemporary))
			time.Sleep(10 * time.Second)
			assert.Equal(t, retry.BreakerClosed, b.breaker.State(""))
		}
	})
}

// What shows a living server is no failure.
func TestBreakerCountsOnlyWhatARetryMightMend(t *testing.T) {
	for err, opens := range map[error]bool{
		retry.Permanent(errListed): false,
		&apiError{Status: 404}:     false,
		context.Canceled:           false,
		&apiError{Status: 429}:     true,
		&apiError{Status: 500}:     true,
		context.DeadlineExceeded:   true,
	} {
		b := newBreaking(t, retry.BreakerConfig{MinAttempts: 3})
		for range 3 {
			require.Error(t, b.call("", err))
		}
		assert.Equal(t, opens, b.breaker.State("") == retry.BreakerOpen, "%v", err)
	}
}

func TestBreakerThatOpensEndsTheCallAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		breaker, err := retry.NewBreaker(retry.BreakerConfig{MinAttempts: 2})
		require.NoError(t, err)
		r := must(t, retry.Config{MaxAttempts: 9, Jitter: retry.JitterNone, Breaker: breaker})
		start, count := time.Now(), 0
		err = r.Do(t.Context(), failing(&count, errTemporary, errListedTemporary, errTemporary))
		require.ErrorIs(t, err, retry.ErrBreakerOpen)
		require.ErrorIs(t, err, errListedTemporary, "the last cause is kept")
		assert.Equal(t, 2, count)
		assert.Equal(t, time.Second, time.Since(start), "it does not sleep 2 s to find the breaker open for 5")
	})
}

var errListedTemporary = retry.Retryable(errListed)

func TestBreakerThatOpensDuringTheWaitEndsTheCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBreaking(t, retry.BreakerConfig{MinAttempts: 2})
		r := must(t,
			retry.Config{Jitter: retry.JitterNone, Breaker: b.breaker, Budget: newBudget(t, retry.BudgetConfig{})})
		time.AfterFunc(500*time.Millisecond, func() { _ = b.call("", errTemporary) })
		count := 0
		require.ErrorIs(t, r.Do(t.Context(), failing(&count, errTemporary)), retry.ErrBreakerOpen)
		assert.Equal(t, 1, count)
	})
}

func TestBreakerLetsOnlyProbesPassWhileHalfOpen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBreaking(t, retry.BreakerConfig{MinAttempts: 1, OpenFor: time.Second})
		require.Error(t, b.call("", errTemporary))
		time.Sleep(time.Second)
		slow := make(chan struct{})
		var calls sync.WaitGroup
		calls.Go(func() {
			_ = b.r.Do(t.Context(), func(context.Context, int) error { <-slow; return nil })
		})
		synctest.Wait()
		require.ErrorIs(t, b.call("", nil), retry.ErrBreakerOpen)
		// A probe that hangs does not lock the circuit for ever.
		time.Sleep(time.Second)
		require.NoError(t, b.call("", nil))
		assert.Equal(t, retry.BreakerClosed, b.breaker.State(""))
		close(slow)
		calls.Wait()
	})
}

// An attempt that began before the pause tells nothing of the server after it: it neither closes
// the circuit, nor opens it again, nor frees a probe's place.
func TestAttemptFromBeforeThePauseDecidesNothing(t *testing.T) {
	for _, outcome := range []error{nil, errTemporary, context.Canceled} {
		synctest.Test(t, func(t *testing.T) {
			b := newBreaking(t, retry.BreakerConfig{MinAttempts: 2, OpenFor: 5 * time.Second})
			require.Error(t, b.call("", errTemporary)) // the window opens: attempts count from here on
			var calls sync.WaitGroup
			calls.Go(func() {
				_ = b.r.Do(t.Context(),
					func(context.Context, int) error { time.Sleep(7 * time.Second); return outcome })
			})
			synctest.Wait()
			require.Error(t, b.call("", errTemporary))
			require.Equal(t, retry.BreakerOpen, b.breaker.State(""))
			time.Sleep(6 * time.Second)
			calls.Go(func() {
				_ = b.r.Do(t.Context(), func(context.Context, int) error { time.Sleep(3 * time.Second); return nil })
			})
			time.Sleep(2 * time.Second) // the old attempt has ended, the probe runs
			assert.Equal(t, retry.BreakerHalfOpen, b.breaker.State(""), "%v", outcome)
			require.ErrorIs(t, b.call("", nil), retry.ErrBreakerOpen, "%v", outcome)
			calls.Wait()
			assert.Equal(t, retry.BreakerClosed, b.breaker.State(""), "%v", outcome)
		})
	}
}

func TestCanceledProbeLetsAnotherGo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBreaking(t, retry.BreakerConfig{MinAttempts: 1, OpenFor: time.Second})
		require.Error(t, b.call("", errTemporary))
		time.Sleep(time.Second)
		ctx, cancel := context.WithCancel(t.Context())
		require.ErrorIs(t, b.r.Do(ctx, func(context.Context, int) error { cancel(); return ctx.Err() }),
			retry.ErrCanceled)
		require.NoError(t, b.call("", nil))
	})
}

func TestBreakerForgetsKeysNeverAskedForAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBreaking(t, retry.BreakerConfig{})
		for i := range 100 {
			require.Error(t, b.call(fmt.Sprint("key", i), errTemporary))
		}
		time.Sleep(time.Minute)
		for range 1000 { // one success in 64, by chance, searches for circuits to drop
			require.NoError(t, b.call("", nil))
		}
		assert.Zero(t, retry.Circuits(b.breaker))
	})
}
