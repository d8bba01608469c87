package retry_test

import (
	"context"
	"io"
	"net/http"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/retry"
)

// These tests state what a call gives back when an attempt ends in an unusual way: late, by a
// panic, by runtime.Goexit, by a break, or before it began.

// The probe of 5 s after the circuit opened fails at 12 s, when the next round of probes runs.
func TestProbeThatFailsLateLeavesTheNextRoundAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBreaking(t, retry.BreakerConfig{MinAttempts: 1, OpenFor: 5 * time.Second})
		require.Error(t, b.call("", errTemporary))
		time.Sleep(5 * time.Second)
		go func() { _ = b.lasting(7*time.Second, errTemporary) }()
		time.Sleep(5 * time.Second)
		go func() { _ = b.lasting(4*time.Second, nil) }()
		time.Sleep(3 * time.Second)
		assert.Equal(t, retry.BreakerHalfOpen, b.breaker.State(""), "the first probe has failed")
		time.Sleep(2 * time.Second)
		assert.Equal(t, retry.BreakerClosed, b.breaker.State(""), "the second probe has succeeded")
	})
}

// half returns a breaker whose circuit has just become half-open, for one probe.
func half(t *testing.T) *breaking {
	t.Helper()
	b := newBreaking(t, retry.BreakerConfig{MinAttempts: 1, OpenFor: time.Second})
	require.Error(t, b.call("", errTemporary))
	time.Sleep(time.Second)
	require.Equal(t, retry.BreakerHalfOpen, b.breaker.State(""))
	return b
}

func TestBreakOutOfAProbeLetsAnotherProbePass(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := half(t)
		var err error
		for range b.r.Attempts(t.Context(), retry.Call{}, &err) {
			err = errListed
			break
		}
		require.Equal(t, errListed, err)
		require.NoError(t, b.call("", nil))
		assert.Equal(t, retry.BreakerClosed, b.breaker.State(""))
	})
}

func TestProbeCanceledAtTheLimiterLetsAnotherProbePass(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := half(t)
		limiter := retry.NewLimiter()
		slow := must(t, retry.Config{MaxAttempts: 1, Limiter: limiter})
		require.Error(t, slow.Do(t.Context(), func(context.Context, int) error { return &apiError{Status: 429} }))
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(100*time.Millisecond, cancel)
		both := must(t, retry.Config{MaxAttempts: 1, Limiter: limiter, Breaker: b.breaker})
		require.ErrorIs(t, both.Do(ctx, func(context.Context, int) error { return nil }), retry.ErrCanceled)
		require.NoError(t, b.call("", nil))
		assert.Equal(t, retry.BreakerClosed, b.breaker.State(""))
	})
}

// A bubble's clock is decades behind the real one: what a bubble left behind must not seem that
// old.
func TestBudgetAndBreakerMadeInsideABubbleGoOnOutside(t *testing.T) {
	var b *breaking
	var budget *retry.Budget
	synctest.Test(t, func(t *testing.T) {
		b = newBreaking(t, retry.BreakerConfig{MinAttempts: 1, OpenFor: time.Hour})
		budget = newBudget(t, retry.BudgetConfig{Capacity: 100, Cost: 100, RefillPerSecond: 0.001})
		require.Error(t, b.call("", errTemporary))
		r := must(t, retry.Config{MaxAttempts: 2, InitialDelay: retry.NoDelay, Budget: budget})
		count := 0
		require.Error(t, r.Do(t.Context(), failing(&count, errTemporary, errTemporary)))
	})
	assert.Equal(t, retry.BreakerOpen, b.breaker.State(""))
	assert.InDelta(t, 0, budget.Level(""), 1)
}

// Both attempts have a response at the same moment. The caller gets the body of one open.
func TestHedgedResponseThatComesAtTheSameTimeIsClosed(t *testing.T) {
	for range 20 { // the scheduler decides which attempt is first
		synctest.Test(t, func(t *testing.T) {
			r := must(t, retry.Config{Hedge: retry.Hedge{After: time.Second}})
			bodies := [...]*body{{}, {}}
			got, err := retry.DoValueCall(t.Context(), r, idempotent,
				func(_ context.Context, attempt int) (*http.Response, error) {
					time.Sleep(time.Duration(3-attempt) * time.Second)
					return &http.Response{StatusCode: 200, Body: bodies[attempt-1]}, nil
				})
			require.NoError(t, err)
			synctest.Wait()
			for _, b := range bodies {
				assert.Equal(t, got.Body == io.ReadCloser(b), !b.closed)
			}
		})
	}
}

func TestPanicOfAHedgeReleasesWhatTheCallHolds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		budget := newBudget(t, retry.BudgetConfig{})
		r := must(t, retry.Config{Budget: budget, AttemptTimeout: time.Hour, Hedge: retry.Hedge{After: time.Second}})
		first := &body{}
		var owns [2]context.Context
		assert.PanicsWithValue(t, "boom", func() {
			_, _ = retry.DoValueCall(t.Context(), r, idempotent,
				func(ctx context.Context, attempt int) (*http.Response, error) {
					owns[attempt-1] = ctx
					if attempt == 2 {
						panic("boom")
					}
					<-ctx.Done()
					return &http.Response{Body: first}, nil
				})
		})
		synctest.Wait()
		assert.True(t, first.closed, "the response that no caller gets")
		assert.InDelta(t, 500.0, budget.Level(""), 0)
		for _, own := range owns {
			require.Error(t, own.Err())
		}
	})
}

// t.FailNow calls runtime.Goexit: the goroutine of the caller ends, and the attempt counts as a
// failure.
func TestGoexitOfAnAttemptEndsTheCallerAndOpensTheBreaker(t *testing.T) {
	for name, config := range map[string]retry.Config{
		"bare":           {},
		"with a timeout": {AttemptTimeout: time.Hour},
		"hedged":         {Hedge: retry.Hedge{After: time.Hour}},
	} {
		synctest.Test(t, func(t *testing.T) {
			breaker, err := retry.NewBreaker(retry.BreakerConfig{MinAttempts: 1})
			require.NoError(t, err)
			config.Breaker = breaker
			r := must(t, config)
			returned := false
			go func() {
				_ = r.DoCall(t.Context(), idempotent, func(context.Context, int) error { runtime.Goexit(); return nil })
				returned = true
			}()
			synctest.Wait()
			assert.False(t, returned, name)
			assert.Equal(t, retry.BreakerOpen, breaker.State(""), name)
		})
	}
}
