package script

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/s3chaos/s3chaos/faultproxy"
	"github.com/s3chaos/s3chaos/internal/suggest"
)

// This file checks a change of rules. The reader of a file and the running drill check it in the
// same way, so that a mistake is found before the drill begins wherever that is possible.

// A PresentRule is a rule of the proxy when a step changes the rules.
type PresentRule struct {
	Label string // its name, or "#" and its number
	Rule  faultproxy.Rule
	Off   bool
	// Floating means that the moment from which During counts is unknown.
	Floating bool
}

// Present returns the rules of the scenario as the proxy has them at first.
func (s *Scenario) Present() []PresentRule {
	var present []PresentRule
	for i := range s.Faults {
		rule := s.Faults[i].Rule
		if rule.During != (faultproxy.Window{}) {
			rule.During.Since = faultproxy.SinceStart
		}
		present = append(present, PresentRule{Label: labelOf(rule, i+1), Rule: rule})
	}
	return present
}

func labelOf(r faultproxy.Rule, number int) string {
	if r.Name != "" {
		return r.Name
	}
	return fmt.Sprintf("#%d", number)
}

// A RulesMistake is why the proxy refuses a change of rules.
type RulesMistake struct {
	Key  string // "add", "off", "on" or "reset"
	Item int    // index in the list of Key
	Err  error
}

// A RulesPlan is a change of rules that was checked.
type RulesPlan struct {
	Add     []faultproxy.Rule // as the texts say
	Present []PresentRule     // after the change
}

// Plan checks the change of the present rules at a moment of scenario time; at nil means that the
// moment is unknown. check returns why the proxy cannot do what a rule demands; it may be nil.
func (c *Rules) Plan(
	present []PresentRule, at *time.Duration, check func(faultproxy.Rule) error,
) (RulesPlan, []RulesMistake) {
	var mistakes []RulesMistake
	miss := func(key string, item int, err error) {
		mistakes = append(mistakes, RulesMistake{Key: key, Item: item, Err: err})
	}
	plan := RulesPlan{Present: slices.Clone(present)}
	for i, text := range c.Add {
		rule, err := faultproxy.ParseRule(text)
		if err == nil && check != nil {
			err = check(rule)
		}
		if err == nil && isNumber(rule.Name) {
			err = fmt.Errorf("name: %q stands for a rule without a name", rule.Name)
		}
		if err == nil && find(plan.Present, rule.Name) >= 0 {
			err = fmt.Errorf("name: another rule is called %q", rule.Name)
		}
		if err != nil {
			miss("add", i, err)
			continue
		}
		plan.Add = append(plan.Add, rule)
		plan.Present = append(plan.Present, placed(rule, len(plan.Present)+1, at))
	}
	if len(mistakes) > 0 {
		return plan, mistakes
	}
	for _, list := range []struct {
		key   string
		names []string
		found func(*PresentRule)
	}{
		{"off", c.Off, func(r *PresentRule) { r.Off = true }},
		{"on", c.On, func(r *PresentRule) { r.Off = false }},
		{"reset", c.Reset, func(*PresentRule) {}},
	} {
		for i, name := range list.names {
			if k := find(plan.Present, name); k >= 0 {
				list.found(&plan.Present[k])
			} else {
				miss(list.key, i, noRule(name, plan.Present))
			}
		}
	}
	for i := range plan.Add {
		if why := neverFires(plan.Present, len(present), len(present)+i, at); why != "" {
			miss("add", i, fmt.Errorf("rule %s never fires: %s", plan.Present[len(present)+i].Label, why))
		}
	}
	return plan, mistakes
}

// find returns the index of the rule of that name, or -1.
func find(rules []PresentRule, name string) int {
	return slices.IndexFunc(rules, func(r PresentRule) bool { return name != "" && r.Label == name })
}

// noRule returns the error for a name that no rule has.
func noRule(name string, rules []PresentRule) error {
	var names []string
	for _, r := range rules {
		names = append(names, r.Label)
	}
	err := &faultproxy.FieldError{Field: "name", Message: fmt.Sprintf("no rule is called %q", name)}
	if near := suggest.Nearest(name, names); near != "" {
		err.Hint = fmt.Sprintf("did you mean %q?", near)
	}
	return err
}

// placed returns a rule that is added now, with its window in scenario time if the moment is known.
func placed(r faultproxy.Rule, number int, at *time.Duration) PresentRule {
	p := PresentRule{Label: labelOf(r, number), Rule: r}
	w := &p.Rule.During
	switch {
	case *w == faultproxy.Window{} || w.Since == faultproxy.SinceStart:
	case at == nil:
		p.Floating = true
	default:
		*w = faultproxy.Window{From: w.From + *at, To: w.To + *at, Since: faultproxy.SinceStart}
	}
	return p
}

// neverFires returns why the rule with that index can never fire among all rules that act, or "".
// The step adds the rules from the index first on. A rule that is optional or has probability 0
// need not fire.
func neverFires(present []PresentRule, first, index int, at *time.Duration) string {
	own := &present[index].Rule
	if p := own.Probability; own.Optional || p != nil && *p == 0 {
		return ""
	}
	if w := own.During; at != nil && w.Since == faultproxy.SinceStart && w.To <= *at {
		return fmt.Sprintf("its window %v is over", w)
	}
	var rules []faultproxy.Rule
	var indexes []int // in present
	for i, p := range present {
		if i != index && (p.Off || p.Floating && i < first) {
			continue // it need not act before the rule does
		}
		rules = append(rules, p.Rule)
		indexes = append(indexes, i)
	}
	for _, u := range faultproxy.Shadowed(rules) {
		switch {
		case indexes[u.Index] != index:
		case u.By >= 0:
			return "rule " + present[indexes[u.By]].Label + " " + u.Does
		default:
			return u.Why
		}
	}
	return ""
}

// sentence returns an error in one line.
func sentence(err error) string { return strings.ReplaceAll(err.Error(), "\n", "; ") }

// RulesError returns the mistakes as one error in one line, or nil.
func RulesError(mistakes []RulesMistake) error {
	if len(mistakes) == 0 {
		return nil
	}
	texts := make([]string, len(mistakes))
	for i, m := range mistakes {
		texts[i] = fmt.Sprintf("%s %d: %s", m.Key, m.Item+1, sentence(m.Err))
	}
	return errors.New(strings.Join(texts, "; "))
}
