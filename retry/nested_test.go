package retry_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/retry"
)

// nested runs a call within a call and counts the attempts of the inner one.
func nested(t *testing.T, outer retry.Config, cause error, around func(error) error) int {
	t.Helper()
	outer.InitialDelay = retry.NoDelay
	inner := outer
	inner.AttemptTimeout = 0
	count := 0
	err := must(t, outer).Do(t.Context(), func(ctx context.Context, _ int) error {
		return around(must(t, inner).Do(ctx, func(context.Context, int) error {
			count++
			return cause
		}))
	})
	require.ErrorIs(t, err, cause)
	return count
}

func TestNestedRetriesDoNotMultiply(t *testing.T) {
	plain := errors.New("inner cause")
	byIs := retry.ClassifierFunc(func(_ context.Context, err error) retry.Class {
		if errors.Is(err, plain) {
			return retry.ClassTransient
		}
		return retry.ClassUnknown
	})
	wrappers := map[string]func(error) error{
		"bare":             func(err error) error { return err },
		"wrapped":          func(err error) error { return fmt.Errorf("sync: %w", err) },
		"joined":           func(err error) error { return errors.Join(io.EOF, err) },
		"joined to a mark": func(err error) error { return errors.Join(errTemporary, err) },
	}
	for how, around := range wrappers {
		for name, c := range map[string]struct {
			config retry.Config
			cause  error
		}{
			"marked":     {retry.Config{}, retry.Retryable(plain)},
			"by kind":    {retry.Config{}, io.ErrUnexpectedEOF},
			"listed":     {retry.Config{RetryableErrors: []error{plain}}, plain},
			"classified": {retry.Config{Classifier: byIs}, plain},
		} {
			assert.Equal(t, 3, nested(t, c.config, c.cause, around), "%s, %s", name, how)
		}
	}
}

func TestMarkAroundAnInnerErrorDecides(t *testing.T) {
	around := func(err error) error { return fmt.Errorf("again: %w", retry.Retryable(err)) }
	assert.Equal(t, 9, nested(t, retry.Config{}, io.ErrUnexpectedEOF, around))
	assert.Equal(t, 9, nested(t, retry.Config{}, errTemporary, around))
	permanent := func(err error) error { return retry.Permanent(err) }
	assert.Equal(t, 3, nested(t, retry.Config{}, errTemporary, permanent))
}
