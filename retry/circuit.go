package retry

import (
	"math/rand/v2"
	"time"
)

// This file lets attempts pass through a [Breaker], and changes its circuits by their outcomes.

// idle reports whether no circuit has anything to count.
func (b *Breaker) idle() bool { return b == nil || uint32(b.gate.Load()) == 0 }

// quiet reports whether no circuit of a shard has a failure to count. If it reports false, the
// circuit of the key has to be looked at, under its lock.
func (b *Breaker) quiet(at place) bool {
	if b == nil {
		return true
	}
	if rand.Uint32()%64 == 0 { // now and then, because the clock costs more than the rest
		b.sweep(now())
	}
	return b.parts.quiet(at)
}

// allow reports whether an attempt may start, and its ticket. Every attempt that may start is
// recorded at its end.
func (b *Breaker) allow(key string) (t ticket, ok bool) {
	if b == nil {
		return 0, true
	}
	gate := b.gate.Load()
	t = began(gate)
	if uint32(gate) == 0 || b.quiet(placeOf(key)) {
		return t, true
	}
	ok = true
	b.alter(key, false, func(_ *shard[circuit], c *circuit) {
		at := now()
		if c.state == BreakerClosed {
			return
		}
		// A round of probes that takes too long lets another begin.
		if ok = !c.forced; ok && since(&c.since, at) >= b.config.OpenFor {
			c.round, c.since, c.probes = b.rounds.Add(1), at, 0
			if c.state == BreakerOpen {
				c.state, c.first, c.passed = BreakerHalfOpen, c.round, 0
			}
		}
		if ok = ok && c.state == BreakerHalfOpen && c.probes < b.config.Probes; ok {
			c.probes++
			t |= ticket(c.round)
		}
	})
	return t, ok
}

// opensAfter returns how long the circuit of key will let nothing pass.
func (b *Breaker) opensAfter(key string) time.Duration {
	if b.idle() || b.parts.quiet(placeOf(key)) {
		return 0
	}
	in := b.parts.of(key)
	in.mu.Lock()
	defer in.mu.Unlock()
	c := in.values[key]
	switch {
	case c == nil || c.state != BreakerOpen:
		return 0
	case c.forced:
		return 1<<63 - 1
	}
	return b.config.OpenFor - since(&c.since, now())
}

// record takes the outcome of an attempt.
func (b *Breaker) record(key string, class Class, t ticket) {
	failed := class.Retryable() || class == ClassUnknown
	if b == nil || !failed && (b.idle() || b.parts.quiet(placeOf(key))) {
		return
	}
	at := now()
	b.sweep(at)
	b.alter(key, failed, func(_ *shard[circuit], c *circuit) {
		switch c.state {
		case BreakerClosed:
			b.count(key, c, at, class, failed, t)
		case BreakerHalfOpen:
			b.probed(key, c, at, class, failed, t.round())
		}
	})
}

// count adds an attempt to the window of a closed circuit.
func (b *Breaker) count(key string, c *circuit, at time.Duration, class Class, failed bool, t ticket) {
	late := c.closed != 0 && before(t.epoch(), c.closed)
	if late || class == ClassCanceled || !failed && !c.live {
		return
	}
	c.counts.add(at, b.config.Window, failed)
	switch attempts, failures := c.counts.attempts, c.counts.failures; {
	case failures == 0:
		b.calm(key, c)
	case int(attempts) >= b.config.MinAttempts && float64(failures) >= b.config.FailureRatio*float64(attempts):
		c.state, c.since = BreakerOpen, at
		c.counts = sliding{}
		fallthrough
	default:
		b.enliven(key, c)
	}
}

// probed takes the outcome of an attempt while the circuit is half-open. An attempt from before the
// pause says nothing of the server after it. A probe of an earlier round that succeeds late shows
// that the server lives; one that fails late says nothing new.
func (b *Breaker) probed(key string, c *circuit, at time.Duration, class Class, failed bool, round uint32) {
	switch {
	case round == 0 || before(round, c.first):
	case failed && round != c.round:
	case failed:
		c.state, c.since = BreakerOpen, at
	case class == ClassCanceled:
		if round == c.round && c.probes > 0 {
			c.probes-- // a canceled probe has no outcome: another takes its place
		}
	default:
		if c.passed++; c.passed >= b.config.Probes {
			b.close(key, c, at)
		}
	}
}

// close closes a circuit and begins an epoch.
func (b *Breaker) close(key string, c *circuit, at time.Duration) {
	b.calm(key, c)
	closed := uint32(b.gate.Add(1<<32) >> 32)
	*c = circuit{since: at, closed: closed}
}

// enliven and calm add a circuit to the number of those that successes must look at, and take it
// away.
func (b *Breaker) enliven(key string, c *circuit) {
	if !c.live {
		c.live = true
		b.parts.of(key).live.Add(1)
		b.gate.Add(1)
	}
}

func (b *Breaker) calm(key string, c *circuit) {
	if c.live {
		c.live = false
		b.parts.of(key).live.Add(-1)
		b.gate.Add(1<<64 - 1)
	}
}

// remembers is how long a circuit that has closed is kept, so that late failures of attempts that
// began before are known as such.
const remembers = 10 * time.Minute

// sweep drops, at most once a window, the circuits that no longer decide about any attempt.
func (b *Breaker) sweep(at time.Duration) {
	if !b.ready || !b.swept.due(at, b.config.Window) {
		return
	}
	b.parts.each(func(in *shard[circuit], key string, c *circuit) {
		if c.state != BreakerClosed {
			return
		}
		if c.live {
			if c.counts.advance(at, b.config.Window); c.counts.failures > 0 {
				return
			}
			b.calm(key, c)
		}
		if c.closed == 0 || since(&c.since, at) >= remembers {
			delete(in.values, key)
		}
	})
}
