package profile

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/s3chaos/s3chaos/scenarios"
	"github.com/s3chaos/s3chaos/scenarios/adapter"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

// A live meter measures a program, in real time and within a budget. Probes that depend on each
// other are a chain; the chains run in parallel, and the most telling ones get a free process
// first.
type live struct {
	options scenarios.Options
	quiet   scenarios.Options // for work without faults: what a program fails there says nothing of probes
	session bool              // all calls of a drill share one process
	end     time.Time         // of the budget
	gate    gate
	drills  atomic.Int64 // that were played

	launch sync.Mutex // held by the drill that starts next

	mu      sync.Mutex
	heard   noise
	startup time.Duration // how long a drill takes apart from its scenario, as a moving mean
}

// Limits of the measurement of a program.
const (
	DefaultBudget = 4 * time.Minute
	// patience is how long a probe watches a program that waits. It bounds each answer about a
	// longer wait: "> 90s".
	patience = 90 * time.Second
	// leeway is what a call may take besides the wait that a probe watches.
	leeway = 5 * time.Second
)

// The order in which probes get a process, the most telling first.
const (
	urgent  = iota // what other probes depend on, and what takes the whole patience
	telling        // attempts of downloads, hints, habits
	further        // attempts of uploads
	samples        // of waits, until the end of the budget
)

// newLive prepares the program.
func newLive(ctx context.Context, o Options) (*live, error) {
	l := &live{
		options: scenarios.Options{Client: o.Client, Slow: true},
		end:     time.Now().Add(cmp.Or(o.Budget, DefaultBudget)),
	}
	// A program mostly waits: for its own back-off, or for a silent server.
	l.gate.free = cmp.Or(o.Workers, 8*runtime.NumCPU())
	if a, err := adapter.Find(o.Client); err == nil {
		l.session = !a.Session.Empty()
	}
	l.quiet = l.options
	return l, errors.Join(l.options.Prepare(ctx), l.quiet.Prepare(ctx))
}

// play plays a drill with each seed from the first up to, but not including, the last.
func (l *live) play(ctx context.Context, s *script.Scenario, first, last, priority int) ([]play, error) {
	for _, rule := range s.AllRules() {
		if script.InRealTime(&rule) != "" {
			return nil, &undetermined{"in real time the proxy does not see a connection that is not made"}
		}
	}
	ctx, cancel := context.WithDeadline(ctx, l.end)
	defer cancel()
	plays := make([]play, last-first)
	failures := make([]error, last-first)
	var all sync.WaitGroup
	for i := range plays {
		all.Go(func() { plays[i], failures[i] = l.drill(ctx, s, uint64(first+i), priority) })
	}
	all.Wait()
	return plays, errors.Join(failures...)
}

// drill plays one drill as soon as a process is free.
func (l *live) drill(ctx context.Context, s *script.Scenario, seed uint64, priority int) (play, error) {
	o := l.options
	if len(s.Faults) == 0 {
		o = l.quiet
	}
	late := &undetermined{"the budget left no time for it"}
	if !l.gate.enter(ctx, priority) {
		return play{}, late
	}
	defer l.gate.leave()
	if !l.stagger(ctx) {
		return play{}, late
	}
	o.Seed = &seed
	r := scenarios.Run(ctx, s, o)
	l.drills.Add(1)
	l.started(r.Wall - r.Elapsed)
	switch {
	case r.Interrupted():
		return play{}, late
	case r.Verdict == scenarios.Skip || r.Verdict == scenarios.Error:
		return play{}, &undetermined{why(r)}
	}
	return play{r, struck(r)}, nil
}

// stagger keeps a machine from starting more than two programs for each processor at a time: then
// none of them would send a request for long. It returns false if ctx ends before.
func (l *live) stagger(ctx context.Context) bool {
	l.launch.Lock()
	defer l.launch.Unlock()
	l.mu.Lock()
	pause := l.startup / time.Duration(2*runtime.NumCPU())
	l.mu.Unlock()
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// started notes how long a program took to start.
func (l *live) started(took time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.startup == 0 {
		l.startup = max(0, took)
	}
	const recent = 4 // drills that make up most of the mean
	l.startup += (max(0, took) - l.startup) / recent
}

// why returns the first reason of a result.
func why(r *scenarios.Result) string {
	if len(r.Reasons) == 0 {
		return fmt.Sprintf("the probe has the verdict %s", r.Verdict)
	}
	first, _, _ := strings.Cut(r.Reasons[0].Got, "\n")
	return first
}

// watched returns how long a probe watches the client.
func (m *meter) watched() time.Duration {
	if m.live != nil {
		return patience + leeway
	}
	return span
}

// never returns the time after which a client counts as waiting for longer than is watched.
func (m *meter) never() time.Duration {
	if m.live != nil {
		return patience
	}
	return forever
}

// unlimited names a wait that lasted for as long as the client was watched.
func (m *meter) unlimited() string {
	if m.live != nil {
		return fmt.Sprintf("> %.0fs", patience.Seconds())
	}
	return "no limit"
}

// at returns a meter whose probes have the priority.
func (m *meter) at(priority int) *meter {
	other := *m
	other.priority = priority
	return &other
}

// few returns how many drills a probe has: virtually many, or few in real time.
func (m *meter) few(virtually, really int) int {
	if m.live != nil {
		return really
	}
	return virtually
}

// waited reports whether the time between two requests is longer than the client and the machine
// need without a wait.
func (m *meter) waited(d time.Duration) bool { return d > m.blur() }

// blur is the time below which a wait cannot be told from none. In virtual time the proxy's and the
// client's ends of an exchange differ by less than two milliseconds.
func (m *meter) blur() time.Duration {
	if m.live != nil {
		return m.live.noise().floor()
	}
	return 2 * time.Millisecond
}
