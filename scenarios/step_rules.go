package scenarios

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/s3chaos/s3chaos/faultproxy"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

// This file changes the rules of the proxy between the steps of the client, and remembers which
// step has added which rule.

// rules are the rules of a world's proxy.
type rules struct {
	mu    sync.Mutex // held during a change
	set   *faultproxy.RuleSet
	lines map[int]int // by id of the rule: its line in the file
	fired map[int]int // by id of the rule: how often it fired before its last reset
	turns map[int][]turn
	last  func() int // returns the number of the last record of the journal
}

// A turn is a moment at which a step adds a rule, switches it on or off, or resets it.
type turn struct {
	after int // number of the last record before it
	on    bool
	reset bool
}

func newRules(s *Scenario, p *faultproxy.Proxy) *rules {
	set := p.Rules()
	r := &rules{
		set: set, lines: make(map[int]int), fired: make(map[int]int), turns: make(map[int][]turn),
		last: p.Journal().Last,
	}
	for i, status := range set.List() {
		r.lines[status.ID] = s.Faults[i].Line
	}
	return r
}

// change makes all changes of a step at once, or none. It returns why the proxy refuses them.
func (r *rules) change(c *script.Rules, at time.Duration) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	list := r.set.List()
	present := make([]script.PresentRule, len(list))
	ids := make(map[string]int)
	for i, status := range list {
		present[i] = script.PresentRule{Label: status.Label, Rule: status.Rule, Off: !status.Enabled}
		present[i].Rule.During = status.Window
		ids[status.Label] = status.ID
	}
	plan, mistakes := c.Plan(present, &at, r.set.Validate)
	if len(mistakes) > 0 {
		return script.RulesError(mistakes)
	}
	after := r.last()
	turned := func(id int, on, reset bool) { r.turns[id] = append(r.turns[id], turn{after, on, reset}) }
	for i, rule := range plan.Add {
		id, err := r.set.Add(rule)
		if err != nil {
			return err
		}
		r.lines[id] = c.ItemSpan("add", i).Line
		ids[plan.Present[len(list)+i].Label] = id
		turned(id, true, true)
	}
	for _, name := range c.Off {
		r.set.Toggle(ids[name], false)
		turned(ids[name], false, false)
	}
	for _, name := range c.On {
		r.set.Toggle(ids[name], true)
		turned(ids[name], true, false)
	}
	for _, name := range c.Reset {
		r.reset(ids[name])
		off := func(p script.PresentRule) bool { return p.Label == name && p.Off }
		turned(ids[name], !slices.ContainsFunc(plan.Present, off), true)
	}
	return nil
}

// whileOn returns the records that arrived while the rule was there and switched on, after its last
// reset.
func (r *rules) whileOn(id int, records []faultproxy.Record) []faultproxy.Record {
	r.mu.Lock()
	defer r.mu.Unlock()
	var seen []faultproxy.Record
	for _, record := range records {
		on := true
		for _, t := range r.turns[id] {
			if record.Seq > t.after {
				on = t.on
			} else if t.reset {
				on = false
				break
			}
		}
		if on {
			seen = append(seen, record)
		}
	}
	return seen
}

func (r *rules) reset(id int) {
	list := r.set.List()
	if i := slices.IndexFunc(list, func(s faultproxy.RuleStatus) bool { return s.ID == id }); i >= 0 {
		r.fired[id] += list[i].Fired
	}
	r.set.Reset(id)
}

// firedBefore returns how often the rule fired before its last reset.
func (r *rules) firedBefore(id int) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.fired[id]
}

// results returns how often each rule fired, over all resets.
func (r *rules) results() []FaultResult {
	r.mu.Lock()
	defer r.mu.Unlock()
	var results []FaultResult
	for _, status := range r.set.List() {
		results = append(results, FaultResult{
			Name: status.Label, Text: status.Rule.String(), Line: r.lines[status.ID],
			Fired: r.fired[status.ID] + status.Fired,
		})
	}
	return results
}

// changeRules lets the step change the rules. A refusal that the step does not expect is a mistake
// of the file, which says nothing of the client.
func (p *player) changeRules(ctx context.Context, n *node, s *script.Step) error {
	if s.Rules.After > 0 {
		if err := rest(ctx, s.Rules.After); err != nil {
			return err
		}
	}
	if s.Rules.None() {
		return nil
	}
	err := p.world.rules.change(s.Rules, p.world.ruleTime())
	if err != nil && !s.ExpectsRefusal() {
		return p.harness(fmt.Errorf("step %s: rules: %w", n.ID, err))
	}
	return err
}

// ruleTime returns the scenario time by which the proxy judges windows; 0 before its first request
// if scenario time begins with that.
func (w *world) ruleTime() time.Duration {
	if w.proxy.Start().IsZero() {
		return 0
	}
	return w.proxyNow()
}

// ofClient reports whether the step tells anything of the client. A change of rules does not, nor
// does a connection beside the client.
func (n *node) ofClient() bool { return n.Operation != "rules" && n.Operation != "raw" }
