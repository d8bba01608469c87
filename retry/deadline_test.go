package retry_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/retry"
)

func TestEndedContextRunsNothing(t *testing.T) {
	why := errors.New("too late")
	canceled, cancel := context.WithCancelCause(t.Context())
	cancel(why)
	expired, stop := context.WithDeadline(t.Context(), time.Unix(0, 0))
	defer stop()
	for _, c := range []struct {
		ctx                context.Context
		reason, of, causes error
	}{
		{canceled, retry.ErrCanceled, context.Canceled, why},
		{expired, retry.ErrDeadline, context.DeadlineExceeded, context.DeadlineExceeded},
	} {
		r := must(t, retry.Config{})
		count := 0
		do := map[string]func() error{
			"Do":     func() error { return r.Do(c.ctx, failing(&count)) },
			"DoCall": func() error { return r.DoCall(c.ctx, retry.Call{}, failing(&count)) },
			"DoValue": func() error {
				_, err := retry.DoValue(c.ctx, r, func(context.Context, int) (int, error) { count++; return 0, nil })
				return err
			},
			"Attempts": func() error {
				var err error
				for range r.Attempts(c.ctx, retry.Call{}, &err) {
					count++
				}
				return err
			},
		}
		for name, do := range do {
			err := do()
			require.ErrorIs(t, err, c.reason, name)
			require.ErrorIs(t, err, c.of, name)
			require.ErrorIs(t, err, c.causes, name)
		}
		assert.Zero(t, count)
	}
}

func TestNoSleepTowardsADeadlineItWouldMiss(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 2900*time.Millisecond)
		defer cancel()
		start, count := time.Now(), 0
		r := must(t, retry.Config{MaxAttempts: 9, Jitter: retry.JitterNone})
		err := r.Do(ctx, failing(&count, errTemporary, errTemporary, errTemporary))
		assert.Equal(t, 2, count)
		assert.Equal(t, time.Second, time.Since(start), "it stops at once, not at the deadline")
		for _, target := range []error{retry.ErrDeadline, context.DeadlineExceeded, errTemporary} {
			require.ErrorIs(t, err, target)
		}
		require.NoError(t, ctx.Err())
	})
}

func TestMaxElapsedBoundsTheCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start, count := time.Now(), 0
		r := must(t, retry.Config{MaxAttempts: 9, Jitter: retry.JitterNone, MaxElapsed: 8 * time.Second})
		err := r.DoCall(t.Context(), retry.Call{Name: "put"}, func(context.Context, int) error {
			count++
			time.Sleep(500 * time.Millisecond)
			return errTemporary
		})
		// Attempts end at 0.5, 2, 4.5 and 9 s: the wait of 4 s from 4.5 s on would end at 8.5 s.
		assert.Equal(t, 3, count)
		assert.Equal(t, 4500*time.Millisecond, time.Since(start))
		require.ErrorIs(t, err, retry.ErrDeadline)
		require.NotErrorIs(t, err, context.DeadlineExceeded, "the context has none")
		require.EqualError(t, err, "put: failed after 3 attempts in 4.5s: no time left for another attempt: temporary")
		var failed *retry.Error
		require.ErrorAs(t, err, &failed)
		assert.Equal(t, retry.Attempt{
			Number: 2, Start: 1500 * time.Millisecond, Duration: 500 * time.Millisecond,
			Wait: 2 * time.Second, Class: retry.ClassTransient, Err: errTemporary,
		}, failed.History[1])
	})
}

func TestMaxElapsedBoundsCallsThatDoNotWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		count := 0
		r := must(t, retry.Config{MaxAttempts: 1000, InitialDelay: retry.NoDelay, MaxElapsed: time.Second})
		err := r.Do(t.Context(), func(context.Context, int) error {
			count++
			time.Sleep(300 * time.Millisecond)
			return errTemporary
		})
		require.ErrorIs(t, err, retry.ErrDeadline)
		assert.Equal(t, 4, count)
	})
}

func TestAttemptTimeoutEndsTheAttemptOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		r := must(t, retry.Config{AttemptTimeout: 5 * time.Second, Jitter: retry.JitterNone})
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		hang := func(ctx context.Context, attempt int) (int, error) {
			if attempt == 3 {
				return 42, nil
			}
			<-ctx.Done()
			require.Equal(t, retry.ErrAttemptTimeout, context.Cause(ctx))
			return 0, fmt.Errorf("read: %w", ctx.Err())
		}
		value, err := retry.DoValue(ctx, r, hang)
		require.NoError(t, err)
		assert.Equal(t, 42, value)
		assert.Equal(t, 13*time.Second, time.Since(start), "5 s, wait 1 s, 5 s, wait 2 s")

		once := must(t, retry.Config{AttemptTimeout: 5 * time.Second, MaxAttempts: 1})
		for name, cause := range map[string]error{"its context's": nil, "unknown": errors.New("strange")} {
			err = once.Do(ctx, func(ctx context.Context, _ int) error {
				<-ctx.Done()
				if cause != nil {
					return cause
				}
				return context.Cause(ctx)
			})
			require.ErrorIs(t, err, retry.ErrExhausted, name)
			require.ErrorIs(t, err, retry.ErrAttemptTimeout, name)
			require.ErrorIs(t, err, context.DeadlineExceeded, name)
			var failed *retry.Error
			require.ErrorAs(t, err, &failed)
			assert.Equal(t, retry.ClassTimeout, failed.History[0].Class, name)
			if cause != nil {
				require.ErrorIs(t, err, cause)
			}
		}
		require.NoError(t, ctx.Err())
	})
}

func TestMarkBeatsTheAttemptTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		count := 0
		err := must(t, retry.Config{AttemptTimeout: time.Second}).Do(t.Context(),
			func(ctx context.Context, _ int) error {
				count++
				<-ctx.Done()
				return retry.Permanent(errListed)
			})
		require.ErrorIs(t, err, retry.ErrPermanent)
		assert.Equal(t, 1, count)
	})
}

func TestSuccessAfterTheContextEndedIsSuccess(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	require.NoError(t, must(t, retry.Config{}).Do(ctx, func(context.Context, int) error {
		cancel()
		return nil
	}))
}

func TestHistoryIsBounded(t *testing.T) {
	r := must(t, retry.Config{MaxAttempts: 100, InitialDelay: retry.NoDelay, MaxHistory: 5})
	var failed *retry.Error
	require.ErrorAs(t, r.Do(t.Context(), func(_ context.Context, attempt int) error {
		return retry.Retryable(fmt.Errorf("failure %d", attempt))
	}), &failed)
	var numbers []int
	for _, a := range failed.History {
		numbers = append(numbers, a.Number)
		assert.EqualError(t, a.Err, fmt.Sprintf("failure %d", a.Number))
	}
	assert.Equal(t, []int{1, 2, 98, 99, 100}, numbers)
	assert.Equal(t, 95, failed.Dropped)
	assert.Equal(t, 100, failed.Attempts)

	one := must(t, retry.Config{InitialDelay: retry.NoDelay, MaxHistory: 1})
	count := 0
	require.ErrorAs(t, one.Do(t.Context(), failing(&count, errTemporary, errTemporary, errTemporary)), &failed)
	assert.Len(t, failed.History, 1)
	assert.Equal(t, 3, failed.History[0].Number)
}
