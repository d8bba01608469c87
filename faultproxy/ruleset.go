package faultproxy

import (
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/s3chaos/s3chaos/faultproxy/internal/identity"
	"github.com/s3chaos/s3chaos/faultproxy/internal/memory"
	"github.com/s3chaos/s3chaos/faultproxy/internal/s3api"
	"github.com/s3chaos/s3chaos/faultproxy/journal"
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

func newRuleSet(seed uint64, rules []Rule) (*RuleSet, error) {
	s := &RuleSet{seed: seed}
	s.now.Store(&plan{replaced: make(chan struct{})})
	if err := s.Replace(rules); err != nil {
		return nil, err
	}
	return s, nil
}

// RuleStatus is a rule as it stands.
type RuleStatus struct {
	ID      int    // names the rule to Remove, Toggle and Reset; never used for another
	Label   string // the rule's name, or "#ID"
	Rule    Rule
	Enabled bool
	Matched int // requests it was for, whether or not it fired
	Fired   int // faults; of Refuse on TCP only those that the proxy learned of
	Outside int // requests that it would be for, had they come within its During

	// Idle counts the requests in which the fault found nothing to act on. IdleReason says why, as
	// the end of the sentence "2 requests matched, but"; it is empty if Idle is 0.
	Idle       int
	IdleReason string
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

// release lets go of what the rule holds when next, which takes its place, no longer would; nil:
// nothing takes it.
func (a *activeRule) release(next *activeRule) {
	if !a.off && (next == nil || next.off) {
		close(a.gone)
	}
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

func newCounts(f Fault) *counts {
	c := &counts{}
	if sf, ok := f.(stateful); ok {
		c.state = sf.newState()
	}
	return c
}

// List returns all rules in order.
func (s *RuleSet) List() []RuleStatus {
	var list []RuleStatus
	for _, a := range s.now.Load().rules {
		status := RuleStatus{
			ID: a.id, Label: a.label, Rule: a.Rule, Enabled: !a.off,
			Matched: int(a.matched.Load()), Fired: int(a.fired.Load()),
			Idle: int(a.idle.Load()), Outside: int(a.outside.Load()),
		}
		if status.Idle > 0 {
			status.IdleReason = idleReason(a.Fault)
		}
		list = append(list, status)
	}
	return list
}

// Fired returns how often each rule fired, in the order of the rules.
func (s *RuleSet) Fired() []int {
	rules := s.now.Load().rules
	fired := make([]int, len(rules))
	for i, a := range rules {
		fired[i] = int(a.fired.Load())
	}
	return fired
}

// Unfired returns the rules whose silence makes a drill vacuous: those not optional that never
// fired, or fired less often than their times says (with probability or during: only those that
// never fired).
func (s *RuleSet) Unfired() []RuleStatus {
	var list []RuleStatus
	for _, st := range s.List() {
		want := max(1, st.Rule.Times)
		if st.Rule.Probability != nil || st.Rule.During != (Window{}) {
			want = 1
		}
		if !st.Rule.Optional && st.Fired < want {
			list = append(list, st)
		}
	}
	return list
}

// pick returns the rule that strikes the request at that scenario time, its firing counted, or nil.
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
		case i < len(one.rules) && (k == len(all.rules) || one.rules[i].id < all.rules[k].id):
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

// pickConnection is pick for faults of connections at that stage; r is the request that needs the
// connection, as far as it is known.
func (s *RuleSet) pickConnection(at stage, r *s3api.Request, now time.Duration) *activeRule {
	for _, a := range s.now.Load().connections {
		if a.Fault.traits().stage == at && a.fires(s.seed, r, now) {
			return a
		}
	}
	return nil
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
