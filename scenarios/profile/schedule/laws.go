package schedule

import (
	"math"
	"slices"
)

// Why numbers cannot be observed, and what would look like others.
const (
	oneWait     = "there is only one wait"
	capAtFirst  = "the first wait ends at the cap"
	capAtSecond = "the second wait ends at the cap"
	noCap       = "no wait reached it"
	unlessNoCap = "no wait ends at the cap"
)

// describe writes the fit into the reading.
func (g *growth) describe(r *Reading) {
	all := len(g.windows)
	r.Multiplier = around(g.best, g.factor.Low, g.factor.High)
	switch {
	case all == 1:
		r.Multiplier = Estimate{Unknown: oneWait}
	case g.grown == 0:
		r.Multiplier = Estimate{Unknown: capAtFirst}
	case g.grown == 1:
		r.Multiplier = Estimate{Unknown: capAtSecond}
	case g.flat():
		r.Multiplier.Unless = capAtFirst
	case all == 2:
		r.Multiplier.Unless = capAtSecond
	}
	if g.grown == all {
		r.Cap.Unknown = noCap
	} else {
		r.Cap = around(g.capValue(), g.cap.Low, g.cap.High)
	}
	r.Laws = g.laws()
	r.Waits = g.windows[0].Count
	if g.grown > 1 {
		r.Waits = g.pooled
	}
}

// flat reports whether the windows grow so little that all, or all but the first, may end at a cap.
func (g *growth) flat() bool {
	const little = 1.1
	return g.grown == len(g.windows) && math.Pow(g.best, float64(g.grown-1)) < little
}

// capValue estimates the cap from the longest capped wait.
func (g *growth) capValue() float64 {
	longest, width, count := 0.0, 0.0, 0
	for _, w := range g.windows[g.grown:] {
		if w.atom {
			return w.Max.Seconds()
		}
		longest, width = max(longest, w.Max.Seconds()), max(width, (w.Max-w.Min).Seconds())
		count += w.Count
	}
	return longest + width/float64(max(count-1, 1))
}

// laws returns the kinds of jitter that make the windows. If all windows may end at the cap, it
// reads them both ways.
func (g *growth) laws() []Law {
	if g.grown == 0 {
		return g.last().laws(true)
	}
	laws := g.first().laws(false)
	if !g.flat() {
		return laws
	}
	for i := range laws {
		laws[i].Base.Unless, laws[i].Ratio.Unless = capAtFirst, capAtFirst
	}
	for _, l := range g.last().laws(true) {
		if !slices.ContainsFunc(laws, func(known Law) bool { return known.Jitter == l.Jitter }) {
			l.Ratio.Unless = unlessNoCap
			laws = append(laws, l)
		}
	}
	return laws
}

// A shape is a window with its edges, in seconds, and where they may lie.
type shape struct {
	bottom, top float64
	low, high   Interval
	point       bool
}

// first returns the window of the first wait, as all windows that grow tell it.
func (g *growth) first() shape {
	s := shape{g.bottom, g.top, g.windows[0].Low, g.windows[0].High, g.points}
	if g.grown > 1 && !g.points {
		beyond := (s.top - s.bottom) * reach(g.pooled, sureness)
		s.low = Interval{max(0, s.bottom-beyond), s.bottom + beyond}
		s.high = Interval{s.top - beyond, s.top + beyond}
	}
	return s
}

// last returns the last window, whose delay is surely the cap.
func (g *growth) last() shape {
	w := g.windows[len(g.windows)-1]
	s := shape{low: w.Low, high: w.High, point: g.points}
	s.bottom, s.top = edges(w)
	return s
}

// laws returns the kinds of jitter that make the shape, of a delay at the cap or below it.
func (s shape) laws(capped bool) []Law {
	base := func(value float64, edge Interval) Estimate {
		if capped {
			return Estimate{Unknown: capAtFirst}
		}
		return around(value, edge.Low, edge.High)
	}
	if s.point {
		laws := []Law{{Jitter: "none", Base: base(s.top, s.high)}}
		if capped { // the cap cuts almost every wait of such a chain
			laws = append(laws, Law{Jitter: "decorrelated", Base: base(s.top, s.high)})
		}
		return laws
	}
	share := around(s.bottom/s.top, s.low.Low/s.high.High, s.low.High/max(s.high.Low, 1e-12))
	var laws []Law
	if s.low.Low <= 1e-9 {
		laws = append(laws, Law{Jitter: "full", Base: base(s.top, s.high)})
	}
	if share.Has(0.5) {
		laws = append(laws, Law{Jitter: "equal", Base: base(s.top, s.high)})
	}
	if ratio := additive(share, capped); ratio.Low <= 1 {
		bottom := max(s.bottom, s.top/2) // where the ratio is 1, the largest that policies have
		ratio = around(min(ratio.Value, 1), ratio.Low, min(ratio.High, 1))
		laws = append(laws, Law{Jitter: "additive", Base: base(bottom, s.low), Ratio: ratio})
	}
	middle := Interval{(s.low.Low + s.high.Low) / 2, (s.low.High + s.high.High) / 2}
	return append(laws, Law{
		Jitter: "proportional", Base: base((s.bottom+s.top)/2, middle), Ratio: proportional(share, capped),
	})
}

// edges estimates the edges of a uniform window.
func edges(w Window) (lo, hi float64) {
	lo, hi = w.Min.Seconds(), w.Max.Seconds()
	beyond := (hi - lo) / float64(max(w.Count-1, 1))
	return max(0, lo-beyond), hi + beyond
}

// additive returns r of a window [d, d+r·d], whose lower edge is a share of its upper edge. At the
// cap the window is [d-r·d, d].
func additive(share Estimate, capped bool) Estimate {
	of := func(s float64) float64 { return 1/max(s, 1e-12) - 1 }
	if capped {
		of = func(s float64) float64 { return 1 - s }
	}
	return around(of(share.Value), of(share.High), of(share.Low))
}

// proportional returns r of a window [d-r·d, d+r·d], whose lower edge is a share of its upper edge.
// At the cap the window is [d-r·d, d].
func proportional(share Estimate, capped bool) Estimate {
	of := func(s float64) float64 { return (1 - s) / (1 + s) }
	if capped {
		of = func(s float64) float64 { return 1 - s }
	}
	return around(of(share.Value), max(0, of(share.High)), math.Min(1, of(share.Low)))
}
