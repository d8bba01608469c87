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

func TestStepsMakeTheAttemptsOfDo(t *testing.T) {
	for name, c := range map[string]struct {
		outcomes []error
		reason   error
		took     time.Duration
	}{
		"success":   {[]error{nil}, nil, 0},
		"recovers":  {[]error{errTemporary, errTemporary, nil}, nil, 3 * time.Second},
		"exhausted": {[]error{errTemporary, errTemporary, errTemporary}, retry.ErrExhausted, 3 * time.Second},
		"permanent": {[]error{errListed}, retry.ErrPermanent, 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				budget := newBudget(t, retry.BudgetConfig{Initial: 100})
				r := must(t, retry.Config{Jitter: retry.JitterNone, AttemptTimeout: time.Minute, Budget: budget})
				start := time.Now()
				steps, err := r.Steps(t.Context(), retry.Call{})
				require.NoError(t, err)
				again, made := true, 0
				for again {
					ctx, attempt := steps.Begin()
					made++
					assert.Equal(t, made, attempt)
					_, timed := ctx.Deadline()
					assert.True(t, timed)
					again, err = steps.End(c.outcomes[attempt-1])
					require.Error(t, ctx.Err(), "the attempt's context has ended")
				}
				require.ErrorIs(t, err, c.reason)
				assert.Len(t, c.outcomes, made)
				assert.Equal(t, c.took, time.Since(start))

				before := budget.Level("")
				made = 0
				err = r.Do(t.Context(), failing(&made, c.outcomes...))
				require.ErrorIs(t, err, c.reason)
				assert.InDelta(t, 2*(before-100), budget.Level("")-100, 0, "Do costs the budget the same")
			})
		})
	}
}

func TestStepsOfEndedContextRunNothing(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := must(t, retry.Config{}).Steps(ctx, retry.Call{})
	require.ErrorIs(t, err, retry.ErrCanceled)
}

func TestAbandonedStepsReleaseWhatTheirAttemptHolds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		budget := newBudget(t, retry.BudgetConfig{Initial: 100})
		r := must(t, retry.Config{AttemptTimeout: time.Minute, Budget: budget})
		steps, err := r.Steps(t.Context(), retry.Call{})
		require.NoError(t, err)
		steps.Begin()
		again, err := steps.End(errTemporary)
		require.NoError(t, err)
		require.True(t, again)
		require.Less(t, budget.Level(""), 100.0)
		ctx, _ := steps.Begin()
		steps.Abandon()
		require.Error(t, ctx.Err(), "the attempt's context has ended")
		require.InDelta(t, 100, budget.Level(""), 0, "the tokens of the retry are back")
		steps.Abandon() // without an attempt it does nothing
		require.InDelta(t, 100, budget.Level(""), 0)
	})
}
