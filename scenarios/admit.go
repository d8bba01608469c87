package scenarios

import (
	"runtime"
	"time"
)

// Most of the time a program waits, for a back-off or for a server that is silent. So more run at a
// time than the machine has processors, and as many as it can while it keeps up.
const (
	mostPrograms = 48
	keepsUp      = 5 * time.Millisecond   // mean delay up to which one more program may start
	shortQueue   = 1.5                    // mean number of programs for each processor, likewise
	admitEvery   = 200 * time.Millisecond // between two such starts, so that the load shows the first
)

// fewPrograms returns how many programs may run on any machine, however strained it is.
func fewPrograms() int { return max(4, 2*runtime.NumCPU()) }

// admits reports whether one more program may run beside the running ones.
func (s *strain) admits(running int) bool {
	if running < fewPrograms() {
		return true
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	recent := now.Add(-time.Second)
	if now.Sub(s.last) < admitEvery || delay(s.wakes, recent) > keepsUp || perProcessor(s.queues, recent) > shortQueue {
		return false
	}
	s.last = now
	return true
}
