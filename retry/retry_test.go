package retry_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/retry"
)

var errTemporary = retry.Retryable(errors.New("temporary"))

// must returns a Retryer, or fails the test.
func must(t testing.TB, config retry.Config) *retry.Retryer {
	t.Helper()
	r, err := retry.New(config)
	require.NoError(t, err)
	return r
}

// failing returns an operation whose first attempts fail with the errors
// given, one each, and counts its attempts.
func failing(count *int, errs ...error) retry.Operation {
	return func(_ context.Context, attempt int) error {
		*count++
		if attempt <= len(errs) {
			return errs[attempt-1]
		}
		return nil
	}
}

func TestSuccessAtOnceMakesOneAttempt(t *testing.T) {
	count := 0
	require.NoError(t, must(t, retry.DefaultConfig()).Do(t.Context(), failing(&count)))
	assert.Equal(t, 1, count)
}

func TestSuccessAfterTwoFailuresWaitsOneAndTwoSeconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		count, start := 0, time.Now()
		r := must(t, retry.Config{Jitter: retry.JitterNone})
		require.NoError(t, r.Do(t.Context(), failing(&count, errTemporary, errTemporary)))
		assert.Equal(t, 3, count)
		assert.Equal(t, 3*time.Second, time.Since(start))
	})
}
