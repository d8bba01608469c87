package faultproxy

import (
	"time"

	"github.com/s3chaos/s3chaos/faultproxy/internal/s3api"
)

// pick returns the rule that fires for the request at that scenario time, and counts the firing. It
// returns nil if no rule fires.
func (s *RuleSet) pick(r *s3api.Request, at time.Duration) *activeRule {
	p := s.now.Load()
	one, all := &p.byOperation[r.Op], &p.general
	if len(one.rules)+len(all.rules) == 0 {
		return nil
	}
	asked := filterOf(r)
	for i, k := one.next(0, &asked), all.next(0, &asked); ; {
		var a *activeRule
		switch {
		case i < len(one.rules) && (k == len(all.rules) || one.places[i] < all.places[k]):
			a, i = one.rules[i], one.next(i+1, &asked)
		case k < len(all.rules):
			a, k = all.rules[k], all.next(k+1, &asked)
		default:
			return nil
		}
		if a.matcher.matches(r) && a.fires(s.seed, r, at) {
			return a
		}
	}
}

// pickConnection returns the rule for connections that fires at this stage, or nil. r is the
// request that needs the connection, as far as it is known.
func (s *RuleSet) pickConnection(at stage, r *s3api.Request, now time.Duration) *activeRule {
	for _, a := range s.now.Load().connections {
		if a.Fault.traits().stage == at && a.fires(s.seed, r, now) {
			return a
		}
	}
	return nil
}

// mayActAt reports whether a rule for connections could fire at this stage now. If it returns
// false, a dial needs no identity latency.
func (s *RuleSet) mayActAt(at stage, now time.Duration) bool {
	for _, a := range s.now.Load().connections {
		if a.Fault.traits().stage == at && a.window.contains(now) && !a.spent() {
			return true
		}
	}
	return false
}
