package faultproxy

import (
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/s3chaos/s3chaos/faultproxy/internal/memory"
	"github.com/s3chaos/s3chaos/faultproxy/internal/s3api"
)

// RuleSet is the rules of a proxy with their counts. The first rule that matches a request and
// fires acts on it. If the times, after, during or probability of a rule say no, the next rule is
// tried. After a rule with Chain that fires the next rule is tried, too: all rules that fire act
// together. All methods may be called at any time, from any goroutine. A change applies to requests
// that arrive after it, and does not wait for exchanges under way.
type RuleSet struct {
	seed uint64
	now  atomic.Pointer[plan]

	mu     sync.Mutex // held during changes
	lastID int

	clock   func() time.Duration // scenario time; nil: it has not begun
	check   func(Rule) error     // returns why the proxy cannot do what a rule demands; may be nil
	changed func()               // called after a change, with mu held; may be nil
}

// plan is one state of the rules. It never changes once it is published.
type plan struct {
	rules       []*activeRule            // in order
	version     uint64                   // number of the change that made it
	byOperation [s3api.OpCount]shortlist // for each operation, the rules that list it
	general     shortlist                // the other rules
	connections []*activeRule
	histories   []*memory.History // snapshots of stale rules
	replaced    chan struct{}     // closed when another plan is published
}

func newRuleSet(seed uint64, rules []Rule) (*RuleSet, error) {
	s := &RuleSet{seed: seed}
	s.now.Store(&plan{replaced: make(chan struct{})})
	if err := s.Replace(rules); err != nil {
		return nil, err
	}
	return s, nil
}

// Add appends a rule and returns its id. Its error is that of Rule.Validate, or a *FieldError if
// this proxy cannot do what the rule demands.
func (s *RuleSet) Add(r Rule) (id int, err error) {
	if err := s.Validate(r); err != nil {
		return 0, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.activate(r)
	old := s.now.Load().rules
	s.publish(append(old[:len(old):len(old)], a))
	return a.id, nil
}

// Validate returns the error that Add would return, without adding the rule.
func (s *RuleSet) Validate(r Rule) error {
	if err := r.Validate(); err != nil || s.check == nil {
		return err
	}
	return s.check(r)
}

// activate prepares a rule and gives it the next id. The caller holds mu.
func (s *RuleSet) activate(r Rule) *activeRule {
	s.lastID++
	a := &activeRule{
		Rule: r, window: r.During.shifted(s.time()), id: s.lastID,
		label: r.label(s.lastID), fault: r.Fault.String(), matcher: r.Match.compile(),
		gone: make(chan struct{}), counts: newCounts(r.Fault),
	}
	a.filter = a.matcher.filter()
	a.chooser, _ = r.Fault.(chooser)
	return a
}

// time is the scenario time.
func (s *RuleSet) time() time.Duration {
	if s.clock == nil {
		return 0
	}
	return s.clock()
}

// Remove removes a rule and reports whether it was there. Exchanges that the rule delays go on at
// once, as does a reset that waits for its hold. Connections on which a timeout waits are closed,
// and dials that hang fail.
func (s *RuleSet) Remove(id int) bool {
	return s.change(func(a *activeRule) *activeRule {
		if a.id == id {
			return nil
		}
		return a
	})
}

// Toggle enables or disables a rule, and reports whether it was there. The rule keeps its counts.
// Disabling ends waits as Remove does.
func (s *RuleSet) Toggle(id int, enabled bool) bool {
	found := false
	s.change(func(a *activeRule) *activeRule {
		if a.id != id {
			return a
		}
		found = true
		if a.off == !enabled {
			return a
		}
		b := *a
		b.off = !enabled
		if enabled {
			b.gone = make(chan struct{})
		}
		return &b
	})
	return found
}

// Reset sets the counts of a rule to zero, clears the state of its fault, and reports whether the
// rule was there. id 0 means all rules.
func (s *RuleSet) Reset(id int) bool {
	found := id == 0
	s.change(func(a *activeRule) *activeRule {
		if id != 0 && a.id != id {
			return a
		}
		found = true
		b := *a
		b.counts = newCounts(a.Fault)
		return &b
	})
	return found
}

// Replace replaces all rules at once: each request sees either the old rules or the new ones. The
// new rules start with zero counts, and their ids continue after the last one. If Replace returns
// an error, nothing has changed.
func (s *RuleSet) Replace(rules []Rule) error {
	for i, r := range rules {
		if err := s.Validate(r); err != nil {
			return fmt.Errorf("rule %d: %w", i+1, err)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	fresh := make([]*activeRule, len(rules))
	for i, r := range rules {
		fresh[i] = s.activate(r)
	}
	for _, a := range s.now.Load().rules {
		a.release(nil)
	}
	s.publish(fresh)
	return nil
}

// change publishes the rules that f returns for the present ones; nil removes a rule. It reports
// whether anything has changed.
func (s *RuleSet) change(f func(*activeRule) *activeRule) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	changed := false
	var next []*activeRule
	for _, a := range s.now.Load().rules {
		b := f(a)
		changed = changed || b != a
		if b != nil {
			next = append(next, b)
		}
		a.release(b)
	}
	if changed {
		s.publish(next)
	}
	return changed
}

func (s *RuleSet) publish(rules []*activeRule) {
	p := &plan{rules: rules, version: s.now.Load().version + 1, replaced: make(chan struct{})}
	for i, a := range rules {
		if h, ok := a.state.(*memory.History); ok {
			p.histories = append(p.histories, h)
		}
		switch {
		case a.off:
		case a.Fault.traits().connection():
			p.connections = append(p.connections, a)
		default:
			p.list(i, a)
		}
	}
	close(s.now.Swap(p).replaced)
	if s.changed != nil {
		s.changed()
	}
}

// maxLists is the largest number of operations for which a rule is in the list of each. A rule with
// more is in the general list, because publishing a plan takes time for each entry.
const maxLists = 8

// list adds a rule to the lists of the requests that it is for.
func (p *plan) list(place int, a *activeRule) {
	ops := a.Match.ops()
	if len(ops) == 0 || len(ops) > maxLists {
		p.general.add(place, a)
		return
	}
	for _, op := range ops {
		p.byOperation[op].add(place, a)
	}
}
