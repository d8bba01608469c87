package schedule

import (
	"math"
	"time"
)

// Growth is a fit of windows that all have the same shape and grow by a factor, up to a cap.
type growth struct {
	windows []Window
	grown   int     // the number of windows that grow; those behind them are capped
	top     float64 // the upper edge of the first window, in seconds
	bottom  float64 // its lower edge
	factor  Interval
	best    float64  // the likeliest factor
	cap     Interval // if grown is less than the number of windows
	points  bool     // the windows have no width
	pooled  int      // the number of waits in the windows that grow

	likelihood float64 // logarithm
}

// fitGrowth returns the likeliest fit, or nil if no factor fits.
func fitGrowth(windows []Window, noise time.Duration) *growth {
	points := true
	for _, w := range windows {
		points = points && w.point(noise)
	}
	var best *growth
	for grown := len(windows); grown > 0; grown-- {
		g := &growth{windows: windows, grown: grown, points: points}
		if !g.capped(noise) || !g.grow(noise) {
			continue
		}
		g.weigh()
		if g.retreat(); best == nil || g.likelihood > best.likelihood {
			best = g
		}
	}
	return best
}

// capped reports whether the windows that do not grow can have one upper edge, and finds it.
func (g *growth) capped(noise time.Duration) bool {
	g.cap = Interval{0, math.Inf(1)}
	for _, w := range g.windows[g.grown:] {
		highest := w.Max.Seconds() + noise.Seconds()
		if !w.atom && !g.points {
			highest += (w.Max - w.Min).Seconds() * reach(w.Count, rare)
		}
		g.cap.Low, g.cap.High = max(g.cap.Low, w.Max.Seconds()-noise.Seconds()), min(g.cap.High, highest)
	}
	return g.cap.Low <= g.cap.High
}

// rare is the probability with which the check of one window refuses a fit that is right.
const rare = 1e-6

// most is the greatest factor that is looked for.
const most = 32

// grow finds the factor, and reports whether the windows that grow fit it.
func (g *growth) grow(noise time.Duration) bool {
	g.pooled = 0
	for _, w := range g.windows[:g.grown] {
		g.pooled += w.Count
	}
	g.best, g.factor = 1, Interval{1, most}
	if g.grown > 1 {
		if g.points {
			first, last := g.windows[0].Max.Seconds(), g.windows[g.grown-1].Max.Seconds()
			per := func(ratio float64) float64 { return math.Pow(max(ratio, 0), 1/float64(g.grown-1)) }
			g.best = per(last / max(first, 1e-9))
			if !(g.best >= 1-1e-6) {
				return false
			}
			blur := noise.Seconds() + 2e-9 // of both edges; waits are whole nanoseconds
			g.factor = Interval{per((last - blur) / (first + blur)), per((last + blur) / max(first-blur, 1e-9))}
		} else {
			g.search()
		}
	}
	lo, hi := g.pool(g.best)
	if !g.points {
		// The extremes of n uniform draws lie inside by one part in n-1 of their range.
		beyond := (hi - lo) / float64(max(g.pooled-1, 1))
		lo, hi = max(0, lo-beyond), hi+beyond
	}
	g.bottom, g.top = lo, hi
	return g.fits(noise)
}

// pool returns the extremes of the waits that grow, each divided by its power of the factor.
func (g *growth) pool(factor float64) (lo, hi float64) {
	lo = math.Inf(1)
	scale := 1.0
	for _, w := range g.windows[:g.grown] {
		lo, hi = min(lo, w.Min.Seconds()/scale), max(hi, w.Max.Seconds()/scale)
		scale *= factor
	}
	return lo, hi
}

// surprise is the negative logarithm of the likelihood of the waits that grow.
func (g *growth) surprise(factor float64) float64 {
	lo, hi := g.pool(factor)
	sum := float64(g.pooled) * math.Log(max(hi-lo, 1e-12))
	for i, w := range g.windows[:g.grown] {
		sum += float64(i*w.Count) * math.Log(factor)
	}
	return sum
}

// search finds the likeliest factor, and those that are at most e⁷ times less likely: the true
// factor is outside with a probability of about one in a thousand.
func (g *growth) search() {
	const steps, worse = 500, 7
	top := math.Log(most)
	at := func(x float64) float64 { return g.surprise(math.Exp(min(max(x, 0), top))) }
	least, best := math.Inf(1), 0.0
	for i := range steps + 1 {
		if x := float64(i) / steps * top; at(x) < least {
			least, best = at(x), x
		}
	}
	lo, hi := max(best-top/steps, 0), min(best+top/steps, top)
	for hi-lo > 1e-7 {
		if a, b := lo+(hi-lo)/3, hi-(hi-lo)/3; at(a) <= at(b) {
			hi = b
		} else {
			lo = a
		}
	}
	best = (lo + hi) / 2
	least = at(best)
	// edge returns where the factors become too unlikely, in steps that double.
	edge := func(limit float64) float64 {
		near, step := best, math.Copysign(1e-6, limit-best)
		for near != limit && at(near) < least+worse {
			near += step
			if step *= 2; (limit-near)*step <= 0 {
				return limit
			}
		}
		return near
	}
	g.best, g.factor = math.Exp(best), Interval{math.Exp(edge(0)), math.Exp(edge(top))}
}

// fits reports whether the edges of each window that grows can be where the factor puts them.
func (g *growth) fits(noise time.Duration) bool {
	scale := 1.0
	for i, w := range g.windows[:g.grown] {
		lo, hi := g.bottom*scale, g.top*scale
		blur := noise.Seconds() + 1e-6*hi + 2e-9*float64(i+1)
		if g.points {
			if math.Abs(w.Max.Seconds()-hi) > blur {
				return false
			}
		} else {
			beyond := (w.Max - w.Min).Seconds() * reach(w.Count, rare)
			if hi > w.Max.Seconds()+beyond+blur || lo < w.Min.Seconds()-beyond-blur || w.Uniform < rare || w.atom {
				return false
			}
		}
		scale *= g.best
	}
	if g.grown == len(g.windows) {
		return true
	}
	blur := 1e-6*g.cap.Low + noise.Seconds()
	last := g.top * scale / g.best // the edge of the last window that grows
	if g.grown == 1 {
		scale = most
	}
	next := g.top * scale // where the first capped window would end without the cap
	return last <= g.cap.High+blur && next >= g.cap.Low-blur
}

// retreat takes windows back that may already end at the cap, because their shape may be another.
func (g *growth) retreat() {
	if g.grown == len(g.windows) {
		return
	}
	for g.grown > 0 && g.windows[g.grown-1].High.High >= g.cap.Low {
		g.grown--
	}
}

// weigh finds the likelihood of all waits. Capped waits are taken for uniform in their own windows,
// and each such window costs what its two free edges explain.
func (g *growth) weigh() {
	const window = 5
	if g.points {
		g.likelihood = float64(g.grown) // the fit with the most windows that grow
		return
	}
	scale := 1.0
	for i, w := range g.windows {
		width := (g.top - g.bottom) * scale
		if i >= g.grown {
			width = (w.Max - w.Min).Seconds() * (1 + 2/float64(max(w.Count-1, 1)))
			g.likelihood -= window
		}
		g.likelihood -= float64(w.Count) * math.Log(max(width, 1e-9))
		scale *= g.best
	}
}
