//go:build race

package virtual_test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// Package testing ends the goroutine of a test in which the race detector found a race. Run must
// not let it end the caller's goroutine.
func TestRaceInBubbleIsAnErrorAndCallerContinues(t *testing.T) {
	stdout, stderr, err := ordinary(t, []string{"-race"}, "race")
	require.Error(t, err, "the detector's own exit code")
	require.Equal(t, "virtual time: the race detector found a race\n", stdout)
	require.Contains(t, stderr, "DATA RACE")
}
