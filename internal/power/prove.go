package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/s3chaos/s3chaos/internal/mutation"
	"github.com/s3chaos/s3chaos/internal/ndjson"
)

// A prover runs the whole proof.
type prover struct {
	options
	log   io.Writer
	began time.Time

	dir         string             // keeps what is known from one run to the next
	traces      map[string]*traced // by print
	traceStore  *ndjson.Store[traced]
	mu          sync.Mutex
	judged      map[key]judged // not changed while mutants are judged
	judgedStore *ndjson.Store[judged]
	drillOrder  *order
	testOrder   *order
}

// A key names what a judged is about.
type key struct {
	print  string
	mutant int
}

// A tally is the outcome for one package.
type tally struct {
	name     string
	mutants  int // in all functions
	pool     int // in functions that the catalog runs
	sampled  int
	findings []finding // of the mutants that were judged in time, in the order of the sample
	unused   []string  // tests that fail without a mutant, or that are slow
}

func (p *prover) prove(ctx context.Context, stdout io.Writer) (err error) {
	if p.dir = p.workdir; p.dir == "" {
		cache, err := os.UserCacheDir()
		if err != nil {
			return err
		}
		p.dir = filepath.Join(cache, "s3chaos-power")
	}
	if err := os.MkdirAll(p.dir, 0o700); err != nil {
		return err
	}
	var m *matrix
	if p.clients {
		p.say("play the broken clients")
		if m, err = p.playClients(ctx); err != nil {
			return err
		}
		switch {
		case p.record == "":
		case m.late > 0:
			p.say("%s stays as it is: %d drills were not played in time", p.record, m.late)
		default:
			if err := m.record(p.record); err != nil {
				return err
			}
		}
	}
	var tallies []*tally
	if p.sample > 0 {
		if tallies, err = p.mutate(ctx); err != nil {
			return err
		}
	}
	return p.report(stdout, m, tallies)
}

// open reads what earlier runs have found out.
func (p *prover) open(b *build) (err error) {
	p.traces, p.judged = map[string]*traced{}, map[key]judged{}
	p.drillOrder, p.testOrder = newOrder(), newOrder()
	p.traceStore, err = ndjson.Open(filepath.Join(p.dir, "traces.ndjson"), func(t traced) { p.traces[t.Print] = &t })
	if err != nil {
		return err
	}
	p.judgedStore, err = ndjson.Open(filepath.Join(p.dir, "judged.ndjson"), func(v judged) {
		p.judged[key{v.Print, v.Mutant}] = v
	})
	if err != nil {
		return errors.Join(err, p.traceStore.Close())
	}
	for _, pkg := range b.packages {
		for _, m := range pkg.Mutants {
			if v := p.judged[key{b.engine, m.ID}]; v.Killer != "" {
				p.drillOrder.killed(m, v.Killer)
			}
			if v := p.judged[key{b.tests[pkg.Path].print, m.ID}]; v.Killer != "" {
				p.testOrder.killed(m, v.Killer)
			}
		}
	}
	return nil
}

// mutate judges a sample of the mutants of each package, in turns, until the time is over.
func (p *prover) mutate(ctx context.Context) (tallies []*tally, err error) {
	p.say("instrument and build %s", p.packages)
	b, err := newBuild(ctx, p.dir, p.packages)
	if err != nil {
		return nil, err
	}
	if err := p.open(b); err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, p.traceStore.Close(), p.judgedStore.Close()) }()
	list, err := p.traceCatalog(ctx, b)
	if err != nil {
		return nil, err
	}
	drills, err := newTrace(list)
	if err != nil {
		return nil, err
	}
	var jobs []job
	for _, pkg := range b.packages {
		list, err := p.traceTests(ctx, b, pkg)
		if err != nil {
			return nil, err
		}
		t := &tally{name: strings.TrimPrefix(pkg.Path, module+"/"), mutants: len(pkg.Mutants)}
		for _, c := range list {
			if c.Unused != "" {
				t.unused = append(t.unused, c.Check)
			}
		}
		tests, err := newTrace(list)
		if err != nil {
			return nil, err
		}
		pool := inCatalog(pkg.Mutants, drills)
		sample := mutation.Sample(pool, p.sample, p.seed)
		t.pool, t.sampled = len(pool), len(sample)
		tallies = append(tallies, t)
		for i, m := range sample {
			jobs = append(jobs, job{t, i, m, tests[m.ID], drills[m.ID]})
		}
	}
	// Each package gets its turn, so that a run that ends early says something of all of them.
	slices.SortStableFunc(jobs, func(a, b job) int { return a.turn - b.turn })
	return tallies, p.judgeAll(ctx, b, jobs)
}

// A job is a mutant that is to be judged.
type job struct {
	tally         *tally
	turn          int
	mutant        *mutation.Mutant
	tests, drills []*traced
}

// judgeAll judges the mutants until the time is over. The findings keep the order of the jobs and
// have no gaps, so that they are a sample even if the run ends early.
func (p *prover) judgeAll(ctx context.Context, b *build, jobs []job) error {
	end := p.began.Add(time.Duration(p.minutes) * time.Minute)
	findings := make([]*finding, len(jobs))
	err := p.each(ctx, len(jobs), func(i int) error {
		j := jobs[i]
		if time.Now().After(end) && !p.known(b, j) {
			return nil
		}
		f := finding{Mutant: j.mutant, reached: len(j.drills)}
		drill, err := p.byDrills(ctx, b, j.mutant, j.drills)
		if err != nil {
			return err
		}
		test, err := p.byTests(ctx, b, j.mutant, j.tests)
		if err != nil {
			return err
		}
		f.byDrill, f.byTest = strings.TrimSpace(drill.Killer+" "+drill.How), test.Killer
		p.say("%s: %s\n\ttests: %s\n\tcatalog: %s (%d reach it)",
			j.tally.name, f.Mutant, f.byTest, f.byDrill, f.reached)
		findings[i] = &f
		return nil
	})
	if err != nil {
		return err
	}
	for i, f := range findings {
		if f == nil {
			break
		}
		jobs[i].tally.findings = append(jobs[i].tally.findings, *f)
	}
	return nil
}

// known reports whether earlier runs have judged the mutant, so that it costs nothing.
func (p *prover) known(b *build, j job) bool {
	if _, ok := p.judged[key{b.tests[j.mutant.Package].print, j.mutant.ID}]; !ok {
		return false
	}
	drills := p.judged[key{b.engine, j.mutant.ID}]
	return !slices.ContainsFunc(j.drills, func(c *traced) bool { return !slices.Contains(drills.Passed, c.Print) }) ||
		slices.ContainsFunc(j.drills, func(c *traced) bool { return c.Print == drills.Drill })
}

// each calls do for 0 to n-1, several at the same time, until one fails.
func (p *prover) each(ctx context.Context, n int, do func(i int) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	next := make(chan int)
	var all sync.WaitGroup
	for range p.workers {
		all.Go(func() {
			for i := range next {
				if err := do(i); err != nil {
					cancel(err)
				}
			}
		})
	}
	for i := range n {
		select {
		case next <- i:
			continue
		case <-ctx.Done():
		}
		break
	}
	close(next)
	all.Wait()
	return context.Cause(ctx)
}

// inCatalog returns the mutants of functions that a drill of the catalog runs.
func inCatalog(list []*mutation.Mutant, drills trace) []*mutation.Mutant {
	type function struct{ file, name string }
	runs := map[function]bool{}
	for _, m := range list {
		if len(drills[m.ID]) > 0 {
			runs[function{m.File, m.Func}] = true
		}
	}
	var pool []*mutation.Mutant
	for _, m := range list {
		if runs[function{m.File, m.Func}] {
			pool = append(pool, m)
		}
	}
	return pool
}

// say prints what happens now, with the time since the start.
func (p *prover) say(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	fmt.Fprintf(p.log, "%s "+format+"\n", append([]any{time.Since(p.began).Round(time.Second)}, args...)...)
}
