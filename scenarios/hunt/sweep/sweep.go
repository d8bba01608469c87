package sweep

import (
	"context"
	"errors"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/s3chaos/s3chaos/scenarios/hunt"
)

// Config adjusts a sweep. The zero value of every other field than Player works.
type Config struct {
	Player *hunt.Player // prepared
	Jobs   int          // drills at the same time; 0: one for each processor
	Pairs  int          // drills with a second fault at most; 0: none. Programs have none.
	Kinds  []string     // of the faults; empty: all
	// Kill kills the program at each exchange and runs it again, in place of faults. The workloads
	// are those of [Workload.Program].
	Kill   bool
	Seed   uint64        // which pairs are drawn if there are more
	Budget time.Duration // real time; what is left then is not played. 0: no bound
	State  *State        // of an earlier sweep that goes on, and to go on with; nil: none
	// Each is called with every drill in order, never concurrently, after its workload. Nil: not.
	Each func(*Drill) error
}

var errBudget = errors.New("the budget is used up")

// Run sweeps the workloads. The report is never nil. The error is one of Each or of State.
func Run(ctx context.Context, works []*Workload, c Config) (*Report, error) {
	if c.Budget > 0 {
		bounded, cancel := context.WithTimeoutCause(ctx, c.Budget, errBudget)
		defer cancel()
		ctx = bounded
	}
	report := newReport()
	left := c.Pairs
	for _, w := range works {
		l, bare, err := learn(ctx, c.Player, w)
		if cause := context.Cause(ctx); err != nil && cause != nil {
			report.ended(cause.Error()).workloads++
			continue
		}
		if errors.Is(err, errLacks) {
			report.Lacking = append(report.Lacking, w.Name+": "+err.Error())
			continue
		}
		if err != nil {
			report.Unplayed = append(report.Unplayed, w.Name+": "+err.Error())
			continue
		}
		if len(bare.Findings) > 0 {
			if err := c.tell(report, bare); err != nil {
				return report, err
			}
			continue
		}
		singles := l.singles(c.variants)
		if err := c.play(ctx, l, singles, report); err != nil {
			return report, err
		}
		if left == 0 || c.Kill || c.Player.Program() {
			continue
		}
		pairs := draw(l.pairs(singles, c.variants), left, c.Seed)
		left -= len(pairs)
		if err := c.play(ctx, l, pairs, report); err != nil {
			return report, err
		}
	}
	return report, nil
}

// singles returns the drills with one fault: each variant at each exchange.
func (l *learned) singles(at func(Exchange) []Variant) []*Drill {
	var all []*Drill
	for _, e := range l.exchanges {
		for _, v := range at(e) {
			all = append(all, &Drill{exchange: e, variant: v})
		}
	}
	return all
}

// pairs returns the drills with a second fault at an exchange of the retry. Drills whose first
// fault led to the same journal have the same retries: one of them stands for all. A drill with a
// finding needs no second fault.
func (l *learned) pairs(singles []*Drill, at func(Exchange) []Variant) []*Drill {
	var all []*Drill
	seen := make(map[string]bool)
	for _, first := range singles {
		if len(first.Findings) > 0 || len(first.Retries) == 0 || seen[first.Shape] {
			continue
		}
		seen[first.Shape] = true
		for _, e := range first.Retries {
			for _, v := range at(e) {
				all = append(all, &Drill{exchange: e, variant: v, first: first})
			}
		}
	}
	return all
}

// variants returns the variants that can act on the exchange: the kills, or faults of the kinds. No
// kinds are all kinds.
func (c *Config) variants(e Exchange) []Variant {
	if c.Kill {
		return killsAt(e)
	}
	return slices.DeleteFunc(Variants(), func(v Variant) bool {
		return !v.fits(e.Operation) || v.outlasts() && c.Player.Program() ||
			len(c.Kinds) > 0 && !slices.Contains(c.Kinds, v.Kind())
	})
}

// draw returns n of the drills, in their order.
func draw(all []*Drill, n int, seed uint64) []*Drill {
	if len(all) <= n {
		return all
	}
	chosen := make(map[int]bool)
	for _, i := range rand.New(rand.NewPCG(seed, 0)).Perm(len(all))[:n] {
		chosen[i] = true
	}
	var drawn []*Drill
	for i, d := range all {
		if chosen[i] {
			drawn = append(drawn, d)
		}
	}
	return drawn
}

// play plays the drills, and adds them to the report in their order.
func (c *Config) play(ctx context.Context, l *learned, drills []*Drill, report *Report) error {
	jobs := c.Jobs
	if jobs <= 0 {
		jobs = runtime.GOMAXPROCS(0)
	}
	next := make(chan *Drill)
	var failed error
	var mu sync.Mutex
	var all sync.WaitGroup
	for range jobs {
		all.Go(func() {
			for d := range next {
				if err := c.one(ctx, l, d); err != nil {
					mu.Lock()
					failed = errors.Join(failed, err)
					mu.Unlock()
				}
			}
		})
	}
	for _, d := range drills {
		next <- d
	}
	close(next)
	all.Wait()
	for _, d := range drills {
		if failed == nil {
			failed = c.tell(report, d)
		} else {
			report.add(d)
		}
	}
	return failed
}

// tell adds a drill to the report and calls Each with it.
func (c *Config) tell(report *Report, d *Drill) error {
	report.add(d)
	if c.Each == nil {
		return nil
	}
	return c.Each(d)
}

// one plays a drill unless an earlier sweep did.
func (c *Config) one(ctx context.Context, l *learned, d *Drill) error {
	d.prepare(c.Player, l)
	if c.State.recall(d) {
		return nil
	}
	if ctx.Err() == nil {
		d.play(ctx, c.Player, l)
	}
	if cause := context.Cause(ctx); cause != nil && (d.Word == "" || d.Word == Unjudged) {
		d.Word, d.Why, d.Result = NotPlayed, cause.Error(), nil
	}
	if d.Word == NotPlayed || d.Word == Unjudged {
		return nil
	}
	return c.State.remember(d)
}
