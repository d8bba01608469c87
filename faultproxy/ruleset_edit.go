package faultproxy

import (
	"fmt"
	"slices"
)

// Insert adds a rule before the rule with the id before, and returns its id. Its error is that of
// Add, or ErrNoRule if there is no rule before.
func (s *RuleSet) Insert(before int, r Rule) (id int, err error) {
	return s.place(before, r, func(rules []*activeRule, at int, a *activeRule) []*activeRule {
		return slices.Insert(rules, at, a)
	})
}

// Update puts another rule in the place of the rule id. The new rule has a new id, and its counts
// begin with 0. What the old rule delays goes on, as with Remove. Its error is that of Add, or
// ErrNoRule.
func (s *RuleSet) Update(id int, r Rule) (newID int, err error) {
	return s.place(id, r, func(rules []*activeRule, at int, a *activeRule) []*activeRule {
		rules[at].release(nil)
		rules[at] = a
		return rules
	})
}

// place publishes the rules that change makes of a copy of the present ones, the place of the rule
// id among them and the new rule.
func (s *RuleSet) place(
	id int, r Rule, change func(rules []*activeRule, at int, a *activeRule) []*activeRule,
) (int, error) {
	if err := s.Validate(r); err != nil {
		return 0, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	rules := slices.Clone(s.now.Load().rules)
	at := slices.IndexFunc(rules, func(a *activeRule) bool { return a.id == id })
	if at < 0 {
		return 0, fmt.Errorf("%w: %d", ErrNoRule, id)
	}
	a := s.activate(r)
	s.publish(change(rules, at, a))
	return a.id, nil
}

// Version is the number of changes so far: as long as it stays, List differs in counts alone.
func (s *RuleSet) Version() uint64 { return s.now.Load().version }

// restart begins anew at scenario time zero: counts are zero, and windows count from there.
func (s *RuleSet) restart() {
	s.change(func(a *activeRule) *activeRule {
		b := *a
		b.counts, b.window = newCounts(a.Fault), a.During
		return &b
	})
}
