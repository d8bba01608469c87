package scenarios

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/s3chaos/s3chaos/faultproxy"
	"github.com/s3chaos/s3chaos/scenarios/internal/evidence"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

// This file sends the scenario's signals to a program.

// A signaller sends signals to the process group of the program that runs.
type signaller struct {
	w        *world
	list     []script.Signal
	arrivals []*faultproxy.Follower // of each signal that waits for requests; nil: it does not

	mu      sync.Mutex
	program *program
	sent    []Event
}

// newSignaller returns the signaller of a program that has not started. It follows the journal from
// now on, until close.
func newSignaller(w *world, p *program) *signaller {
	s := &signaller{w: w, program: p, list: w.scenario.Signal}
	for _, one := range s.list {
		s.sent = append(s.sent, Event{Text: "signal " + string(one.Send), Line: one.Line})
		var arrivals *faultproxy.Follower
		if one.AfterRequests > 0 {
			arrivals = w.proxy.Journal().Follow()
		}
		s.arrivals = append(s.arrivals, arrivals)
	}
	return s
}

// close ends what newSignaller began.
func (s *signaller) close() {
	for _, f := range s.arrivals {
		if f != nil {
			f.Close()
		}
	}
}

// run sends each signal at its moment, until the context ends.
func (s *signaller) run(ctx context.Context) {
	var all sync.WaitGroup
	defer all.Wait()
	for i := range s.list {
		all.Go(func() {
			if s.await(ctx, &s.list[i], s.arrivals[i]) {
				s.send(i)
			}
		})
	}
}

// await reports whether the moment of a signal came before the context ended.
func (s *signaller) await(ctx context.Context, one *script.Signal, arrivals *faultproxy.Follower) bool {
	if arrivals != nil {
		for seen := 0; seen < one.AfterRequests; {
			r, err := arrivals.Next(ctx)
			if err != nil {
				return false
			}
			if r.Kind == faultproxy.KindExchange && !r.Done {
				seen++
			}
		}
		return true
	}
	begins := s.w.proxy.Started()
	if one.HeldBy != "" {
		begins = s.w.holds.of(one.HeldBy)
	}
	select {
	case <-begins:
	case <-ctx.Done():
		return false
	}
	if one.HeldBy != "" {
		return one.HeldFor == 0 || sleepUntil(ctx, time.Now().Add(one.HeldFor))
	}
	return sleepUntil(ctx, s.w.proxy.Start().Add(one.At))
}

// send sends the signal with that index. A program that has just ended does not get it.
func (s *signaller) send(i int) {
	number := signalNumbers[s.list[i].Send]
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.program.signalled(func(pid int) error { return signalGroup(pid, number) }) {
		s.sent[i].Happened, s.sent[i].At = true, s.w.proxyNow()
	}
}

// again reports whether a signal was sent after which the program runs again.
func (s *signaller) again() bool {
	return s.happened(func(one *script.Signal) bool { return one.RunAgain })
}

// holds reports whether a rule that a signal names holds the exchange.
func (s *signaller) holds(r *faultproxy.Record) bool {
	return slices.ContainsFunc(r.Firings(), func(f faultproxy.Firing) bool {
		return s.w.holds.of(f.Rule) != nil
	})
}

// follow sends the signals that are left to the program that runs now.
func (s *signaller) follow(p *program) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.program = p
	s.sent = append(s.sent, Event{Text: "run again", Happened: true, At: s.w.proxyNow()})
}

// events returns the signals in the order of the file.
func (s *signaller) events() []Event {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Event(nil), s.sent...)
}

// killed reports whether a KILL was sent.
func (s *signaller) killed() bool {
	return s.happened(func(one *script.Signal) bool { return one.Send == script.SignalKill })
}

// happened reports whether a signal of that kind was sent.
func (s *signaller) happened(is func(*script.Signal) bool) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.list {
		if s.sent[i].Happened && is(&s.list[i]) {
			return true
		}
	}
	return false
}

// missed returns a reason for each event that did not happen: the drill proves nothing about it.
func (o *outcome) missed() []Reason {
	var reasons []Reason
	for _, e := range o.events {
		if e.Happened {
			continue
		}
		got := e.unmet
		if got == "" {
			got = fmt.Sprintf("the client ended before, after %s at %s",
				plural(len(requestsOf(o.records)), "request"), evidence.Time(o.ended))
		}
		reasons = append(reasons, Reason{Kind: "unfired", Line: e.Line, Expected: e.Text + " to happen", Got: got})
	}
	return reasons
}
