package retry_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/s3chaos/s3chaos/retry"
)

// An Error that a test makes up need not be complete.
func TestErrorOfOnesOwnHasAText(t *testing.T) {
	assert.Equal(t, "failed after 0 attempts", (&retry.Error{}).Error())
	assert.Equal(t, "get: failed after 1 attempt: lost",
		(&retry.Error{Name: "get", Attempts: 1, Cause: errors.New("lost")}).Error())
	assert.NotErrorIs(t, &retry.Error{}, retry.ErrExhausted)
}
