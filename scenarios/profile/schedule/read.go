package schedule

import (
	"math"
	"time"
)

// A Reading is what the waits of a client say about its schedule.
type Reading struct {
	Windows []Window // of the first wait, the second, and so on

	// Multiplier is the growth of the windows, and Cap the upper edge of those that grow no more,
	// in seconds.
	Multiplier, Cap Estimate

	// Laws make such windows, all of them alike. The plainest comes first. Without a law the
	// windows are all that is known.
	Laws []Law

	// Waits is the number of waits that the base was read from. The error of a base or a ratio is
	// about 2/Waits of the width of the window.
	Waits int
}

// An Estimate is a number that was measured, or why it could not be.
type Estimate struct {
	Value    float64
	Interval        // in which the number lies
	Unknown  string // why it is not observable; empty: it was observed

	// Unless is what would make another number look the same, so that Value is only the plainest
	// reading. Empty: nothing would.
	Unless string
}

// A Law is a reading of the windows by one kind of jitter.
type Law struct {
	Jitter string   // "none", "full", "equal", "additive", "proportional" or "decorrelated", as package retry has them
	Base   Estimate // of the first delay before jitter, in seconds
	Ratio  Estimate // of additive and proportional jitter
}

// Read reads a schedule from the waits of several calls; calls may have different numbers of waits.
// Two waits that differ by at most noise count as equal. It returns nil without waits.
func Read(calls [][]time.Duration, noise time.Duration) *Reading {
	columns := columnsOf(calls)
	if len(columns) == 0 {
		return nil
	}
	r := &Reading{}
	for _, waits := range columns {
		r.Windows = append(r.Windows, windowOf(waits, noise))
	}
	g := fitGrowth(r.Windows, noise)
	d := fitDecorrelated(calls, r.Windows)
	// A difference of 10 in the logarithm is a factor of 22,000 in likelihood.
	const clear = 10
	switch {
	case d != nil && (g == nil || !g.points && (d.cap > 0 || d.likelihood > g.likelihood+clear)):
		d.describe(r)
	case g != nil:
		g.describe(r)
		if d != nil && !g.points && d.likelihood > g.likelihood-clear {
			r.Laws = append(r.Laws, d.law())
		}
	default:
		r.Multiplier.Unknown = "the windows do not grow by a factor"
		r.Cap.Unknown = r.Multiplier.Unknown
	}
	return r
}

// columnsOf returns the first waits of all calls, the second ones, and so on.
func columnsOf(calls [][]time.Duration) [][]time.Duration {
	var columns [][]time.Duration
	for _, call := range calls {
		for i, w := range call {
			if i == len(columns) {
				columns = append(columns, nil)
			}
			columns[i] = append(columns[i], w)
		}
	}
	return columns
}

// around is an estimate in an interval. The value is brought into it.
func around(value, low, high float64) Estimate {
	return Estimate{Value: min(max(value, low), high), Interval: Interval{low, high}}
}

// Known reports whether the number was observed, and nothing else would look the same.
func (e Estimate) Known() bool { return e.Unknown == "" && e.Unless == "" }

// Within reports whether the estimate is within a share of the value, such as 0.03.
func (e Estimate) Within(value, share float64) bool {
	return e.Unknown == "" && math.Abs(e.Value-value) <= share*math.Abs(value)
}
