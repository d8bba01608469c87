package scenarios

// Jitter as a distribution: the waits of many seeds, compared with a law.

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/s3chaos/s3chaos/retry"
	"github.com/s3chaos/s3chaos/scenarios/internal/evidence"
	"github.com/s3chaos/s3chaos/scenarios/internal/uniformity"
)

// jitterAlpha is the probability with which a drill blames a client whose waits follow the law. Two
// tests share it: that of the distribution, and that of independence.
const jitterAlpha = 1e-6

// Jitter is what a drill found out about the distribution of waits.
type Jitter struct {
	Law     string  // as the file names it
	Seeds   int     // how many drills were played
	Waits   int     // how many waits were compared; waits that the law does not draw are left out
	Outside int     // waits outside the interval of the law
	D       float64 // distance from the law, from 0 to 1, of the test that doubts the waits most
	P       float64 // probability of such a distance or a larger one for waits that follow the law
	Test    string  // that test: "distribution" or "independence"
}

// spread is a wait as a part of the interval from which the law draws it: 0 is its start, 1 its
// end.
type spread struct {
	part float64
	wait time.Duration
}

// noteSpreads keeps the waits of a drill that expects a law of jitter.
func (d *drill) noteSpreads(o *outcome) error {
	want := d.scenario.Expect.Jitter
	if want == nil || d.foreign() || d.scenario.Client.Builtin == nil {
		return nil
	}
	policy := d.scenario.Client.Builtin.Retry
	policy.Jitter = &want.Is
	config, err := policy.Config(d.result.Seed)
	if err != nil {
		return err
	}
	engine, err := retry.New(config)
	if err != nil {
		return err
	}
	d.result.Jitter = &Jitter{Law: string(want.Is), Seeds: 1}
	for _, g := range o.groups {
		if g.Concurrent {
			continue
		}
		previous := min(config.InitialDelay, config.MaxDelay)
		for i, a := range g.Attempts[1:] {
			lo, hi := engine.Bounds(i + 1)
			if config.Jitter == retry.JitterDecorrelated {
				lo, hi = min(config.InitialDelay, config.MaxDelay), 3*previous
				previous = a.Wait
				if hi > config.MaxDelay {
					continue // the cap gathers many draws in one wait
				}
			}
			d.result.noteSpread(lo, hi, a.Wait)
		}
	}
	return nil
}

// noteSpread keeps one wait of an interval.
func (r *Result) noteSpread(lo, hi, wait time.Duration) {
	if wait < lo || wait > hi {
		r.Jitter.Outside++
	}
	if lo == hi {
		r.Jitter.Waits++
		return // there is nothing to draw
	}
	r.spreads = append(r.spreads, spread{float64(wait-lo) / float64(hi-lo), wait})
}

// overSeeds plays a drill with the other seeds that its expectation of jitter wants, and judges the
// waits of all. The result of r stays that of its own seed, unless another seed fails.
func (o Options) overSeeds(ctx context.Context, s *Scenario, r *Result) {
	if r.Jitter == nil || r.Verdict == Error || r.Verdict == Skip || r.interrupted {
		return
	}
	began := time.Now()
	defer func() {
		r.Wall += time.Since(began)
		r.Known = o.Known.of(r)
	}()
	o.Keep, o.Repeat = nil, 1
	for i := 1; i < s.Expect.Jitter.OverSeeds; i++ {
		if ctx.Err() != nil {
			r.broken(fmt.Errorf("%w: %w", errInterrupted, context.Cause(ctx)))
			r.interrupted = true
			return
		}
		seed := r.Seed + uint64(i)
		o.Seed = &seed
		other := play(ctx, s, o)
		if other.Verdict != Pass || other.Jitter == nil {
			if r.Verdict == Pass || other.interrupted {
				r.Verdict, r.Reasons, r.Quoted = other.Verdict, other.Reasons, other.Quoted
				r.err, r.interrupted = other.err, other.interrupted
				for j := range r.Reasons {
					r.Reasons[j].Got += fmt.Sprintf(" (with seed %d)", seed)
				}
			}
			return
		}
		r.Jitter.Seeds++
		r.Jitter.Waits += other.Jitter.Waits
		r.Jitter.Outside += other.Jitter.Outside
		r.spreads = append(r.spreads, other.spreads...)
	}
	r.judgeJitter(s)
}

// judgeJitter tests the waits of all seeds.
func (r *Result) judgeJitter(s *Scenario) {
	j := r.Jitter
	var parts []float64
	for _, w := range r.spreads {
		parts = append(parts, w.part)
	}
	j.Waits += len(parts)
	independence := uniformity.Independent(parts) // it needs the order, which the next test changes
	distribution := uniformity.Test(parts)
	j.Test, j.D, j.P = "distribution", distribution.D, distribution.P
	if independence.P < distribution.P {
		j.Test, j.D, j.P = "independence", independence.D, independence.P
	}
	line := s.Expect.At("jitter").Line
	expected := fmt.Sprintf("%s over %d seeds, with p of %.0e or more", j.Law, j.Seeds, jitterAlpha)
	var got string
	switch {
	case j.Waits == 0:
		got = "no wait that the law draws"
	case j.Outside > 0:
		got = fmt.Sprintf("%d of %d waits outside its interval", j.Outside, j.Waits)
	case j.P < jitterAlpha/2:
		got = fmt.Sprintf("p = %s for the %s of %d waits (distance %.3f)", formatP(j.P), j.Test, j.Waits, j.D)
	default:
		return
	}
	if len(r.spreads) > 0 {
		got += ": the first are " + evidence.Time(r.spreads[0].wait)
		for _, w := range r.spreads[1:min(len(r.spreads), 4)] {
			got += ", " + evidence.Time(w.wait)
		}
	}
	if r.Verdict == Pass || r.Verdict == Vacuous {
		r.Verdict = Fail
	}
	r.Reasons = append(r.Reasons, Reason{Kind: "jitter", Line: line, Expected: expected, Got: got})
	r.Quoted = quote(s, slices.Concat(r.Reasons, r.Notes), false)
}

// formatP formats a p-value: "0.43", "2e-15", or "0" where it is too small for a number.
func formatP(p float64) string {
	if p > 0 && p < 0.001 {
		return fmt.Sprintf("%.0e", p)
	}
	return fmt.Sprint(math.Round(p*1000) / 1000)
}

// String returns the law, the p-value and the numbers of waits and seeds.
func (j *Jitter) String() string {
	if j.Law == "none" {
		return fmt.Sprintf("jitter none: %d waits of %d seeds", j.Waits, j.Seeds)
	}
	return fmt.Sprintf("jitter %s: p = %s for %d waits of %d seeds", j.Law, formatP(j.P), j.Waits, j.Seeds)
}
