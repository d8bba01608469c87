package scenarios

import (
	"context"
	"fmt"
	"os/exec"
	"runtime"
	"slices"
	"sync"
	"time"
)

// A strain measures how late the machine runs programs while foreign clients play. On a machine
// with too much to do, a client that is only slow looks like one that hangs.
type strain struct {
	cancel context.CancelFunc
	done   sync.WaitGroup

	mu     sync.Mutex
	wakes  []delay   // of a goroutine that sleeps
	starts []delay   // of a process that does nothing
	last   time.Time // when admits last allowed a program
}

// A lateness returns the mean delay of the machine since a time.
type lateness func(since time.Time) time.Duration

// A delay is a measurement.
type delay struct {
	at   time.Time
	late time.Duration
}

const (
	wakeEvery  = 10 * time.Millisecond // how long the goroutine sleeps
	startEvery = 2 * time.Second       // between two starts of a process
)

// turns is how often a client needs the processor in a drill: for each of 100 requests to send it
// and to receive the response. That many delays may take half the time of the drill at most; else
// the machine decides whether the client is done in time.
const turns = 200

// tooLate returns the delay from which on a machine is too slow to judge a client that must be done
// within the given time.
func tooLate(within time.Duration) time.Duration { return within / (2 * turns) }

// startStrain starts to measure. It calls woken after each sleep of the goroutine.
func startStrain(woken func()) *strain {
	ctx, cancel := context.WithCancel(context.Background())
	s := &strain{cancel: cancel}
	s.done.Go(func() {
		s.every(ctx, wakeEvery, func(slept time.Duration) {
			s.note(&s.wakes, max(0, slept-wakeEvery))
			woken()
		})
	})
	idle, err := exec.LookPath("true")
	if err != nil {
		return s // the wakes have to do
	}
	s.done.Go(func() {
		s.every(ctx, startEvery, func(time.Duration) {
			began := time.Now()
			if exec.CommandContext(ctx, idle).Run() == nil {
				s.note(&s.starts, time.Since(began))
			}
		})
	})
	return s
}

func (s *strain) stop() {
	s.cancel()
	s.done.Wait()
}

// every calls f after each sleep, with the time that the sleep took.
func (s *strain) every(ctx context.Context, d time.Duration, f func(slept time.Duration)) {
	for {
		began := time.Now()
		if rest(ctx, d) != nil {
			return
		}
		f(time.Since(began))
	}
}

func (s *strain) note(list *[]delay, late time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	*list = append(*list, delay{time.Now(), late})
}

// late returns the mean delay since a time: of wakes or of starts, whichever is longer.
func (s *strain) late(since time.Time) time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return max(mean(s.wakes, since), mean(s.starts, since))
}

// Most of the time a program waits, for a back-off or for a server that is silent. So more run at a
// time than the machine has processors, and as many as it can while it keeps up.
const (
	mostPrograms = 48
	keepsUp      = 5 * time.Millisecond   // mean delay up to which one more program may start
	admitEvery   = 200 * time.Millisecond // between two such starts, so that the delay shows the first
)

// fewPrograms returns how many programs may run on any machine, however late it is.
func fewPrograms() int { return max(4, 4*runtime.NumCPU()) }

// admits reports whether one more program may run beside the running ones.
func (s *strain) admits(running int) bool {
	if running < fewPrograms() {
		return true
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	if now.Sub(s.last) < admitEvery || mean(s.wakes, now.Add(-time.Second)) > keepsUp {
		return false
	}
	s.last = now
	return true
}

func mean(list []delay, since time.Time) time.Duration {
	sum, n := time.Duration(0), 0
	for _, d := range slices.Backward(list) {
		if d.at.Before(since) {
			break
		}
		sum, n = sum+d.late, n+1
	}
	return sum / time.Duration(max(1, n))
}

// starved returns a reason if the machine was too slow to judge a client that only took too long:
// reasons holds nothing else that it did wrong.
func (d *drill) starved(o *outcome, reasons []Reason) *Reason {
	if d.options.late == nil || !d.foreign() || o.endless {
		return nil
	}
	for _, r := range reasons {
		late := r.Kind == "hang" || r.Kind == "conformance.within"
		if !late && !(o.hang && (r.Kind == "outcome" || r.Kind == "conformance.outcome")) {
			return nil
		}
	}
	late, bound := d.options.late(d.began), tooLate(o.timeout)
	if late <= bound {
		return nil
	}
	return &Reason{
		Kind: "machine too slow",
		Got: fmt.Sprintf("the client took too long, but the machine ran it %v late on average: want %v or less",
			late.Round(time.Millisecond), bound.Round(time.Millisecond)),
	}
}
