package retry

import (
	"errors"
	"fmt"
	"sync/atomic"
	"time"
)

// BreakerConfig says when a [Breaker] opens and closes. The zero value opens when at least half of
// at least 10 attempts within 10 s failed, for 5 s.
type BreakerConfig struct {
	// Window is how long an attempt is counted, to a tenth of it. It slides; 0 means 10 s.
	Window time.Duration
	// FailureRatio opens the breaker, above 0 and at most 1; 0 means 0.5.
	FailureRatio float64
	// MinAttempts is how many attempts the window must hold before it can open; 0 means 10.
	MinAttempts int
	// OpenFor is how long no attempt passes; 0 means 5 s.
	OpenFor time.Duration
	// Probes is how many attempts may pass after that; when so many have succeeded the breaker
	// closes, when one fails it opens again. If they take longer than OpenFor, as many more may
	// pass; a success of the earlier ones still counts. 0 means 1.
	Probes int
	// OnChange is told of each change of a circuit's state, from the goroutine that caused it and
	// with no lock held. It must be safe for concurrent use; nil means no callback.
	OnChange func(key string, from, to BreakerState)
}

// BreakerState is closed, open or half-open.
type BreakerState uint8

const (
	// BreakerClosed lets everything pass.
	BreakerClosed BreakerState = iota
	// BreakerHalfOpen lets some attempts pass to see how the server is.
	BreakerHalfOpen
	// BreakerOpen lets nothing pass.
	BreakerOpen
)

// String returns the state's name.
func (s BreakerState) String() string {
	switch s {
	case BreakerClosed:
		return "closed"
	case BreakerHalfOpen:
		return "half-open"
	case BreakerOpen:
		return "open"
	}
	return "invalid"
}

// Breaker stops attempts at a server that fails, so that callers fail at once and the server can
// recover. Transient faults, throttling, timeouts, errors of an unknown kind and panics count as
// failures; every other outcome shows that the server works. Each [Call.Key] has a circuit of its
// own.
//
// A circuit counts from its first failure on. So while nothing fails, a success costs one atomic
// load, and while only other keys fail, two.
//
// A Breaker is safe for concurrent use, by several Retryers too. The zero Breaker never opens.
type Breaker struct {
	config BreakerConfig
	ready  bool

	// gate holds the number of live circuits in its lower half and the epoch in its upper half. The
	// epoch grows whenever a circuit closes, so that a late failure of an attempt that began before
	// can be told from a new one.
	gate   atomic.Uint64
	rounds atomic.Uint32 // number of the newest round of probes, of whatever circuit
	parts  shards[circuit]
	swept  sweeper
}

// ticket says when an attempt began: the epoch in the upper half, and in the lower half the round
// of probes it belongs to, 0 if to none.
type ticket uint64

// began is the ticket of an attempt that begins while the gate says so.
func began(gate uint64) ticket { return ticket(gate &^ (1<<32 - 1)) }

func (t ticket) epoch() uint32 { return uint32(t >> 32) }
func (t ticket) round() uint32 { return uint32(t) }

// before reports whether a comes before b, for numbers that may wrap around.
func before(a, b uint32) bool { return int32(a-b) < 0 }

// circuit is the breaker of one key.
type circuit struct {
	state  BreakerState
	live   bool          // counted in the gate
	forced bool          // open until Reset
	since  time.Duration // when the pause or the round of probes began, or when it closed
	counts sliding       // while closed
	closed uint32        // the epoch that began when it closed

	first, round   uint32 // rounds of probes since it opened: the first and the newest
	probes, passed int    // attempts of the newest round; successes since the first
}

// NewBreaker returns a closed Breaker. A config that makes no sense is refused with every mistake
// in it named.
func NewBreaker(c BreakerConfig) (*Breaker, error) {
	var problems []error
	bad := func(wrong bool, format string, args ...any) {
		if wrong {
			problems = append(problems, fmt.Errorf("retry: breaker "+format, args...))
		}
	}
	bad(c.Window < 0, "Window is %v: want 0 or more", c.Window)
	bad(!(c.FailureRatio >= 0 && c.FailureRatio <= 1), "FailureRatio is %v: want 0 to 1", c.FailureRatio)
	bad(c.MinAttempts < 0, "MinAttempts is %d: want 1 or more, or 0 for 10", c.MinAttempts)
	bad(c.OpenFor < 0, "OpenFor is %v: want 0 or more", c.OpenFor)
	bad(c.Probes < 0, "Probes is %d: want 1 or more, or 0 for 1", c.Probes)
	c.Window = orDefault(c.Window, 10*time.Second)
	c.FailureRatio = orDefault(c.FailureRatio, 0.5)
	c.MinAttempts = orDefault(c.MinAttempts, 10)
	c.OpenFor = orDefault(c.OpenFor, 5*time.Second)
	c.Probes = orDefault(c.Probes, 1)
	if len(problems) > 0 {
		return nil, errors.Join(problems...)
	}
	return &Breaker{config: c, ready: true}, nil
}

func orDefault[T comparable](value, fallback T) T {
	var zero T
	if value == zero {
		return fallback
	}
	return value
}

// State returns the state of key's circuit. An open one whose pause is over is half-open.
func (b *Breaker) State(key string) BreakerState {
	in := b.parts.of(key)
	in.mu.Lock()
	defer in.mu.Unlock()
	if c := in.values[key]; c != nil {
		return b.seen(c, now())
	}
	return BreakerClosed
}

// States returns the circuits that are not closed, by key.
func (b *Breaker) States() map[string]BreakerState {
	at := now()
	states := make(map[string]BreakerState)
	b.parts.each(func(_ *shard[circuit], key string, c *circuit) {
		if state := b.seen(c, at); state != BreakerClosed {
			states[key] = state
		}
	})
	return states
}

// seen is the state of a circuit as callers see it. The lock of its shard is held.
func (b *Breaker) seen(c *circuit, at time.Duration) BreakerState {
	if c.state == BreakerOpen && !c.forced && since(&c.since, at) >= b.config.OpenFor {
		return BreakerHalfOpen
	}
	return c.state
}

// ForceOpen opens the circuit of key until [Breaker.Reset]: no attempt passes and no probe. The
// zero Breaker ignores it.
func (b *Breaker) ForceOpen(key string) {
	b.alter(key, true, func(_ *shard[circuit], c *circuit) {
		c.state, c.forced, c.since = BreakerOpen, true, now()
		b.enliven(key, c)
	})
}

// Reset closes the circuit of key, whatever it has counted. Attempts that began before count no
// more.
func (b *Breaker) Reset(key string) {
	b.alter(key, false, func(_ *shard[circuit], c *circuit) { b.close(key, c, now()) })
}

// alter changes the circuit of key under its lock, then tells OnChange. If the key has no circuit,
// alter makes one if create is set, and otherwise does nothing.
func (b *Breaker) alter(key string, create bool, change func(in *shard[circuit], c *circuit)) {
	if !b.ready {
		return
	}
	in := b.parts.of(key)
	in.mu.Lock()
	c := in.values[key]
	if c == nil {
		if !create {
			in.mu.Unlock()
			return
		}
		c = &circuit{}
		in.put(key, c)
	}
	from := c.state
	change(in, c)
	to := c.state
	in.mu.Unlock()
	if from != to && b.config.OnChange != nil {
		b.config.OnChange(key, from, to)
	}
}
