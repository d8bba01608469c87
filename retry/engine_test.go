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

// The thirteen promises of the engine, each under the name of what it proves.

func TestSuccessAtOnceMakesOneAttempt(t *testing.T) {
	count := 0
	require.NoError(t, must(t, retry.DefaultConfig()).Do(t.Context(), failing(&count)))
	assert.Equal(t, 1, count)
}

func TestSuccessAfterTwoFailuresMakesThreeAttempts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		count := 0
		require.NoError(t, must(t, retry.Config{}).Do(t.Context(), failing(&count, errTemporary, errTemporary)))
		assert.Equal(t, 3, count)
	})
}

func TestExhaustedAttemptsKeepTheLastCause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first, second, last := errors.New("timeout one"), errors.New("timeout two"), errors.New("timeout three")
		count := 0
		err := must(t, retry.Config{Jitter: retry.JitterNone}).
			DoCall(t.Context(), retry.Call{Name: "get demo/a.bin"}, failing(&count, first, second, last))
		assert.Equal(t, 3, count)
		require.ErrorIs(t, err, retry.ErrExhausted)
		require.ErrorIs(t, err, last)
		require.NotErrorIs(t, err, first)
		assert.EqualError(t, err,
			"get demo/a.bin: failed after 3 attempts and 3s of waiting: attempts exhausted: timeout three")

		var failed *retry.Error
		require.ErrorAs(t, err, &failed)
		assert.Equal(t, []retry.Attempt{
			{Number: 1, Wait: time.Second, Class: retry.ClassTimeout, Err: first},
			{Number: 2, Wait: 2 * time.Second, Class: retry.ClassTimeout, Err: second},
			{Number: 3, Class: retry.ClassTimeout, Err: last},
		}, failed.History)
	})
}

func TestPermanentErrorIsNotRetried(t *testing.T) {
	for name, cause := range map[string]error{
		"marked":          retry.Permanent(io.ErrUnexpectedEOF),
		"by its kind":     context.Canceled,
		"unknown":         errors.New("no idea"),
		"listed but mark": retry.Permanent(errListed),
	} {
		t.Run(name, func(t *testing.T) {
			count := 0
			r := must(t, retry.Config{RetryableErrors: []error{errListed}})
			err := r.Do(t.Context(), failing(&count, cause))
			assert.Equal(t, 1, count)
			require.ErrorIs(t, err, retry.ErrPermanent)
			require.ErrorIs(t, err, cause)
		})
	}
}

var errListed = errors.New("listed")

func TestCancellationEndsTheWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		why := errors.New("the user went home")
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(1500*time.Millisecond, func() { cancel(why) })
		start, count := time.Now(), 0
		err := must(t, retry.Config{Jitter: retry.JitterNone, MaxAttempts: 9}).Do(ctx,
			failing(&count, errTemporary, errTemporary, errTemporary))
		assert.Equal(t, 2, count, "attempts at 0 s and 1 s; the wait until 3 s is cut")
		assert.Equal(t, 1500*time.Millisecond, time.Since(start))
		for _, target := range []error{retry.ErrCanceled, context.Canceled, why, errTemporary} {
			require.ErrorIs(t, err, target)
		}
	})
}

func TestDelaysGrowExponentially(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		var at []time.Duration
		r := must(t, retry.Config{MaxAttempts: 5, Jitter: retry.JitterNone})
		_ = r.Do(t.Context(), func(context.Context, int) error {
			at = append(at, time.Since(start))
			return errTemporary
		})
		assert.Equal(t, []time.Duration{0, 1 * time.Second, 3 * time.Second, 7 * time.Second, 15 * time.Second}, at,
			"waits of 1, 2, 4 and 8 s")
	})
}

func TestDelaysAreCapped(t *testing.T) {
	r := must(t, retry.Config{MaxDelay: 3 * time.Second, Jitter: retry.JitterNone})
	for attempt, want := range map[int]time.Duration{1: 1e9, 2: 2e9, 3: 3e9, 4: 3e9, 40: 3e9, 4000: 3e9} {
		assert.Equal(t, want, r.Delay("", attempt), "attempt %d", attempt)
	}
}

func TestValueOfTheSuccessfulAttemptComesBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := must(t, retry.Config{})
		op := func(_ context.Context, attempt int) (string, error) {
			if attempt < 3 {
				return "half", errTemporary
			}
			return "whole", nil
		}
		for _, do := range []func() (string, error){
			func() (string, error) { return retry.DoValue(t.Context(), r, op) },
			func() (string, error) { return retry.DoValueCall(t.Context(), r, retry.Call{Key: "k"}, op) },
		} {
			value, err := do()
			require.NoError(t, err)
			assert.Equal(t, "whole", value)
		}
	})
}

func TestListedErrorsAreRetried(t *testing.T) {
	count := 0
	r := must(t, retry.Config{InitialDelay: retry.NoDelay, RetryableErrors: []error{errListed}})
	require.NoError(t, r.Do(t.Context(), failing(&count, &wrapped{errListed}, errListed)))
	assert.Equal(t, 3, count)
}

type wrapped struct{ err error }

func (w *wrapped) Error() string { return "wrapped: " + w.err.Error() }
func (w *wrapped) Unwrap() error { return w.err }

func TestDefaultConfigIsTheZeroConfigWrittenOut(t *testing.T) {
	config := retry.DefaultConfig()
	assert.Equal(t, 3, config.MaxAttempts)
	assert.Equal(t, time.Second, config.InitialDelay)
	assert.Equal(t, 30*time.Second, config.MaxDelay)
	assert.InDelta(t, 2.0, config.Multiplier, 0)
	assert.Equal(t, retry.JitterAdditive, config.Jitter)

	config.Seed = 7
	written, zero := must(t, config), must(t, retry.Config{Seed: 7})
	assert.Equal(t, written.MaxAttempts(), zero.MaxAttempts())
	for attempt := range 40 {
		assert.Equal(t, written.Delay("name", attempt), zero.Delay("name", attempt))
	}
}

func TestJitterVaries(t *testing.T) {
	r := must(t, retry.Config{})
	seen := map[time.Duration]bool{}
	for _, name := range []string{"put demo/a", "put demo/b", "put demo/c", "put demo/d"} {
		delay := r.Delay(name, 1)
		assert.GreaterOrEqual(t, delay, time.Second)
		assert.Less(t, delay, 1250*time.Millisecond)
		seen[delay] = true
	}
	assert.Len(t, seen, 4)
	other := must(t, retry.Config{})
	assert.NotEqual(t, r.Delay("put demo/a", 1), other.Delay("put demo/a", 1), "seed 0 is random for each Retryer")
}

func TestOneCallHelperRetries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		count := 0
		require.NoError(t, retry.Do(t.Context(), failing(&count, errTemporary)))
		assert.Equal(t, 2, count)
	})
}
