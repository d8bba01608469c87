package retry_test

import (
	"context"
	"errors"
	"io"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/retry"
)

var idempotent = retry.Call{Name: "get demo/a.bin", Idempotent: true}

// slow returns an operation whose attempts take the given times, then have the given outcome,
// unless their context ends first.
func slow(outcomes ...outcomeAfter) retry.Operation {
	return func(ctx context.Context, attempt int) error {
		o := outcomes[attempt-1]
		select {
		case <-time.After(o.after):
			return o.err
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

type outcomeAfter struct {
	after time.Duration
	err   error
}

// given → outcome, time, attempts: a hedge after 1 s, at most 2 of them.
func TestHedging(t *testing.T) {
	for name, c := range map[string]struct {
		call     retry.Call
		attempts []outcomeAfter
		reason   error
		took     time.Duration
		made     int
	}{
		"a fast attempt is alone": {
			idempotent,
			[]outcomeAfter{{999 * time.Millisecond, nil}},
			nil,
			999 * time.Millisecond, 1,
		},
		"the second overtakes the first": {
			idempotent,
			[]outcomeAfter{{time.Hour, nil}, {900 * time.Millisecond, nil}},
			nil, 1900 * time.Millisecond, 2,
		},
		"the first wins after all": {
			idempotent,
			[]outcomeAfter{{1500 * time.Millisecond, nil}, {time.Hour, nil}},
			nil, 1500 * time.Millisecond, 2,
		},
		"the third overtakes both": {
			idempotent,
			[]outcomeAfter{{time.Hour, nil}, {time.Hour, nil}, {time.Second, nil}},
			nil, 3 * time.Second, 3,
		},
		"only what is idempotent": {retry.Call{}, []outcomeAfter{{time.Minute, nil}}, nil, time.Minute, 1},
		"a failure waits for the other": {
			idempotent,
			[]outcomeAfter{{1500 * time.Millisecond, errTemporary}, {4 * time.Second, nil}, {time.Hour, nil}},
			nil,
			5 * time.Second, 3,
		},
		"a permanent one does not": {
			idempotent,
			[]outcomeAfter{{1500 * time.Millisecond, retry.Permanent(errListed)}, {4 * time.Second, nil}},
			retry.ErrPermanent, 1500 * time.Millisecond, 2,
		},
		"all fail, then the schedule": {
			idempotent,
			[]outcomeAfter{{1500 * time.Millisecond, errTemporary}, {900 * time.Millisecond, errTemporary}, {0, nil}},
			nil, 3900 * time.Millisecond, 3,
		},
		"hedges count against MaxAttempts": {
			idempotent,
			[]outcomeAfter{
				{9 * time.Second, errTemporary},
				{9 * time.Second, errTemporary},
				{9 * time.Second, errTemporary},
			},
			retry.ErrExhausted, 11 * time.Second, 3,
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := must(t, retry.Config{Jitter: retry.JitterNone, Hedge: retry.Hedge{After: time.Second, Max: 2}})
				start := time.Now()
				op := slow(c.attempts...)
				var running, made atomic.Int32
				err := r.DoCall(t.Context(), c.call, func(ctx context.Context, attempt int) error {
					running.Add(1)
					defer running.Add(-1)
					made.Add(1)
					return op(ctx, attempt)
				})
				require.ErrorIs(t, err, c.reason)
				assert.Equal(t, c.took, time.Since(start))
				assert.Equal(t, c.made, int(made.Load()))
				synctest.Wait()
				assert.Zero(t, running.Load(), "the losers have returned")
			})
		})
	}
}

// body is a result that has to be closed.
type body struct {
	io.Reader
	from   int
	closed bool
}

func (b *body) Close() error { b.closed = true; return nil }

func TestHedgedResultsThatLostAreClosed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := must(t, retry.Config{Hedge: retry.Hedge{After: time.Second}})
		var made [3]*body
		got, err := retry.DoValueCall(t.Context(), r, idempotent,
			func(ctx context.Context, attempt int) (*body, error) {
				made[attempt] = &body{from: attempt}
				if attempt == 1 { // it ends well, too late
					<-ctx.Done()
					assert.Equal(t, retry.ErrHedgeLost, context.Cause(ctx))
				}
				return made[attempt], nil
			})
		require.NoError(t, err)
		assert.Equal(t, 2, got.from)
		assert.False(t, got.closed)
		synctest.Wait()
		assert.True(t, made[1].closed)
	})
}

func TestHedgesPayFromTheBudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBudget(t, retry.BudgetConfig{Initial: 14})
		r := must(t, retry.Config{Budget: b, Hedge: retry.Hedge{After: time.Second}})
		var made atomic.Int32
		op := func(context.Context, int) error {
			made.Add(1)
			time.Sleep(1500 * time.Millisecond)
			assert.InDelta(t, 0.0, b.Level(""), 0)
			return retry.Permanent(errListed)
		}
		require.Error(t, r.DoCall(t.Context(), idempotent, op))
		assert.Equal(t, int32(2), made.Load())
		require.Error(t, r.DoCall(t.Context(), idempotent, op))
		assert.Equal(t, int32(3), made.Load(), "no tokens, no hedge")
	})
}

// gRPC counts every attempt that fails.
func TestHedgesThatFailCountInAGRPCBudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, err := retry.NewGRPCBudget(10, 0.1)
		require.NoError(t, err)
		r := must(t, retry.Config{MaxAttempts: 2, Budget: b, Hedge: retry.Hedge{After: time.Second}})
		require.Error(t, r.DoCall(t.Context(), idempotent, func(context.Context, int) error {
			time.Sleep(1500 * time.Millisecond)
			return errTemporary
		}))
		assert.InDelta(t, 8.0, b.Level(""), 0, "two attempts")
	})
}

func TestHedgesCountAgainstMaxAttempts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var made atomic.Int32
		r := must(t, retry.Config{MaxAttempts: 2, Hedge: retry.Hedge{After: time.Second, Max: 5}})
		require.ErrorIs(t, r.DoCall(t.Context(), idempotent, func(context.Context, int) error {
			made.Add(1)
			time.Sleep(time.Minute)
			return errTemporary
		}), retry.ErrExhausted)
		assert.Equal(t, int32(2), made.Load())
	})
}

func TestHedgedCallEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := must(t, retry.Config{Hedge: retry.Hedge{After: time.Second}})
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		err := r.DoCall(ctx, idempotent, slow(outcomeAfter{after: time.Hour}, outcomeAfter{after: time.Hour}))
		require.ErrorIs(t, err, context.DeadlineExceeded)
		var failed *retry.Error
		require.ErrorAs(t, err, &failed)
		assert.Len(t, failed.History, 2)
	})
}

func TestPanicOfAHedgedAttemptReachesTheCaller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := must(t, retry.Config{Hedge: retry.Hedge{After: time.Second}})
		other := false
		assert.PanicsWithValue(t, "boom", func() {
			_ = r.DoCall(t.Context(), idempotent, func(ctx context.Context, attempt int) error {
				if attempt == 2 {
					panic("boom")
				}
				<-ctx.Done()
				other = true
				return ctx.Err()
			})
		})
		synctest.Wait()
		assert.True(t, other, "the other attempt was ended")
	})
}

func TestHedgedAttemptsHaveTimeoutsOfTheirOwn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := must(t, retry.Config{
			MaxAttempts: 2, AttemptTimeout: 3 * time.Second, Timestamps: true,
			Hedge: retry.Hedge{After: time.Second},
		})
		start := time.Now()
		err := r.DoCall(t.Context(), idempotent, slow(outcomeAfter{after: time.Hour}, outcomeAfter{after: time.Hour}))
		require.ErrorIs(t, err, retry.ErrAttemptTimeout)
		assert.Equal(t, 4*time.Second, time.Since(start))
		var failed *retry.Error
		require.True(t, errors.As(err, &failed))
		require.Len(t, failed.History, 2)
		for i, a := range failed.History {
			assert.Equal(t, i+1, a.Number)
			assert.Equal(t, time.Duration(i)*time.Second, a.Start)
			assert.Equal(t, 3*time.Second, a.Duration)
		}
	})
}
