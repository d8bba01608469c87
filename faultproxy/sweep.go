package faultproxy

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/s3chaos/s3chaos/faultproxy/internal/wire"
)

// sweepEvery is the time between two sweeps.
const sweepEvery = 20 * time.Millisecond

// sweeper rings alarms one to two sweeps after they were set. It starts the watches of exchanges
// and interrupts raw connections. Most waits end before their alarm rings, and a timer for each
// would cost more than the rest of the exchange. While no alarm is set, the sweeper sleeps.
type sweeper struct {
	p     *Proxy
	once  sync.Once // the first Serve starts run
	tick  atomic.Uint32
	awake atomic.Bool
	wake  chan struct{}
	over  chan struct{} // closed when the proxy closes and no connection is left
}

func newSweeper(p *Proxy) *sweeper {
	return &sweeper{p: p, wake: make(chan struct{}, 1), over: make(chan struct{})}
}

// Set sets an alarm. It rings after one to two sweeps.
func (s *sweeper) Set(a *wire.Alarm) {
	a.Set(s.tick.Load())
	if !s.awake.Load() && s.awake.CompareAndSwap(false, true) {
		s.wake <- struct{}{}
	}
}

// run sweeps until the proxy is closed and has no connections left.
func (s *sweeper) run() {
	for {
		select {
		case <-s.wake:
		case <-s.over:
			return
		}
		for s.sweep() {
			select {
			case <-time.After(sweepEvery):
			case <-s.over:
				return
			}
		}
	}
}

// sweep rings the alarms that are due. It returns false if the sweeper has gone to sleep.
func (s *sweeper) sweep() bool {
	if s.ring(s.tick.Add(1)) {
		return true
	}
	s.awake.Store(false)
	// An alarm that was set before that store found the sweeper awake, so it is rung here.
	if !s.ring(s.tick.Load()) {
		return false
	}
	if s.awake.CompareAndSwap(false, true) {
		return true
	}
	return false // another goroutine has woken the sweeper
}

// ring rings the alarms that are due, and reports whether any alarm is set.
func (s *sweeper) ring(tick uint32) (due bool) {
	overdue := func(a *wire.Alarm) bool {
		set, over := a.Due(tick)
		due = due || set
		return over
	}
	s.p.mu.Lock()
	defer s.p.mu.Unlock()
	for c := range s.p.live {
		if w := &c.watch; overdue(&w.alarm) && w.alarm.Ring() {
			go w.run()
		}
		for _, t := range c.rawConns() {
			if t != nil && overdue(&t.Alarm) {
				t.Interrupt()
			}
		}
	}
	return due
}

// alarms returns the sweeper, or nil under virtual time, where connections are not TCP.
func (p *Proxy) alarms() wire.Alarms {
	if p.cfg.IdentityLatency {
		return nil
	}
	return p.sweeper
}
