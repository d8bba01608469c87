package faultproxy

import (
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/s3chaos/s3chaos/faultproxy/internal/memory"
	"github.com/s3chaos/s3chaos/faultproxy/internal/s3api"
)

// RuleSet is the rules of a proxy and what became of them. The first rule that matches a request
// wins; a rule whose times, after, during or probability says no does not match, and the next is
// tried. All methods may be called at any time; a change holds for requests that are decided after
// it and never waits for those under way.
type RuleSet struct {
	seed uint64
	now  atomic.Pointer[plan]

	mu     sync.Mutex // held by changes
	lastID int

	check   func(Rule) error // what the proxy has against a rule; nil: nothing
	changed func()           // called after a change, with mu held; may be nil
}

// plan is one state of the rules, never changed once published.
type plan struct {
	rules       []*activeRule            // in order, which is that of their ids
	byOperation [s3api.OpCount]shortlist // rules for a few operations
	general     shortlist                // rules for all, which stand in no other list
	connections []*activeRule
	histories   []*memory.History // of stale rules
	replaced    chan struct{}     // closed when another plan has taken its place
}

func newRuleSet(seed uint64, rules []Rule) (*RuleSet, error) {
	s := &RuleSet{seed: seed}
	s.now.Store(&plan{replaced: make(chan struct{})})
	if err := s.Replace(rules); err != nil {
		return nil, err
	}
	return s, nil
}

// Add appends a rule and returns its id; the error is the one of Rule.Validate, or that the proxy
// cannot do the fault.
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

// Validate returns the error that Add would return, and adds nothing.
func (s *RuleSet) Validate(r Rule) error {
	if err := r.Validate(); err != nil || s.check == nil {
		return err
	}
	return s.check(r)
}

// activate makes a rule ready, under the next id. The caller holds mu.
func (s *RuleSet) activate(r Rule) *activeRule {
	s.lastID++
	a := &activeRule{
		Rule: r, id: s.lastID, label: r.label(s.lastID), fault: r.Fault.String(), matcher: r.Match.compile(),
		gone: make(chan struct{}), counts: newCounts(r.Fault),
	}
	a.filter = a.matcher.filter()
	a.chooser, _ = r.Fault.(chooser)
	return a
}

// Remove takes a rule away and reports whether it was there. What it delays goes on at once, a
// reset that is held included; the connections that a timeout keeps silent are closed, and dials
// that hang fail.
func (s *RuleSet) Remove(id int) bool {
	return s.change(func(a *activeRule) *activeRule {
		if a.id == id {
			return nil
		}
		return a
	})
}

// Toggle enables or disables a rule, keeping its counts, and reports whether it was there.
// Disabling lets go as Remove does.
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

// Reset sets the counts of a rule to zero, the state of its fault included, and reports whether it
// was there; id 0 resets all.
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

// Replace puts rules in place of all there are, at once: no request sees a mixture. Their counts
// begin with 0, their ids behind the last one. On an error nothing changes.
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

// change publishes the rules that f returns for the present ones; nil leaves one out. It reports
// whether any differs.
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
	p := &plan{rules: rules, replaced: make(chan struct{})}
	for _, a := range rules {
		if h, ok := a.state.(*memory.History); ok {
			p.histories = append(p.histories, h)
		}
		switch {
		case a.off:
		case a.Fault.traits().connection():
			p.connections = append(p.connections, a)
		default:
			p.list(a)
		}
	}
	close(s.now.Swap(p).replaced)
	if s.changed != nil {
		s.changed()
	}
}

// maxLists is how many lists of operations a rule stands in at most. A rule for more stands in the
// general list, because a change of the rules costs time for each list.
const maxLists = 8

// list puts a rule in the lists of the requests that it is for.
func (p *plan) list(a *activeRule) {
	ops := a.Match.ops()
	if len(ops) == 0 || len(ops) > maxLists {
		p.general.add(a)
		return
	}
	for _, op := range ops {
		p.byOperation[op].add(a)
	}
}
