package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/s3chaos/s3chaos/internal/mutation"
)

// A prover runs the whole proof.
type prover struct {
	options
	log   io.Writer
	began time.Time
}

// A tally is the outcome for one package.
type tally struct {
	name     string
	mutants  int // in all functions
	pool     int // in functions that the catalog runs
	sampled  int
	findings []finding // of the mutants that were judged in time
	unused   []string  // tests that fail without a mutant, or that are slow
}

func (p *prover) prove(ctx context.Context, stdout io.Writer) (err error) {
	var m *matrix
	if p.clients {
		p.say("play the broken clients")
		if m, err = p.playClients(ctx); err != nil {
			return err
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

// mutate judges the mutants of all packages. Each package gets an equal share of the time.
func (p *prover) mutate(ctx context.Context) (tallies []*tally, err error) {
	dir := p.from
	if dir == "" {
		if dir, err = os.MkdirTemp("", "power"); err != nil {
			return nil, err
		}
		defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	} else if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	p.say("instrument and build %s", p.packages)
	b, err := newBuild(ctx, dir, strings.Split(p.packages, ","))
	if err != nil {
		return nil, err
	}
	p.say("play the catalog without a mutant")
	drills, err := b.traceCatalog(ctx)
	if err != nil {
		return nil, err
	}
	end := p.began.Add(time.Duration(p.minutes) * time.Minute)
	for i, pkg := range b.packages {
		share := time.Until(end) / time.Duration(len(b.packages)-i)
		t, err := p.judgeAll(ctx, b, pkg, drills, time.Now().Add(share))
		if err != nil {
			return nil, err
		}
		tallies = append(tallies, t)
	}
	return tallies, nil
}

// judgeAll judges a sample of the package's mutants, until the deadline.
func (p *prover) judgeAll(
	ctx context.Context, b *build, pkg *mutation.Package, drills trace, deadline time.Time,
) (*tally, error) {
	name := strings.TrimPrefix(pkg.Path, module+"/")
	p.say("%s: run each test without a mutant", name)
	tests, unused, err := b.traceTests(ctx, pkg)
	if err != nil {
		return nil, err
	}
	pool := inCatalog(pkg.Mutants, drills)
	sample := mutation.Sample(pool, p.sample, p.seed)
	t := &tally{name: name, mutants: len(pkg.Mutants), pool: len(pool), sampled: len(sample), unused: unused}
	found := make([]*finding, len(sample))
	errs := make([]error, p.workers)
	next := make(chan int)
	var all sync.WaitGroup
	for w := range p.workers {
		all.Go(func() {
			for i := range next {
				f, err := b.judge(ctx, sample[i], tests, drills)
				if err != nil {
					errs[w] = errors.Join(errs[w], err)
					continue
				}
				found[i] = &f
				p.say("%s: %s\n\ttests: %s\n\tcatalog: %s (%d reach it)", name, f.Mutant, f.byTest, f.byDrill,
					f.reached)
			}
		})
	}
	for i := range sample {
		if time.Now().After(deadline) || ctx.Err() != nil {
			break
		}
		next <- i
	}
	close(next)
	all.Wait()
	for _, f := range found {
		if f != nil {
			t.findings = append(t.findings, *f)
		}
	}
	if err := errors.Join(errs...); err != nil && ctx.Err() == nil {
		return nil, err
	}
	return t, nil
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
	fmt.Fprintf(p.log, "%s "+format+"\n", append([]any{time.Since(p.began).Round(time.Second)}, args...)...)
}
