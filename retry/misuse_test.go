package retry_test

import (
	"context"
	"errors"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/retry"
)

func TestErrorCountsTheTimeThatWasWaited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(100*time.Millisecond, cancel)
		var done retry.Event
		observer := retry.ObserverFunc(func(_ context.Context, e retry.Event) { done = e })
		r := must(t, retry.Config{InitialDelay: 30 * time.Second, Jitter: retry.JitterNone, Observer: observer})
		count := 0
		err := r.Do(ctx, failing(&count, errTemporary))
		var failed *retry.Error
		require.ErrorAs(t, err, &failed)
		assert.Equal(t, 100*time.Millisecond, failed.Waited)
		assert.Equal(t, 100*time.Millisecond, failed.History[0].Wait)
		assert.Equal(t, 100*time.Millisecond, done.Waited)

		quiet := must(t, retry.Config{InitialDelay: 30 * time.Second, Jitter: retry.JitterNone})
		ctx, cancel = context.WithCancel(t.Context())
		time.AfterFunc(100*time.Millisecond, cancel)
		require.EqualError(t, quiet.Do(ctx, failing(&count, errTemporary)),
			"failed after 1 attempt and 100ms of waiting: canceled: temporary")
	})
}

func TestInitialDelayAboveTheDefaultCapLiftsIt(t *testing.T) {
	r := must(t, retry.Config{InitialDelay: time.Minute, Jitter: retry.JitterNone})
	assert.Equal(t, time.Minute, r.Delay("", 1))
	assert.Equal(t, time.Minute, r.Delay("", 2))
	assert.Equal(t, time.Minute, retry.Backoff{InitialDelay: time.Minute, Jitter: retry.JitterNone}.Delay("", 5))
	class := must(t,
		retry.Config{ClassDelays: map[retry.Class]retry.Backoff{retry.ClassThrottle: {
			InitialDelay: time.Minute,
			Jitter:       retry.JitterNone,
		}}})
	assert.Equal(t, time.Minute, class.Backoff(retry.ClassThrottle).Delay("", 1))
	capped := must(t, retry.Config{InitialDelay: time.Minute, MaxDelay: 30 * time.Second, Jitter: retry.JitterNone})
	assert.Equal(t, 30*time.Second, capped.Delay("", 1), "a cap that is given stays")
}

func TestShadowedErrInALoopIsNoSuccess(t *testing.T) {
	r := must(t, retry.Config{InitialDelay: retry.NoDelay})
	for name, leave := range map[string]bool{"to its end": false, "left by break": true} {
		var err error
		rounds := 0
		for _, attempt := range r.Attempts(t.Context(), retry.Call{}, &err) {
			rounds++
			var err error = errTemporary // shadows
			_ = err
			_ = attempt
			if leave {
				break
			}
		}
		require.ErrorIs(t, err, retry.ErrNoOutcome, name)
		require.ErrorIs(t, err, retry.ErrPermanent, name)
		assert.Equal(t, 1, rounds, name)
	}
}

func TestPanicReleasesWhatTheCallHolds(t *testing.T) {
	for name, config := range map[string]retry.Config{
		"light":          {InitialDelay: retry.NoDelay},
		"with a timeout": {InitialDelay: retry.NoDelay, AttemptTimeout: time.Hour},
		"with a wait":    {InitialDelay: time.Second},
	} {
		synctest.Test(t, func(t *testing.T) {
			config.Budget = newBudget(t, retry.BudgetConfig{})
			r := must(t, config)
			var own context.Context
			op := func(ctx context.Context, attempt int) (int, error) {
				if own = ctx; attempt == 2 {
					panic("boom")
				}
				return 0, errTemporary
			}
			for _, run := range []func(){
				func() {
					_ = r.Do(t.Context(), func(ctx context.Context, n int) error { _, err := op(ctx, n); return err })
				},
				func() { _, _ = retry.DoValue(t.Context(), r, op) },
				func() { _, _ = retry.DoValueCall(t.Context(), r, retry.Call{Key: "k"}, op) },
				func() {
					var err error
					for ctx, n := range r.Attempts(t.Context(), retry.Call{}, &err) {
						_, err = op(ctx, n)
					}
				},
			} {
				assert.PanicsWithValue(t, "boom", run, name)
				assert.InDelta(t, 500.0, config.Budget.Level(""), 0, name)
				assert.InDelta(t, 500.0, config.Budget.Level("k"), 0, name)
				if config.AttemptTimeout > 0 {
					require.Error(t, own.Err(), "%s: the attempt's context has ended", name)
				}
			}
		})
	}
}

func TestPanicOfAProbeOpensTheBreakerAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBreaking(t, retry.BreakerConfig{MinAttempts: 1})
		require.Error(t, b.call("", errTemporary))
		time.Sleep(5 * time.Second)
		assert.Panics(t, func() { _ = b.r.Do(t.Context(), func(context.Context, int) error { panic("boom") }) })
		assert.Equal(t, retry.BreakerOpen, b.breaker.State(""))
	})
}

// response is a result as *http.Response is one: its body has to be closed.
type response struct{ Body io.ReadCloser }

func TestHedgedCallReturnsBeforeTheLoserEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := must(t, retry.Config{Hedge: retry.Hedge{After: time.Second}})
		late := &body{}
		start := time.Now()
		got, err := retry.DoValueCall(t.Context(), r, idempotent,
			func(_ context.Context, attempt int) (*response, error) {
				if attempt == 1 { // it does not heed its context
					time.Sleep(time.Hour)
					return &response{late}, nil
				}
				return &response{&body{from: 2}}, nil
			})
		require.NoError(t, err)
		assert.Equal(t, time.Second, time.Since(start))
		chosen, ok := got.Body.(*body)
		require.True(t, ok)
		assert.Equal(t, 2, chosen.from)
		time.Sleep(time.Hour)
		synctest.Wait()
		assert.True(t, late.closed, "the body of the response that came too late")
		assert.False(t, chosen.closed)
	})
}

func TestHedgedCallTellsOfTheAttemptThatLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &witness{}
		r := must(t, retry.Config{Hedge: retry.Hedge{After: time.Second}, Observer: w})
		require.NoError(t,
			r.DoCall(t.Context(), retry.Call{Idempotent: true}, func(ctx context.Context, attempt int) error {
				if attempt == 1 {
					<-ctx.Done()
					return errors.New("lost")
				}
				return nil
			}))
		assert.Equal(t, []string{
			"0s attempt / 1 unknown 0s", "1s attempt / 2 unknown 0s", "1s result / 1 canceled 0s",
			"1s result / 2 success 0s", "1s done / 2 success 0s",
		}, w.lines)
	})
}
