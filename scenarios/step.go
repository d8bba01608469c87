package scenarios

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/s3chaos/s3chaos/faultproxy"
	"github.com/s3chaos/s3chaos/retry"
	"github.com/s3chaos/s3chaos/scenarios/oracle"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

// A node is the state of a step while the drill runs, with the steps inside it.
type node struct {
	StepResult
	expect   *script.Expect
	failure  *failureOf
	acts     []*oracle.Act
	children []*node
	content  []byte     // what a step of a load uploads; nil: what the file says
	load     *loading   // of a load
	etag     string     // that the step's object had when the parallel around it began; "" outside one
	cutShort bool       // the step's deadline or cancel_after ended it
	client   Client     // of a step with an operation
	asked    bool       // the client was asked to perform the operation
	rests    bool       // the step pauses as the file says, while its operation is under way
	path     string     // of the file that the step sends or receives; "" for another step
	called   *called    // of a call; nil for another step
	raw      *rawResult // of a raw step that has ended; nil for another step
}

// A player performs the steps of one drill with its client.
type player struct {
	client Client
	// refused is why the client could not be made, if the drill expects that: each step fails with
	// it.
	refused error
	fresh   func() (Client, error) // makes the client of another process
	world   *world
	// ownFiles means that the client itself writes the files of downloads.
	ownFiles bool

	mu    sync.Mutex // guards the tree: a leaked goroutine may still write to it during the report
	root  node
	broke error // a panic in a step
}

// play performs the steps in order. It goes on after a step that fails, and stops when the context
// ends.
func (p *player) play(ctx context.Context, steps []script.Step) {
	p.sequence(ctx, &p.root, "", steps)
}

func (p *player) sequence(ctx context.Context, parent *node, prefix string, steps []script.Step) {
	for i := range steps {
		if ctx.Err() != nil {
			return
		}
		p.step(ctx, p.open(parent, prefix+strconv.Itoa(i+1), &steps[i]), &steps[i])
	}
}

// open adds a step to the tree.
func (p *player) open(parent *node, id string, s *script.Step) *node {
	n := &node{StepResult: StepResult{
		ID: id, Name: s.Label(), Operation: s.Operation(), Line: s.Line,
		Depth: parent.Depth + 1, Outcome: Unreached,
	}, expect: &s.Expect}
	if parent == &p.root {
		n.Depth = 0
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	parent.children = append(parent.children, n)
	return n
}

type stepKey struct{}

// stepOf returns the id of the step that the context belongs to.
func stepOf(ctx context.Context) string {
	id, _ := ctx.Value(stepKey{}).(string)
	return id
}

// step performs one step, with its deadline and its cancellation.
func (p *player) step(ctx context.Context, n *node, s *script.Step) {
	ctx = faultproxy.WithStep(context.WithValue(ctx, stepKey{}, n.ID), n.ID)
	ctx = retry.WithIdentity(ctx, n.ID) // so the delays of concurrent steps do not depend on their order
	whole := ctx
	if s.Deadline > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, s.Deadline)
		defer cancel()
	}
	if s.CancelAfter > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithCancel(ctx)
		defer cancel()
		defer time.AfterFunc(s.CancelAfter, cancel).Stop()
	}

	p.mu.Lock()
	n.Start = p.world.now()
	p.mu.Unlock()
	err := p.attempt(ctx, n, s)
	cutShort := err != nil && ctx.Err() != nil && whole.Err() == nil
	p.mu.Lock()
	defer p.mu.Unlock()
	n.End, n.cutShort = p.world.now(), cutShort
	n.Outcome = script.Success
	if err != nil {
		n.Outcome = script.Failure
		n.failure = classifyFailure(err)
	}
	for _, child := range n.children {
		if child.Outcome != script.Success && n.failure == nil && child.ofClient() {
			n.Outcome, n.failure = script.Failure, child.failure
		}
	}
}

// ErrPanic is the error of a drill whose client panicked, as [Result.Err] returns it.
var ErrPanic = errors.New("panic")

// attempt performs the operation of the step. A panic of the client ends the step, not the run.
func (p *player) attempt(ctx context.Context, n *node, s *script.Step) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("panic: %v", cause)
			p.mu.Lock()
			p.broke = errors.Join(p.broke, fmt.Errorf("step %s: %w: %v\n%s", n.ID, ErrPanic, cause, debug.Stack()))
			p.mu.Unlock()
		}
	}()
	switch {
	case s.Wait > 0:
		return rest(ctx, s.Wait)
	case s.Rules != nil:
		return p.changeRules(ctx, n, s)
	case s.Raw != nil:
		return p.raw(ctx, n, s.Raw)
	case s.Parallel != nil:
		p.parallel(ctx, n, s.Parallel)
		return nil
	case s.Repeat != nil:
		p.repeat(ctx, n, s.Repeat)
		return nil
	case s.Load != nil:
		return p.load(ctx, n, s.Load)
	}
	return p.operate(ctx, n, s)
}

// pause lets the step pause as the file says, while its operation is under way. It returns the
// error of the context if that ends before.
func (p *player) pause(ctx context.Context, n *node, d time.Duration) error {
	if d <= 0 {
		return nil
	}
	note := func(rests bool) {
		p.mu.Lock()
		defer p.mu.Unlock()
		n.rests = rests
	}
	note(true)
	err := rest(ctx, d)
	if err == nil {
		note(false)
	}
	return err
}

// parallel performs the steps together. Each begins some nanoseconds after the one before it, so
// that steps that act at the same time do so in the order of the file: they change the same rules,
// share a budget and a breaker, and log. The waits of a step keep it apart from the others.
func (p *player) parallel(ctx context.Context, n *node, steps []script.Step) {
	children := make([]*node, len(steps))
	for i := range steps {
		children[i] = p.open(n, n.ID+"."+strconv.Itoa(i+1), &steps[i])
		children[i].etag = p.currentETag(&steps[i])
	}
	var all sync.WaitGroup
	var after time.Duration
	for i, child := range children {
		begin := after
		all.Go(func() {
			time.Sleep(begin)
			p.step(ctx, child, &steps[i])
		})
		after += instants(&steps[i])
	}
	all.Wait()
}

// instants returns how many nanoseconds the steps inside s need, so that none of them acts at the
// time of another. The turns of a repeat begin later and later: each begins at the end of the last
// step of the turn before.
func instants(s *script.Step) time.Duration {
	switch {
	case s.Parallel != nil:
		var sum time.Duration
		for i := range s.Parallel {
			sum += instants(&s.Parallel[i])
		}
		return sum
	case s.Repeat != nil:
		return 1 + time.Duration(s.Repeat.Times)*(instants(&s.Repeat.Step)-1)
	}
	return 1
}

func (p *player) repeat(ctx context.Context, n *node, r *script.Repeat) {
	for turn := 1; turn <= r.Times && ctx.Err() == nil; turn++ {
		p.step(ctx, p.open(n, n.ID+"."+strconv.Itoa(turn), &r.Step), &r.Step)
	}
}

// snapshot returns a copy of the tree, which later writes of the client do not change.
func (p *player) snapshot() (nodes []*node, acts []*oracle.Act, broke error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	var walk func([]*node) []*node
	walk = func(list []*node) []*node {
		copies := make([]*node, 0, len(list))
		for _, n := range list {
			c := *n
			own := n.acts
			if n.load != nil {
				c.load = n.load.snapshot()
				own = n.load.acts()
			}
			if n.called != nil {
				c.called = new(*n.called)
			}
			c.acts = make([]*oracle.Act, len(own))
			for i, a := range own {
				b := *a
				b.Reports = slices.Clone(a.Reports)
				c.acts[i] = &b
				acts = append(acts, &b)
			}
			c.children = walk(n.children)
			copies = append(copies, &c)
		}
		return copies
	}
	return walk(p.root.children), acts, p.broke
}

// allNodes lists the nodes in the order of the file, each followed by those inside it.
func allNodes(nodes []*node) []*node {
	var all []*node
	for _, n := range nodes {
		all = append(all, n)
		all = append(all, allNodes(n.children)...)
	}
	return all
}
