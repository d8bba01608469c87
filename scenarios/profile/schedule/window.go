package schedule

import (
	"math"
	"slices"
	"time"

	"github.com/s3chaos/s3chaos/scenarios/internal/uniformity"
)

// An Interval is a range in which a number lies, both ends included.
type Interval struct{ Low, High float64 }

// Has reports whether x is in the interval.
func (i Interval) Has(x float64) bool { return i.Low <= x && x <= i.High }

// A Window is what the n-th waits of all calls have in common.
type Window struct {
	Count    int           // of waits
	Min, Max time.Duration // the shortest and the longest of them

	// Low and High are where the edges of the window lie, in seconds. The true edge is outside of
	// an interval with a probability of one in a thousand, if the waits are uniform.
	Low, High Interval

	// Uniform is the probability that waits which are uniform in the window lie as unevenly as
	// these, by the test of Kolmogorov and Smirnov; 1 for a window without width.
	Uniform float64

	atom bool // several waits equal Max exactly
}

// sureness is the probability with which an edge lies outside of its interval.
const sureness = 1e-3

// windowOf measures the window of waits. Two waits that differ by at most noise count as equal.
func windowOf(waits []time.Duration, noise time.Duration) Window {
	waits = slices.Sorted(slices.Values(waits))
	n := len(waits)
	w := Window{Count: n, Min: waits[0], Max: waits[n-1], Uniform: 1}
	lo, hi, blur := w.Min.Seconds(), w.Max.Seconds(), noise.Seconds()
	if w.point(noise) {
		w.Low, w.High = Interval{max(0, lo-blur), hi}, Interval{lo, hi + blur}
		return w
	}
	w.atom = n > 2 && heaped(waits, noise)
	beyond := (hi - lo) * reach(n, sureness)
	w.Low = Interval{max(0, lo-beyond-blur), lo + blur}
	w.High = Interval{hi - blur, hi + beyond + blur}
	w.Uniform = uniform(waits)
	return w
}

// heaped reports whether more waits are the longest one, but for the noise, than chance puts there
// in a uniform window.
func heaped(sorted []time.Duration, noise time.Duration) bool {
	n := len(sorted)
	longest := sorted[n-1]
	equal := 0
	for equal < n-1 && longest-sorted[n-2-equal] <= noise {
		equal++
	}
	if noise == 0 {
		return equal > 0
	}
	chance := float64(n) * min(1, noise.Seconds()/(longest-sorted[0]).Seconds())
	return float64(equal) > chance+6*math.Sqrt(chance)+2
}

// point reports whether the window has no width.
func (w Window) point(noise time.Duration) bool { return w.Max-w.Min <= noise }

// reach returns how far the edge of a uniform window lies beyond the extreme of n draws, at most,
// in units of the range of the draws: a range is below x widths with a probability of about
// x^(n-1).
func reach(n int, probability float64) float64 {
	if n < 2 {
		return math.Inf(1)
	}
	return math.Pow(probability, -1/float64(n-1)) - 1
}

// uniform returns the p-value of the test of Kolmogorov and Smirnov for sorted waits. Between the
// extremes of uniform draws the others are uniform, so that no edge has to be estimated.
func uniform(sorted []time.Duration) float64 {
	lo, width := float64(sorted[0]), float64(sorted[len(sorted)-1]-sorted[0])
	var inner []float64
	for _, w := range sorted[1 : len(sorted)-1] {
		inner = append(inner, (float64(w)-lo)/width)
	}
	return uniformity.Test(inner).P
}
