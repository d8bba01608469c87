package faultproxy

import (
	"time"

	"github.com/s3chaos/s3chaos/faultproxy/internal/s3api"
)

// pick returns the rules that fire for the request at that scenario time, and counts the firings.
// It appends those with chain to chained, up to the first rule without chain, and returns that
// rule, or nil.
func (s *RuleSet) pick(r *s3api.Request, at time.Duration, chained []shaping) (*activeRule, []shaping) {
	p := s.now.Load()
	one, all := &p.byOperation[r.Op], &p.general
	if len(one.rules)+len(all.rules) == 0 {
		return nil, chained
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
			return nil, chained
		}
		if a.matcher.matches(r) && a.fires(s.seed, r, at) {
			if !a.Chain {
				return a, chained
			}
			chained = append(chained, shaping{activeRule: a})
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
