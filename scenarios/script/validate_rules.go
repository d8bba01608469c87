package script

import (
	"cmp"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/s3chaos/s3chaos/faultproxy"
	"github.com/s3chaos/s3chaos/internal/strictyaml"
)

// rules checks the steps that change the rules of the proxy, each with the rules that the steps
// before it leave.
func (v *validator) rules() {
	present := v.s.Present()
	for _, r := range present {
		if r.Rule.Fault == nil {
			return // not understood, which is reported already
		}
	}
	v.rulesOf(v.s.Steps, present)
}

// rulesOf checks the changes of rules in a list of steps, and returns the rules after them.
func (v *validator) rulesOf(steps []Step, present []PresentRule) []PresentRule {
	for i := range steps {
		switch s := &steps[i]; {
		case s.Rules != nil:
			present = v.change(s, present)
		case s.Parallel != nil:
			present = v.rulesOf(byMoment(s.Parallel), present)
		case s.Repeat != nil:
			for range min(s.Repeat.Times, 2) { // a second time finds what the first has added
				before := v.Count()
				present = v.rulesOf([]Step{s.Repeat.Step}, present)
				if v.Count() > before {
					break
				}
			}
		}
	}
	return present
}

// byMoment returns the steps of a parallel in the order in which they change the rules.
func byMoment(steps []Step) []Step {
	moment := func(s Step) time.Duration {
		if s.Rules == nil {
			return 0
		}
		return s.Rules.After
	}
	return slices.SortedStableFunc(slices.Values(steps), func(a, b Step) int {
		return cmp.Compare(moment(a), moment(b))
	})
}

// change checks a step that changes the rules, unless it expects a refusal.
func (v *validator) change(s *Step, present []PresentRule) []PresentRule {
	c := s.Rules
	if !c.Decoded() {
		return present
	}
	for _, key := range []string{"add", "off", "on", "reset"} {
		if c.Has(key) && !c.Understood(key) {
			return present // which is reported already
		}
	}
	if c.None() && !c.HasUnknown() {
		v.Add(s.KeySpan("rules"), "", "steps.rules: nothing to change: want one of add, off, on and reset")
	}
	if s.ExpectsRefusal() {
		return present // the drill judges what the proxy says
	}
	plan, mistakes := c.Plan(present, nil, nil)
	for _, m := range mistakes {
		for _, err := range mistakesIn(m.Err) {
			v.rulesMistake(c, m, err)
		}
	}
	if len(mistakes) > 0 {
		return present
	}
	for i := range plan.Add {
		if why := InRealTime(&plan.Add[i]); why != "" && v.s.Clock == Real {
			v.Add(c.ItemSpan("add", i), "", "steps.rules.add: in real time, %s", why)
		}
	}
	return plan.Present
}

// rulesMistake reports one mistake of a change of rules at its place in the text of the rule.
func (v *validator) rulesMistake(c *Rules, m RulesMistake, err error) {
	at, path := c.ItemSpan(m.Key, m.Item), "steps.rules."+m.Key
	switch e := err.(type) { //nolint:errorlint // mistakesIn has unwrapped them
	case *faultproxy.TextError:
		v.Add(v.inText(at, c.Add[m.Item], e.Column), e.Hint, "%s: %s", path, e.Message)
	case *faultproxy.FieldError:
		message := e.Message
		if m.Key == "add" {
			message = e.Field + ": " + message
			at = v.SpanIn(at, e.Field[strings.LastIndexByte(e.Field, '.')+1:]+":")
		}
		v.Add(at, e.Hint, "%s: %s", path, message)
	default:
		v.Add(at, "", "%s: %s", path, strictyaml.OneLine(err))
	}
}

// inText returns the place of a column of a text, or that of the text if the file writes the text
// in another way, as with escapes.
func (v *validator) inText(at strictyaml.Span, text string, column int) strictyaml.Span {
	runes := []rune(text)
	if column < 1 || column > len(runes) {
		return at
	}
	return strictyaml.Span{Place: v.SpanIn(at, string(runes[column-1:])).Place}
}

// mistakesIn returns the errors that errors.Join has joined, also behind a context.
func mistakesIn(err error) []error {
	if err == nil {
		return nil
	}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		var all []error
		for _, e := range joined.Unwrap() {
			all = append(all, mistakesIn(e)...)
		}
		return all
	}
	if inner := errors.Unwrap(err); inner != nil {
		return mistakesIn(inner)
	}
	return []error{err}
}

// rulesOfRequest checks that the drill has the rules that an expected request names.
func (v *validator) rulesOfRequest(r *RequestExpect, path string) {
	if !r.Understood("rules") || len(r.Rules) == 0 {
		return
	}
	names, most, sound := v.ruleNames()
	for i, name := range r.Rules {
		number, err := strconv.Atoi(strings.TrimPrefix(name, "#"))
		added := err == nil && number > len(v.s.Faults) && number <= most
		if sound && (!added || name != labelOf(faultproxy.Rule{}, number)) {
			v.known(r.ItemSpan("rules", i), name, names, path, "rule")
		}
	}
}

// ruleNames returns the labels that rules of the file and of its steps may have. A rule without a
// name that a step adds gets a number that depends on the order of the steps: at most most, which
// is 0 if steps add none. It returns false if the file has mistakes that hide names.
func (v *validator) ruleNames() (names []string, most int, sound bool) {
	if v.s.Has("faults") && !v.s.Understood("faults") {
		return nil, 0, false
	}
	for _, r := range v.s.Present() {
		names = append(names, r.Label)
	}
	sound, total, unnamed := true, len(names), false
	var walk func(steps []Step, times int)
	walk = func(steps []Step, times int) {
		for i := range steps {
			s := &steps[i]
			walk(s.Parallel, times)
			if s.Repeat != nil {
				walk([]Step{s.Repeat.Step}, min(times*min(max(s.Repeat.Times, 1), maxSteps), maxSteps))
			}
			if s.Rules == nil {
				continue
			}
			for _, text := range s.Rules.Add {
				rule, err := faultproxy.ParseRule(text)
				switch {
				case err != nil:
					sound = sound && s.ExpectsRefusal()
				case rule.Name != "":
					names = append(names, rule.Name)
				default:
					unnamed = true
				}
				total += times
			}
		}
	}
	walk(v.s.Steps, 1)
	if unnamed {
		most = total
	}
	return names, most, sound
}
