package proxy

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"
)

// Options says how long to measure. The zero value is one round of one request each.
type Options struct {
	// Rounds is how often everything is measured; 0: once.
	Rounds int
	// Slice is how long one contender serves one workload in a round; 0: Requests are sent instead.
	Slice time.Duration
	// Requests is how many requests a slice has when Slice is 0; 0: one for each connection.
	Requests int
	// Contenders and Workloads are those that take part; nil: all.
	Contenders []string
	Workloads  []Workload
	// Profile names a contender whose processor time is profiled into the file ProfileTo, the whole run long; "": none.
	Profile, ProfileTo string
	// Progress is told of every round; nil: nobody.
	Progress io.Writer
	// Raw gets a line for every slice, as go test -bench prints it; nil: nobody.
	Raw io.Writer
}

// Results are the outcomes of all rounds.
type Results struct {
	Contenders []string
	Workloads  []Workload
	outcomes   map[string]map[string][]Outcome // by workload, contender and round
}

// Run measures. It ends early, with an error, when ctx ends or a contender gives a wrong answer.
func Run(ctx context.Context, opts Options) (_ *Results, err error) {
	if opts.Contenders == nil {
		opts.Contenders = Contenders
	}
	if opts.Workloads == nil {
		opts.Workloads = Workloads
	}
	f, err := startField(ctx, opts.Contenders)
	if err != nil {
		return nil, err
	}
	defer f.stop()
	if p := f.proxies[opts.Profile]; p != nil {
		if _, err := p.ask("profile " + opts.ProfileTo); err != nil {
			return nil, fmt.Errorf("profile: %w", err)
		}
		defer func() {
			_, stopErr := p.ask("profile")
			err = errors.Join(err, stopErr)
		}()
	}
	r := &Results{Contenders: opts.Contenders, Workloads: opts.Workloads, outcomes: map[string]map[string][]Outcome{}}
	for _, w := range opts.Workloads {
		r.outcomes[w.Name] = map[string][]Outcome{}
	}
	for round := range max(1, opts.Rounds) {
		if opts.Progress != nil {
			fmt.Fprintf(opts.Progress, "round %d of %d\n", round+1, max(1, opts.Rounds))
		}
		for i, w := range opts.Workloads {
			for _, name := range order(opts.Contenders, round+i) {
				if err := ctx.Err(); err != nil {
					return nil, err
				}
				out, err := f.measure(name, w, opts)
				if err != nil {
					return nil, fmt.Errorf("%s: %s: %w", w.Name, name, err)
				}
				r.outcomes[w.Name][name] = append(r.outcomes[w.Name][name], out)
				if opts.Raw != nil {
					writeRaw(opts.Raw, w, name, out)
				}
			}
		}
	}
	return r, nil
}

// order is the sequence of the contenders in a round: it begins with another one each time, and every other time it runs
// backwards, so that nobody always follows the same neighbour.
func order(names []string, round int) []string {
	names = slices.Clone(names)
	k := round / 2 % len(names)
	names = slices.Concat(names[k:], names[:k])
	if round%2 == 1 {
		slices.Reverse(names)
	}
	return names
}

// measure lets a contender serve a workload once.
func (f *field) measure(name string, w Workload, opts Options) (Outcome, error) {
	p := f.proxies[name]
	requests := opts.Requests
	if requests == 0 {
		requests = w.Conns
	}
	var before time.Duration
	out, err := w.play(p.addr, opts.Slice, requests, func() (err error) {
		before, err = p.cpu()
		return err
	})
	if err != nil {
		return out, err
	}
	after, err := p.cpu()
	out.CPU = after - before
	return out, err
}
