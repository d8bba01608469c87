package retry

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// BreakerConfig says when a [Breaker] opens and closes. The zero value opens
// when at least half of at least 10 attempts within 10 s failed, for 5 s.
type BreakerConfig struct {
	// Window is how long attempts are counted; it begins with a failure. 0 means 10 s.
	Window time.Duration
	// FailureRatio opens the breaker, above 0 and at most 1; 0 means 0.5.
	FailureRatio float64
	// MinAttempts is how many attempts the window must hold before it can open; 0 means 10.
	MinAttempts int
	// OpenFor is how long nothing passes; 0 means 5 s.
	OpenFor time.Duration
	// Probes is how many attempts may pass after that; when all succeed the
	// breaker closes, when one fails it opens again. 0 means 1.
	Probes int
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

// Breaker stops attempts at a server that fails, so that callers fail at once
// and the server gets rest. Transient faults, throttling and timeouts count as
// failures; every other answer shows a living server. Each [Call.Key] has a
// circuit of its own.
//
// The window of a circuit opens with its first failure and, once over, is
// forgotten. So while nothing fails, a success costs one atomic load.
//
// A Breaker is safe for concurrent use, by several Retryers too. The zero
// Breaker never opens.
type Breaker struct {
	config BreakerConfig

	busy  atomic.Int64 // circuits that exist
	mu    sync.Mutex
	parts map[string]*circuit
	sweep time.Duration // when to look next for circuits whose window is over
	round uint64        // number of the newest round of probes, of whatever circuit
}

// circuit is the breaker of one key from its first failure on.
type circuit struct {
	state            BreakerState
	since            time.Duration // when the window, the pause or the round of probes began
	attempts, failed int           // in the window
	round            uint64        // of probes
	probes, passed   int           // in it
}

// NewBreaker returns a closed Breaker. A config that makes no sense is refused
// with every mistake in it named.
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
	return &Breaker{config: c, parts: make(map[string]*circuit), sweep: now()}, nil
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
	return b.States()[key]
}

// States returns the circuits that are not closed, by key.
func (b *Breaker) States() map[string]BreakerState {
	b.mu.Lock()
	defer b.mu.Unlock()
	states := make(map[string]BreakerState)
	for key, c := range b.parts {
		switch {
		case c.state == BreakerOpen && now()-c.since >= b.config.OpenFor:
			states[key] = BreakerHalfOpen
		case c.state != BreakerClosed:
			states[key] = c.state
		}
	}
	return states
}

// idle reports whether no circuit has anything to count.
func (b *Breaker) idle() bool { return b == nil || b.busy.Load() == 0 }

// allow reports whether an attempt may start, and the round of probes that it
// then belongs to; 0 is none. Every attempt that may start is recorded at its
// end.
func (b *Breaker) allow(key string) (round uint64, ok bool) {
	if b.idle() {
		return 0, true
	}
	at := now()
	b.mu.Lock()
	defer b.mu.Unlock()
	b.forget(at)
	c := b.parts[key]
	if c == nil || c.state == BreakerClosed {
		return 0, true
	}
	// A round of probes that never reported is as good as a pause that is over.
	if at-c.since >= b.config.OpenFor {
		b.round++
		*c = circuit{state: BreakerHalfOpen, since: at, round: b.round}
	}
	if c.state == BreakerOpen || c.probes >= b.config.Probes {
		return 0, false
	}
	c.probes++
	return c.round, true
}

// opensAfter returns how long the circuit of key will let nothing pass.
func (b *Breaker) opensAfter(key string) time.Duration {
	if b.idle() {
		return 0
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if c := b.parts[key]; c != nil && c.state == BreakerOpen {
		return b.config.OpenFor - (now() - c.since)
	}
	return 0
}

// record takes the outcome of an attempt of a round of probes, or of none.
func (b *Breaker) record(key string, class Class, round uint64) {
	failed := class.Retryable()
	if b == nil || b.parts == nil || !failed && b.busy.Load() == 0 {
		return
	}
	at := now()
	b.mu.Lock()
	defer b.mu.Unlock()
	c := b.parts[key]
	if c == nil {
		if !failed {
			return
		}
		c = &circuit{since: at}
		b.parts[key] = c
		b.busy.Add(1)
	}
	switch c.state {
	case BreakerClosed:
		b.count(key, c, at, class, failed)
	case BreakerHalfOpen:
		switch {
		case round != c.round: // it began before the pause and knows nothing newer
		case failed:
			*c = circuit{state: BreakerOpen, since: at}
		case class == ClassCanceled:
			c.probes = max(c.probes-1, c.passed) // it told nothing: another may go
		default:
			if c.passed++; c.passed >= b.config.Probes {
				b.drop(key)
			}
		}
	}
}

// count adds an attempt to the window of a closed circuit.
func (b *Breaker) count(key string, c *circuit, at time.Duration, class Class, failed bool) {
	if at-c.since >= b.config.Window {
		if !failed {
			b.drop(key)
			return
		}
		*c = circuit{since: at}
	}
	if class == ClassCanceled {
		return
	}
	c.attempts++
	if !failed {
		return
	}
	c.failed++
	if c.attempts >= b.config.MinAttempts && float64(c.failed) >= b.config.FailureRatio*float64(c.attempts) {
		*c = circuit{state: BreakerOpen, since: at}
	}
}

// drop makes the circuit of key as if it had never failed.
func (b *Breaker) drop(key string) {
	delete(b.parts, key)
	b.busy.Add(-1)
}

// forget drops, once a window, the closed circuits whose window is over, so
// that keys never asked for again take no memory and cost no time.
func (b *Breaker) forget(at time.Duration) {
	if at < b.sweep {
		return
	}
	b.sweep = at + b.config.Window
	for key, c := range b.parts {
		if c.state == BreakerClosed && at-c.since >= b.config.Window {
			b.drop(key)
		}
	}
}
