package retry_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/s3chaos/s3chaos/retry"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var errTemporary = retry.Retryable(errors.New("temporary"))

// must returns a Retryer, or fails the test.
func must(t testing.TB, config retry.Config) *retry.Retryer {
	t.Helper()
	r, err := retry.New(config)
	require.NoError(t, err)
	return r
}

// failing returns an operation whose first attempts fail with the errors given, one each, and
// counts its attempts.
func failing(count *int, errs ...error) retry.Operation {
	return func(_ context.Context, attempt int) error {
		*count++
		if attempt <= len(errs) {
			return errs[attempt-1]
		}
		return nil
	}
}
