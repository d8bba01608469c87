package faultproxy

import (
	"sync"
	"sync/atomic"
	"time"
)

// sweepEvery is the pause between two sweeps.
const sweepEvery = 20 * time.Millisecond

// sweeper begins the watches of exchanges that have waited for the upstream for one to two pauses: most are answered
// before, and a timer for each would cost more than the rest of the exchange. While nothing is due it sleeps.
type sweeper struct {
	p     *Proxy
	once  sync.Once // run is started by the first Serve
	tick  atomic.Uint32
	awake atomic.Bool
	wake  chan struct{}
}

func newSweeper(p *Proxy) *sweeper { return &sweeper{p: p, wake: make(chan struct{}, 1)} }

// add makes a watch due.
func (s *sweeper) add(w *watch) {
	w.since.Store(s.tick.Load())
	w.state.Store(watchDue)
	if !s.awake.Load() && s.awake.CompareAndSwap(false, true) {
		s.wake <- struct{}{}
	}
}

// run sweeps until the proxy closes.
func (s *sweeper) run() {
	for {
		select {
		case <-s.wake:
		case <-s.p.closing:
			return
		}
		for s.sweep() {
			select {
			case <-time.After(sweepEvery):
			case <-s.p.closing:
				return
			}
		}
	}
}

// sweep reports whether there was anything to do: else the sweeper has gone to sleep.
func (s *sweeper) sweep() bool {
	if s.begin(s.tick.Add(1)) {
		return true
	}
	s.awake.Store(false)
	// What became due before that store saw the sweeper awake.
	if !s.begin(s.tick.Load()) {
		return false
	}
	if s.awake.CompareAndSwap(false, true) {
		return true
	}
	return false // somebody has woken it
}

// begin starts the watches that have been due since before the last sweep, and reports whether any is due.
func (s *sweeper) begin(tick uint32) (due bool) {
	s.p.mu.Lock()
	defer s.p.mu.Unlock()
	for c := range s.p.live {
		w := &c.watch
		if w.state.Load() != watchDue {
			continue
		}
		due = true
		if tick-w.since.Load() >= 2 && w.state.CompareAndSwap(watchDue, watchOn) {
			go w.run()
		}
	}
	return due
}
