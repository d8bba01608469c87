package scenarios

import (
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
}

// ErrEnough is the cause of a context that ends a run because the caller knows enough, for example
// after the first failure. The results of drills that were not played then give it as their reason.
var ErrEnough = errors.New("not played: the run ended at a failure")

// window is how many drills [RunEach] may start ahead of the oldest drill that it has not reported.
// It bounds the number of results in memory.
const window = 256

// RunEach runs n drills concurrently, Options.Workers at a time, and calls each with the number and
// the result of every drill: in their order, never concurrently, and as soon as that result and all
// earlier ones are known. It keeps no result after that. drill returns the i-th drill, from 0.
// RunEach calls it from several goroutines.
//
// After ctx has ended, no drill starts. Each drill that was not played to its end then has the
// verdict skip and the reason "interrupted", or [ErrEnough] if that is the cause of ctx.
func RunEach(ctx context.Context, n int, drill func(i int) Drill, o Options, each func(i int, r *Result)) {
	o.findTest()
	_ = o.find(ctx) // each drill reports the error
	o.proofs = newProofs()
	workers := o.Workers
	if o.Repeat > 1 {
		workers = 1
	}
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	q := &queue{n: n, done: make(map[int]*Result)}
	q.moved.L = &q.mu
	stopWaking := context.AfterFunc(ctx, q.wake)
	defer stopWaking()
	var all sync.WaitGroup
	for range min(workers, n) {
		all.Go(func() {
			for i, ok := q.take(ctx); ok; i, ok = q.take(ctx) {
				d := drill(i)
				q.finish(i, Run(ctx, d.Scenario, o.of(d)))
			}
		})
	}
	for i := range n {
		r := q.result(ctx, i)
		if r == nil || r.interrupted || enough(ctx) {
			d := drill(i)
			r = o.of(d).unplayed(ctx, d.Scenario)
		}
		each(i, r)
	}
	all.Wait()
}

// enough reports whether the caller ended the run with [ErrEnough]. Drills that have finished since
// count as not played: the results then do not depend on the machine.
func enough(ctx context.Context) bool { return errors.Is(context.Cause(ctx), ErrEnough) }

// of returns the options for one drill.
func (o *Options) of(d Drill) Options {
	own := *o
	if d.Seed != nil {
		own.Seed = d.Seed
	}
	return own
}

// unplayed returns the result of a drill that was not played, or not to its end, because ctx ended.
func (o Options) unplayed(ctx context.Context, s *script.Scenario) *Result {
	reason := "interrupted"
	if enough(ctx) {
		reason = ErrEnough.Error()
	}
	_, r := o.prepare(s)
	r.skipped(reason)
	r.interrupted = true
	return r
}

// A queue hands out the numbers of drills to workers and collects their results.
type queue struct {
	n int

	mu       sync.Mutex
	moved    sync.Cond       // a drill has finished, a result was reported, or the context has ended
	started  int             // the drills below it were handed out
	reported int             // the results below it were reported
	done     map[int]*Result // finished and not reported
}

// take returns the next drill to play. It waits while the window is full. It returns false if no
// drill is left or ctx has ended.
func (q *queue) take(ctx context.Context) (int, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for q.started < q.n && q.started-q.reported >= window && ctx.Err() == nil {
		q.moved.Wait()
	}
	if q.started == q.n || ctx.Err() != nil {
		return 0, false
	}
	q.started++
	return q.started - 1, true
}

func (q *queue) finish(i int, r *Result) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.done[i] = r
	q.moved.Broadcast()
}

// result waits for the result of a drill and forgets it. It returns nil if the drill will not start
// any more.
func (q *queue) result(ctx context.Context, i int) *Result {
	q.mu.Lock()
	defer q.mu.Unlock()
	for q.done[i] == nil && (i < q.started || ctx.Err() == nil) {
		q.moved.Wait()
	}
	r := q.done[i]
	delete(q.done, i)
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
