package scenarios

import (
	"context"
	"fmt"
	"os"
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
	wakes  []sample  // delays of a goroutine that sleeps
	starts []sample  // delays of a process that does nothing
	queues []sample  // programs that run or could run
	last   time.Time // when admits last allowed a program
}

// A straining returns what strained the machine since a time.
type straining func(since time.Time) load

// load is the means of measurements.
type load struct {
	late  time.Duration // from when a program could run until it ran
	queue float64       // programs that run or could run, for each processor; 0: not known
}

// A sample is a measurement: a delay in nanoseconds or a number of programs.
type sample struct {
	at    time.Time
	value float64
}

const (
	wakeEvery  = 10 * time.Millisecond // how long the goroutine sleeps
	countEvery = 10                    // wakes between two counts of the programs that could run
	startEvery = 2 * time.Second       // between two starts of a process
)

// turns is how often a client needs the processor in a drill: for each of 100 requests to send it
// and to receive the response. That many delays may take half the time of the drill at most; else
// the machine decides whether the client is done in time.
const turns = 200

// tooLate returns the delay from which on a machine is too slow to judge a client that must be done
// within the given time.
func tooLate(within time.Duration) time.Duration { return within / (2 * turns) }

// maxQueue is how many programs for each processor a machine may have to run when it is to judge a
// client that must be done within a time. A program that mostly sleeps is woken without delay even
// on a crowded machine, but a client that starts an interpreter takes so many times as long.
const maxQueue = 4

// startStrain starts to measure. It calls woken after each sleep of the goroutine.
func startStrain(woken func()) *strain {
	ctx, cancel := context.WithCancel(context.Background())
	s := &strain{cancel: cancel}
	s.done.Go(func() {
		n := 0
		s.every(ctx, wakeEvery, func(slept time.Duration) {
			s.note(&s.wakes, float64(max(0, slept-wakeEvery)))
			if n++; n%countEvery == 0 {
				s.count()
			}
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
				s.note(&s.starts, float64(time.Since(began)))
			}
		})
	})
	return s
}

// Measure measures how late the machine runs programs, until ctx ends. Drills with these options,
// or with copies of them, then do not judge a program that only took too long on a machine with too
// much to do: their verdict is error. [RunEach] measures by itself.
func (o *Options) Measure(ctx context.Context) {
	s := startStrain(func() {})
	o.strain = s.since
	context.AfterFunc(ctx, s.stop)
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

func (s *strain) note(list *[]sample, value float64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	*list = append(*list, sample{time.Now(), value})
}

// count counts the programs that run or could run, apart from this one. Linux tells their number,
// in the fourth field of /proc/loadavg (proc_loadavg(5)); elsewhere it is not known.
func (s *strain) count() {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return
	}
	var mean float64
	var running int
	if _, err := fmt.Sscanf(string(text), "%f %f %f %d/", &mean, &mean, &mean, &running); err != nil {
		return
	}
	s.note(&s.queues, float64(max(0, running-1)))
}

// since returns the load since a time. Its delay is that of wakes or of starts, whichever is
// longer.
func (s *strain) since(t time.Time) load {
	s.mu.Lock()
	defer s.mu.Unlock()
	return load{late: max(delay(s.wakes, t), delay(s.starts, t)), queue: perProcessor(s.queues, t)}
}

// delay returns the mean of delays since a time.
func delay(list []sample, since time.Time) time.Duration { return time.Duration(mean(list, since)) }

// perProcessor returns the mean of numbers of programs since a time, for each processor.
func perProcessor(list []sample, since time.Time) float64 {
	return mean(list, since) / float64(runtime.NumCPU())
}

// mean returns the mean of the samples since a time, and 0 if there are none.
func mean(list []sample, since time.Time) float64 {
	sum, n := 0.0, 0
	for _, s := range slices.Backward(list) {
		if s.at.Before(since) {
			break
		}
		sum, n = sum+s.value, n+1
	}
	return sum / float64(max(1, n))
}

// cannotJudge says why a machine with this load cannot judge a client that must be done within the
// given time, or returns "".
func (l load) cannotJudge(within time.Duration) string {
	if bound := tooLate(within); l.late > bound {
		return fmt.Sprintf("the machine ran it %v late on average: want %v or less",
			l.late.Round(time.Millisecond), bound.Round(time.Millisecond))
	}
	if l.queue > maxQueue {
		return fmt.Sprintf("the machine had %.1f programs to run for each processor on average: want %d or fewer",
			l.queue, maxQueue)
	}
	return ""
}

// starved returns a reason if the machine was too slow to judge a client that only took too long:
// reasons holds nothing else that it did wrong.
func (d *drill) starved(o *outcome, reasons []Reason) *Reason {
	if d.options.strain == nil || !d.foreign() && o.program == nil || o.endless {
		return nil
	}
	for _, r := range reasons {
		late := r.Kind == "hang" || r.Kind == "conformance.within"
		if !late && !(o.hang && (r.Kind == "outcome" || r.Kind == "conformance.outcome")) {
			return nil
		}
	}
	why := d.options.strain(d.began).cannotJudge(o.timeout)
	if why == "" {
		return nil
	}
	return &Reason{Kind: "machine too slow", Got: "the client took too long, but " + why}
}
