package faultproxy

import (
	"sync/atomic"
	"time"

	"github.com/s3chaos/s3chaos/faultproxy/internal/identity"
	"github.com/s3chaos/s3chaos/faultproxy/internal/s3api"
	"github.com/s3chaos/s3chaos/faultproxy/journal"
)

// activeRule is a rule with its counts.
type activeRule struct {
	Rule
	id      int // from 1, never used for another rule
	label   string
	fault   string // text of the fault, for the journal
	matcher matcher
	filter  filter
	chooser chooser // nil: the fault accepts every request
	window  Window  // During in scenario time
	off     bool
	gone    chan struct{} // closed when the rule is removed or disabled
	*counts
}

// firing returns the rule as the journal names it.
func (a *activeRule) firing() journal.Firing { return journal.Firing{Rule: a.label, Fault: a.fault} }

type counts struct {
	matched atomic.Int64
	fired   atomic.Int64
	idle    atomic.Int64 // requests in which the fault found nothing to act on
	outdone atomic.Int64 // requests that were over before the fault could act
	outside atomic.Int64 // requests that matched outside of the rule's window
	state   any          // of a stateful fault; nil: the fault has none
}

func newCounts(f Fault) *counts {
	c := &counts{}
	if sf, ok := f.(stateful); ok {
		c.state = sf.newState()
	}
	return c
}

// release ends the waits of the rule's exchanges if the rule is disabled or removed. next replaces
// the rule; nil means that the rule is removed.
func (a *activeRule) release(next *activeRule) {
	if !a.off && (next == nil || next.off) {
		close(a.gone)
	}
}

// fires reports whether the rule acts on this request, which matches, and counts it.
func (a *activeRule) fires(seed uint64, r *s3api.Request, at time.Duration) bool {
	if !a.window.contains(at) {
		a.outside.Add(1)
		return false
	}
	if a.chooser != nil && a.spent() {
		return false // without a call of applies, which changes the fault's state
	}
	if a.chooser != nil && !a.chooser.applies(r, at, a.state) {
		a.idle.Add(1)
		return false
	}
	if a.matched.Add(1) <= int64(a.After) {
		return false
	}
	if p := a.Probability; p != nil && a.drawn(seed, r) >= *p {
		return false
	}
	return a.count()
}

// drawn returns the number in [0, 1) that decides whether a rule with a probability fires.
func (a *activeRule) drawn(seed uint64, r *s3api.Request) float64 {
	switch {
	case a.Per == PerConnection && r.Connection != 0:
		return identity.Draw(seed, uint64(a.id), r.Connection, 0)
	case a.Per == PerKey:
		key := identity.FNV1a(identity.FNV1a(identity.FNV1a(identity.FNVOffset, r.Bucket), "/"), r.Key)
		return identity.Draw(seed, uint64(a.id), key, 0)
	}
	return identity.Draw(seed, uint64(a.id), r.IdentityHash, r.Nth)
}

// count counts a firing, and returns false if the rule has fired as often as it may.
func (a *activeRule) count() bool {
	if a.Times == 0 {
		a.fired.Add(1)
		return true
	}
	for {
		n := a.fired.Load()
		if n >= int64(a.Times) {
			return false
		}
		if a.fired.CompareAndSwap(n, n+1) {
			return true
		}
	}
}

// unfire takes back a firing because the fault has not acted. outdone is set if another rule or the
// client ended the exchange before it could.
func (a *activeRule) unfire(outdone bool) {
	a.fired.Add(-1)
	if outdone {
		a.outdone.Add(1)
	} else {
		a.idle.Add(1)
	}
}

func (a *activeRule) spent() bool { return a.Times != 0 && a.fired.Load() >= int64(a.Times) }
