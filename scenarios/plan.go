package scenarios

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/s3chaos/s3chaos/scenarios/script"
)

// A plan says in which order RunEach plays its drills, and with which options. Drills of this
// process come first, in their order: they are quick, and while they run the machine has no time
// for programs. The drills of the programs that drills name as their clients follow, the longest
// first, so that no worker ends long after the others. The clients take turns, so that a budget
// leaves each of them its share.
type plan struct {
	clients map[string]*Options // by Drill.Client
	inside  []int               // numbers of drills of this process
	outside []int               // numbers of drills of programs
	end     time.Time           // of the budget; zero: no budget
}

// errBudget ends the drills that are not done when the budget of a run is used up.
var errBudget = errors.New("the budget of the run is used up")

func newPlan(ctx context.Context, n int, drill func(i int) Drill, o *Options) *plan {
	p := &plan{clients: make(map[string]*Options)}
	for i := range n {
		client := cmp.Or(drill(i).Client, o.Client)
		if p.clients[client] == nil {
			own := *o
			own.proofs = newProofs()
			if own.Client != client {
				own.Client, own.foreign = client, nil
			}
			p.clients[client] = &own
		}
	}
	var all sync.WaitGroup
	for _, own := range p.clients {
		all.Go(func() { _ = own.find(ctx) }) // each drill reports the error
	}
	all.Wait()
	takes := make(map[int]time.Duration)
	for i := range n {
		d := drill(i)
		if own := p.of(d, o); own.foreign != nil && own.foreignTo(d.Scenario) {
			p.outside = append(p.outside, i)
			takes[i] = own.expected(d.Scenario)
		} else {
			p.inside = append(p.inside, i)
		}
	}
	slices.SortStableFunc(p.outside, func(a, b int) int { return cmp.Compare(takes[b], takes[a]) })
	turn, turns := make(map[int]int), make(map[string]int)
	for _, i := range p.outside {
		client := drill(i).Client
		turn[i] = turns[client]
		turns[client]++
	}
	slices.SortStableFunc(p.outside, func(a, b int) int { return cmp.Compare(turn[a], turn[b]) })
	if o.Budget > 0 {
		p.end = time.Now().Add(o.Budget)
	}
	return p
}

// of returns the options for one drill.
func (p *plan) of(d Drill, o *Options) *Options {
	own := *p.clients[cmp.Or(d.Client, o.Client)]
	if d.Seed != nil {
		own.Seed = d.Seed
	}
	return &own
}

// play plays the drill of a program, if the budget leaves time for it.
func (p *plan) play(ctx context.Context, s *script.Scenario, o *Options) *Result {
	if p.end.IsZero() {
		return Run(ctx, s, *o)
	}
	if takes := o.expected(s); takes > 0 && takes >= time.Until(p.end) {
		return o.unfit(s, fmt.Sprintf("it takes about %v", takes.Round(time.Second)))
	}
	bounded, cancel := context.WithDeadlineCause(ctx, p.end, errBudget)
	defer cancel()
	r := Run(bounded, s, *o)
	if r.interrupted && ctx.Err() == nil {
		return o.unfit(s, "it was not done at the end")
	}
	return r
}

// unfit returns the result of a drill for which the budget left no time.
func (o *Options) unfit(s *script.Scenario, why string) *Result {
	own := *o
	_, r := own.prepare(s)
	r.Unfit = true
	return r.skipped(fmt.Sprintf("the budget of %v for the whole run left no time: %s", o.Budget, why))
}
