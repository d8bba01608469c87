package schedule

import (
	"math"
	"time"
)

// A chain is a fit of decorrelated jitter: each wait lies between the base and three times the wait
// before it, and a cap cuts what is longer ("Exponential Backoff And Jitter", AWS Architecture
// Blog, 2015).
type chain struct {
	base       Estimate
	cap        float64 // in seconds; 0: no wait reached it
	waits      int     // that the base was read from
	likelihood float64 // logarithm
}

// fitDecorrelated returns the likeliest chain, or nil if the waits cannot be one.
func fitDecorrelated(calls [][]time.Duration, windows []Window) *chain {
	first, least := windows[0], math.Inf(1)
	c := &chain{}
	for _, w := range windows {
		least = min(least, w.Min.Seconds())
		if w.atom {
			c.cap = max(c.cap, w.Max.Seconds())
		}
	}
	longest := first.Max.Seconds()
	lowest := longest / 3 // the first wait is at most three times the base
	if lowest > least || least <= 0 || first.Max == first.Min {
		return nil
	}
	// The likelihood has its maximum where the first waits or the shortest ones allow it to be. The
	// true base lies a little inside.
	above := least / 1.5 / float64(first.Count+1)
	density := 0.0
	for _, call := range calls {
		before := least
		for i, w := range call {
			if i > 0 && w.Seconds() > 3*before*(1+1e-9)+1e-9 {
				return nil
			}
			density += 1 / (3*before - least)
			before = w.Seconds()
		}
	}
	c.waits = int(density * 2 * least) // as many first waits would say as much
	below := 1 / density
	value := least - below
	if above < below && !first.atom {
		value = lowest + above/2
	}
	c.base = around(value, lowest, least)
	for _, call := range calls {
		before := c.base.Value
		for _, w := range call {
			c.likelihood += c.logarithm(before, w.Seconds())
			before = w.Seconds()
		}
	}
	return c
}

// logarithm returns that of the density of a wait behind another. A wait at the cap stands for all
// that the cap cuts.
func (c *chain) logarithm(before, wait float64) float64 {
	width := max(3*before-c.base.Value, 1e-9)
	if c.cap > 0 && wait >= c.cap*(1-1e-9) {
		return math.Log(max((3*before-c.cap)/width, 1e-9))
	}
	return -math.Log(width)
}

// law returns the chain as a law.
func (c *chain) law() Law { return Law{Jitter: "decorrelated", Base: c.base} }

// describe writes the fit into the reading.
func (c *chain) describe(r *Reading) {
	r.Multiplier.Unknown = "each wait depends on the one before"
	r.Cap.Unknown = noCap
	if c.cap > 0 {
		r.Cap = around(c.cap, c.cap, c.cap)
	}
	r.Laws, r.Waits = []Law{c.law()}, c.waits
}
