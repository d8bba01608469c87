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

func TestAttemptsAsALoop(t *testing.T) {
	for name, c := range map[string]struct {
		outcomes []error
		reason   error
		rounds   int
		took     time.Duration
	}{
		"success":   {[]error{nil}, nil, 1, 0},
		"recovers":  {[]error{errTemporary, errTemporary, nil}, nil, 3, 3 * time.Second},
		"exhausted": {[]error{errTemporary, errTemporary, errTemporary}, retry.ErrExhausted, 3, 3 * time.Second},
		"permanent": {[]error{errListed}, retry.ErrPermanent, 1, 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := must(t, retry.Config{Jitter: retry.JitterNone, AttemptTimeout: time.Minute})
				start, rounds := time.Now(), 0
				var err error
				for ctx, attempt := range r.Attempts(t.Context(), retry.Call{}, &err) {
					rounds++
					assert.Equal(t, rounds, attempt)
					_, timed := ctx.Deadline()
					assert.True(t, timed)
					err = c.outcomes[attempt-1]
				}
				require.ErrorIs(t, err, c.reason)
				assert.Equal(t, c.rounds, rounds)
				assert.Equal(t, c.took, time.Since(start))
			})
		})
	}
}

func TestBreakEndsTheLoopAsTheBodyLeftIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBudget(t, retry.BudgetConfig{Initial: 100})
		r := must(t, retry.Config{AttemptTimeout: time.Hour, Budget: b})
		var err error
		var last context.Context
		for ctx := range r.Attempts(t.Context(), retry.Call{}, &err) {
			last = ctx
			err = errTemporary
			break
		}
		require.Equal(t, errTemporary, err)
		require.Error(t, last.Err(), "the attempt's context has ended")
		assert.InDelta(t, 100.0, b.Level(""), 0)

		for range r.Attempts(t.Context(), retry.Call{}, &err) {
			err = nil
			break
		}
		require.NoError(t, err)
		assert.InDelta(t, 101.0, b.Level(""), 0, "a break without an error is a success")
	})
}

func TestPanicInTheLoopEndsTheAttempt(t *testing.T) {
	r := must(t, retry.Config{AttemptTimeout: time.Hour})
	var last context.Context
	assert.Panics(t, func() {
		var err error
		for ctx := range r.Attempts(t.Context(), retry.Call{}, &err) {
			last = ctx
			panic("boom")
		}
	})
	require.Error(t, last.Err())
}
