package proxy

// The rounds of measurements.

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"
)

// Options says what to measure and how long. The zero value measures one round, with one request on
// each connection.
type Options struct {
	// Rounds is the number of rounds; 0 means 1.
	Rounds int
	// Slice is how long a contender serves a workload in a round; 0 means that Requests decides.
	Slice time.Duration
	// Requests is the number of requests if Slice is 0; 0 means one for each connection.
	Requests int
	// Contenders and Workloads select what Run measures; nil means all.
	Contenders []string
	Workloads  []Workload
	// Profile names the contender whose processor profile Run writes to the file ProfileTo; ""
	// means no profile.
	Profile, ProfileTo string
	// Progress receives a line for every round; it may be nil.
	Progress io.Writer
	// Raw receives a line for every measurement, in the format of go test -bench; it may be nil.
	Raw io.Writer
}

// Results holds the outcomes of all rounds.
type Results struct {
	Contenders []string
	Workloads  []Workload
	outcomes   map[string]map[string][]Outcome // by workload, contender and round
}

// Run measures all rounds. It returns an error when ctx ends or a contender sends a wrong response.
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
	r := &Results{
		Contenders: opts.Contenders, Workloads: opts.Workloads, outcomes: map[string]map[string][]Outcome{},
	}
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

// order returns the sequence of the contenders in a round. The first contender changes, and every
// second round runs backwards, so that no contender always follows the same one.
func order(names []string, round int) []string {
	names = slices.Clone(names)
	k := round / 2 % len(names)
	names = slices.Concat(names[k:], names[:k])
	if round%2 == 1 {
		slices.Reverse(names)
	}
	return names
}

// measure measures one workload on one contender.
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
