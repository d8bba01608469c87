package scenarios

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/cespare/xxhash/v2"

	"github.com/s3chaos/s3chaos/scenarios/oracle"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

// This file performs `load` steps. The tree of steps does not hold the steps of the workers:
// reports only count them. The contents that they store and deliver share memory.

// A loading is the state of a load while the drill runs. The player's lock guards workers and held.
type loading struct {
	steps   []script.Step
	workers [][]*node           // the steps that each worker has taken, in order
	pool    []byte              // the content of every upload is a part of it
	held    map[uint64][][]byte // delivered contents, by their hash
}

// load lets the workers take their turns, and returns an error if one of their steps failed.
func (p *player) load(ctx context.Context, n *node, l *script.Workload) error {
	_, largest := l.Planned()
	run := &loading{
		steps: l.All(), workers: make([][]*node, l.Workers), held: make(map[uint64][][]byte),
		pool: script.LoadPool(p.world.seed, n.ID, largest),
	}
	p.mu.Lock()
	n.load = run
	p.mu.Unlock()
	var all sync.WaitGroup
	for worker := range l.Workers {
		all.Go(func() { p.work(ctx, n, l, worker) })
	}
	all.Wait()
	p.mu.Lock()
	defer p.mu.Unlock()
	return run.failure()
}

// work takes the turns of one worker. The first turns of the workers spread over one interval.
func (p *player) work(ctx context.Context, n *node, l *script.Workload, worker int) {
	draw := l.Drawer(p.world.seed, n.ID, worker+1)
	every, begin := l.Interval(), time.Now()
	next := begin.Add(time.Duration(draw.Below(int64(every))))
	for turn := 1; l.Turns == 0 || turn <= l.Turns; turn++ {
		if l.For > 0 && next.Sub(begin) >= l.For || !sleepUntil(ctx, next) {
			return
		}
		steps := n.load.steps
		if l.Order == script.Drawn {
			i := draw.Below(int64(len(steps)))
			steps = steps[i : i+1]
		}
		for i := range steps {
			if ctx.Err() != nil {
				return
			}
			p.loadStep(ctx, n, l, draw, worker, turn, &steps[i])
		}
		next = next.Add(every)
		if now := time.Now(); next.Before(now) {
			next = now
		}
	}
}

// loadStep takes one step of a turn.
func (p *player) loadStep(
	ctx context.Context, n *node, l *script.Workload, draw script.Drawer, worker, turn int, written *script.Step,
) {
	s := written.ResolveTurn(func(name string) string {
		switch name {
		case script.PlaceWorker:
			return strconv.Itoa(worker + 1)
		case script.PlaceN:
			return strconv.Itoa(turn)
		}
		return p.world.place(name)
	})
	p.mu.Lock()
	taken := &node{StepResult: StepResult{
		ID:   fmt.Sprintf("%s.%d.%d", n.ID, worker+1, len(n.load.workers[worker])+1),
		Line: s.Line, Operation: s.Operation(), Outcome: Unreached,
	}}
	n.load.workers[worker] = append(n.load.workers[worker], taken)
	p.mu.Unlock()
	taken.content = n.load.content(l, draw, s)
	p.step(ctx, taken, s)
	p.mu.Lock()
	for _, a := range taken.acts {
		if a.Operation == "download" && a.Content != nil {
			a.Content = n.load.hold(a.Content)
		}
	}
	p.mu.Unlock()
	for _, name := range []string{"upload-", "download-"} {
		_ = os.Remove(p.world.scratch(name + taken.ID)) // the step may have made neither
	}
}

// sleepUntil reports whether the time came before the context ended.
func sleepUntil(ctx context.Context, at time.Time) bool {
	return rest(ctx, time.Until(at)) == nil && ctx.Err() == nil
}

// content returns the content of an upload whose size is given or drawn, and nil for every other
// step.
func (r *loading) content(l *script.Workload, draw script.Drawer, s *script.Step) []byte {
	var size script.Size
	switch {
	case s.Upload != nil && s.Upload.Content == nil && s.Upload.From == "":
		size = l.SizeOf(draw, &s.Upload.Block, s.Upload.Size)
	case s.UploadStream != nil && s.UploadStream.Content == nil:
		size = l.SizeOf(draw, &s.UploadStream.Block, s.UploadStream.Size)
	default:
		return nil
	}
	from := draw.Below(int64(len(r.pool)) - int64(size) + 1)
	return r.pool[from : from+int64(size) : from+int64(size)]
}

// hold returns content, or the same bytes if an equal content was delivered before.
func (r *loading) hold(content []byte) []byte {
	sum := xxhash.Sum64(content)
	for _, held := range r.held[sum] {
		if bytes.Equal(held, content) {
			return held
		}
	}
	r.held[sum] = append(r.held[sum], content)
	return content
}

// failure returns the first failure of the steps taken, with their number, or nil.
func (r *loading) failure() error {
	taken, failed := 0, 0
	var first *node
	for _, n := range r.all() {
		taken++
		if n.Outcome == script.Success {
			continue
		}
		failed++
		if n.failure != nil && (first == nil || n.End < first.End) {
			first = n
		}
	}
	if failed == 0 {
		return nil
	}
	return &loadError{failed: failed, taken: taken, first: first}
}

// all returns the steps taken, worker by worker. A nil loading has none.
func (r *loading) all() []*node {
	if r == nil {
		return nil
	}
	return slices.Concat(r.workers...)
}

// snapshot returns a copy of the steps taken, without their acts.
func (r *loading) snapshot() *loading {
	c := &loading{workers: make([][]*node, len(r.workers))}
	for i, worker := range r.workers {
		c.workers[i] = make([]*node, len(worker))
		for j, n := range worker {
			taken := *n
			taken.acts, taken.content = nil, nil
			c.workers[i][j] = &taken
		}
	}
	return c
}

// acts returns the acts of all workers, worker by worker.
func (r *loading) acts() []*oracle.Act {
	var acts []*oracle.Act
	for _, n := range r.all() {
		acts = append(acts, n.acts...)
	}
	return acts
}

// A loadError is the error of a load some of whose steps failed.
type loadError struct {
	failed, taken int
	first         *node
}

func (e *loadError) Error() string {
	text := fmt.Sprintf("%d of %d operations failed", e.failed, e.taken)
	if e.first != nil {
		text += fmt.Sprintf("; the first, %s %s: %s", e.first.Operation, e.first.ID, e.first.failure.Text)
	}
	return text
}
