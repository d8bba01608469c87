package s3client_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/s3client"
)

// The scheduler decides in which pieces bytes move. An attempt that is slower than its rate ends at
// the same instant, whatever they are.
func TestSlowAttemptEndsAtTheSameInstantInWhateverPiecesItsBytesMove(t *testing.T) {
	for _, pieces := range [][]int{{15}, {10, 5}, {7, 8}, {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}} {
		synctest.Test(t, func(t *testing.T) {
			got := s3client.EndsAfter(10*time.Second, 1, func(bytes func(n int)) {
				for _, n := range pieces {
					bytes(n)
				}
				time.Sleep(5 * time.Second)
				bytes(6)
			})
			require.Equal(t, 15*time.Second, got, "%v", pieces)
		})
	}
}
