package guide

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// contentions repeats every contest with each jitter.
func contentions(t *testing.T) []contended {
	t.Helper()
	if contentionResults != nil {
		return contentionResults
	}
	results := make([]contended, len(contests))
	for i, c := range contests {
		for run := range uint64(runs) {
			synctest.Test(t, func(t *testing.T) {
				took, calls, err := contention(c, run)
				require.NoError(t, err)
				results[i].took += took
				results[i].calls += calls
			})
		}
		results[i].took /= runs
		results[i].calls /= runs
	}
	contentionResults = results
	return results
}

var contentionResults []contended // of contentions, which takes seconds

// The engine must spread clients as AWS's simulator does. Time and calls may differ by 5 %.
func TestContentionCostsWhatAWSSimulates(t *testing.T) {
	for i, got := range contentions(t) {
		want := contests[i]
		assert.InEpsilon(t, want.took.Seconds(), got.took.Seconds(), 0.05, "%v: time", want.jitter)
		assert.InEpsilon(t, want.calls, got.calls, 0.05, "%v: calls", want.jitter)
		t.Log(want.jitter, got.took.Round(time.Millisecond), got.calls)
	}
}
