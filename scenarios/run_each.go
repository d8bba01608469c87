package scenarios

import (
	"cmp"
	"context"
	"errors"
	"runtime"
	"sync"

	"github.com/s3chaos/s3chaos/scenarios/script"
)

// A Drill is one play of a scenario.
type Drill struct {
	Scenario *script.Scenario
	Seed     *uint64 // instead of Options.Seed; nil keeps that
	Client   string  // instead of Options.Client; empty keeps that
}

// ErrEnough is the cause of a context that ends a run because the caller knows enough, for example
// after the first failure. The results of drills that were not played then give it as their reason.
var ErrEnough = errors.New("not played: the run ended at a failure")

// window is how many drills [RunEach] may start ahead of the oldest drill that it has not reported.
// It bounds the number of results in memory. A run with programs as clients has no bound, because
// its longest drills start first.
const window = 256

// RunEach runs n drills concurrently, Options.Workers at a time, and calls each with the number and
// the result of every drill: in their order, never concurrently, and as soon as that result and all
// earlier ones are known. It keeps no result after that. drill returns the i-th drill, from 0.
// RunEach calls it from several goroutines, and first for all drills.
//
// The drills of programs that Client names run after all others, in one pool, and the longest
// first. Their results still come in the order of their numbers.
//
// After ctx has ended, no drill starts. Each drill that was not played to its end then has the
// verdict skip and the reason "interrupted", or [ErrEnough] if that is the cause of ctx.
func RunEach(ctx context.Context, n int, drill func(i int) Drill, o Options, each func(i int, r *Result)) {
	o.findTest()
	p := newPlan(ctx, n, drill, &o)
	q := &queue{
		windowed: len(p.outside) == 0, ended: o.Finished, started: make(map[int]bool), done: make(map[int]*Result),
	}
	q.moved.L = &q.mu
	stopWaking := context.AfterFunc(ctx, q.wake)
	defer stopWaking()
	var all sync.WaitGroup
	all.Go(func() {
		q.play(ctx, p.inside, workersFor(&o), func(i int) *Result {
			d := drill(i)
			return Run(ctx, d.Scenario, *p.of(d, &o))
		})
		if len(p.outside) == 0 {
			return
		}
		machine := startStrain(q.wake)
		defer machine.stop()
		workers := o.Workers
		if workers == 0 {
			workers, q.admits = mostPrograms, machine.admits
		}
		q.play(ctx, p.outside, workers, func(i int) *Result {
			d := drill(i)
			own := p.of(d, &o)
			if own.strain == nil {
				own.strain = machine.since
			}
			return p.play(ctx, d.Scenario, own)
		})
	})
	for i := range n {
		r := q.result(ctx, i)
		if r == nil || r.interrupted || enough(ctx) {
			d := drill(i)
			r = p.of(d, &o).unplayed(ctx, d.Scenario)
		}
		each(i, r)
	}
	all.Wait()
}

// enough reports whether the caller ended the run with [ErrEnough]. Drills that have finished since
// count as not played: the results then do not depend on the machine.
func enough(ctx context.Context) bool { return errors.Is(context.Cause(ctx), ErrEnough) }

// workersFor returns how many drills of this process run at a time.
func workersFor(o *Options) int {
	if o.Repeat > 1 {
		return 1
	}
	return cmp.Or(o.Workers, runtime.GOMAXPROCS(0))
}

// unplayed returns the result of a drill that was not played, or not to its end, because ctx ended.
func (o *Options) unplayed(ctx context.Context, s *script.Scenario) *Result {
	reason := "interrupted"
	if enough(ctx) {
		reason = ErrEnough.Error()
	}
	own := *o
	_, r := own.prepare(s)
	r.skipped(reason)
	r.interrupted = true
	return r
}

// A queue hands out the numbers of drills to workers and collects their results.
type queue struct {
	windowed bool
	ended    func(r *Result)        // Options.Finished
	admits   func(running int) bool // one more drill may run beside the running ones; nil: always

	mu       sync.Mutex
	moved    sync.Cond // a drill has finished, a result was reported, or the context has ended
	left     []int     // not handed out, in the order of play
	started  map[int]bool
	running  int
	reported int             // the results below it were reported
	done     map[int]*Result // finished and not reported
}

// play plays the drills with these numbers and returns when all have finished or ctx has ended.
func (q *queue) play(ctx context.Context, numbers []int, workers int, run func(i int) *Result) {
	q.mu.Lock()
	q.left = numbers
	q.mu.Unlock()
	var all sync.WaitGroup
	for range min(workers, len(numbers)) {
		all.Go(func() {
			for i, ok := q.take(ctx); ok; i, ok = q.take(ctx) {
				q.finish(i, run(i))
			}
		})
	}
	all.Wait()
}

// take returns the next drill to play. It waits while the window is full, and while no more drills
// may run. It returns false if no drill is left or ctx has ended.
func (q *queue) take(ctx context.Context) (int, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(q.left) > 0 && ctx.Err() == nil && q.full() {
		q.moved.Wait()
	}
	if len(q.left) == 0 || ctx.Err() != nil {
		return 0, false
	}
	i := q.left[0]
	q.left = q.left[1:]
	q.started[i] = true
	q.running++
	return i, true
}

// full reports whether the next drill must wait.
func (q *queue) full() bool {
	return q.windowed && q.left[0]-q.reported >= window || q.admits != nil && !q.admits(q.running)
}

func (q *queue) finish(i int, r *Result) {
	if q.ended != nil {
		q.ended(r)
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.done[i] = r
	q.running--
	q.moved.Broadcast()
}

// result waits for the result of a drill and forgets it. It returns nil if the drill will not start
// any more.
func (q *queue) result(ctx context.Context, i int) *Result {
	q.mu.Lock()
	defer q.mu.Unlock()
	for q.done[i] == nil && (q.started[i] || ctx.Err() == nil) {
		q.moved.Wait()
	}
	r := q.done[i]
	delete(q.done, i)
	delete(q.started, i)
	q.reported = i + 1
	q.moved.Broadcast()
	return r
}

// wake makes every waiting goroutine look at the context again.
func (q *queue) wake() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.moved.Broadcast()
}
