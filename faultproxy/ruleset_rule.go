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
	id      int // from 1, never used again, not by Replace either
	label   string
	fault   string // its text, for the journal
	matcher matcher
	filter  filter
	chooser chooser // nil: the fault takes every request
	off     bool
	gone    chan struct{} // closed when the rule is removed or disabled
	*counts
}

// mark records the rule in the journal as the one that acts.
func (a *activeRule) mark(e *journal.Entry) { e.SetRule(a.label, a.fault) }

type counts struct {
	matched atomic.Int64
	fired   atomic.Int64
	idle    atomic.Int64 // requests in which the fault found nothing to act on
	outside atomic.Int64 // requests that came outside of the rule's window
	state   any          // the fault's own, nil when it has none
}

func newCounts(f Fault) *counts {
	c := &counts{}
	if sf, ok := f.(stateful); ok {
		c.state = sf.newState()
	}
	return c
}

// release lets go of what the rule holds when next, which takes its place, no longer would; nil:
// nothing takes it.
func (a *activeRule) release(next *activeRule) {
	if !a.off && (next == nil || next.off) {
		close(a.gone)
	}
}

// fires decides for a request that matches, and counts.
func (a *activeRule) fires(seed uint64, r *s3api.Request, at time.Duration) bool {
	if !a.During.contains(at) {
		a.outside.Add(1)
		return false
	}
	if a.chooser != nil && a.spent() {
		return false // do not disturb the fault's state
	}
	if a.chooser != nil && !a.chooser.applies(r, at, a.state) {
		a.idle.Add(1)
		return false
	}
	if a.matched.Add(1) <= int64(a.After) {
		return false
	}
	if p := a.Probability; p != nil && identity.Draw(seed, uint64(a.id), r.IdentityHash, r.Nth) >= *p {
		return false
	}
	return a.count()
}

// count counts a firing, unless there were as many as there may be.
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

func (a *activeRule) spent() bool { return a.Times != 0 && a.fired.Load() >= int64(a.Times) }
