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

// waitsOf runs a call that fails and returns its waits.
func waitsOf(ctx context.Context, r *retry.Retryer, call retry.Call) []time.Duration {
	var waits []time.Duration
	var failed *retry.Error
	if err := r.DoCall(ctx, call, func(context.Context, int) error { return errTemporary }); !asError(err, &failed) {
		return nil
	}
	for _, a := range failed.History[:len(failed.History)-1] {
		waits = append(waits, a.Wait)
	}
	return waits
}

// concurrently runs n calls at the same instant and returns the waits of each.
func concurrently(t *testing.T, n int, r *retry.Retryer, name string, identify func(i int) string) [][]time.Duration {
	t.Helper()
	all := make([][]time.Duration, n)
	synctest.Test(t, func(t *testing.T) {
		var calls sync.WaitGroup
		for i := range n {
			calls.Go(func() {
				ctx := t.Context()
				if identify != nil {
					ctx = retry.WithIdentity(ctx, identify(i))
				}
				all[i] = waitsOf(ctx, r, retry.Call{Name: name})
			})
		}
		calls.Wait()
	})
	return all
}

// distinct counts the values that differ.
func distinct(all [][]time.Duration, attempt int) int {
	seen := map[time.Duration]bool{}
	for _, waits := range all {
		seen[waits[attempt-1]] = true
	}
	return len(seen)
}

func TestConcurrentCallsOfOneNameWaitDifferently(t *testing.T) {
	for name, seed := range map[string]uint64{"random": 0, "seed": 7} {
		for _, call := range []string{"", "get demo/a.bin"} {
			all := concurrently(t, 1000, must(t, retry.Config{Seed: seed}), call, nil)
			// Among a thousand nanosecond counts two may be equal by chance.
			assert.Greater(t, distinct(all, 1), 990, "%s, name %q", name, call)
			assert.Greater(t, distinct(all, 2), 990, "%s, name %q", name, call)
		}
	}
}

func TestEqualSeedsRepeatTheWaitsOfEveryCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		one, other := must(t, retry.Config{Seed: 7}), must(t, retry.Config{Seed: 7})
		for n := range 5 {
			for _, name := range []string{"", "a", "b"} {
				call := retry.Call{Name: name}
				waits := waitsOf(t.Context(), one, call)
				require.Equal(t, waits, waitsOf(t.Context(), other, call))
				if n == 0 {
					require.Equal(t, []time.Duration{one.Delay(name, 1), one.Delay(name, 2)}, waits)
				}
			}
		}
	})
}

func TestIdentitiesMakeConcurrentWaitsRepeatable(t *testing.T) {
	identify := func(i int) string { return fmt.Sprint("range ", i) }
	first := concurrently(t, 200, must(t, retry.Config{Seed: 7}), "get", identify)
	assert.Equal(t, 200, distinct(first, 1))
	for range 5 {
		require.Equal(t, first, concurrently(t, 200, must(t, retry.Config{Seed: 7}), "get", identify))
	}
}

func TestCallCountsStayBounded(t *testing.T) {
	r := must(t, retry.Config{Seed: 7, MaxAttempts: 2, InitialDelay: 2, Jitter: retry.JitterFull})
	for i := range retry.MostCounted + 10 {
		_ = waitsOf(t.Context(), r, retry.Call{Name: fmt.Sprint(i)})
	}
	assert.LessOrEqual(t, retry.CallCounts(r), retry.MostCounted)
}
