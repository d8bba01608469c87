package script

import (
	"time"

	"github.com/s3chaos/s3chaos/faultproxy"
	"github.com/s3chaos/s3chaos/internal/strictyaml"
)

// Rules changes the rules of the proxy. The step first adds rules, then switches rules off and on,
// then resets counts. It makes all of its changes or, if it fails, none.
type Rules struct {
	strictyaml.Block `yaml:"-"`
	After            time.Duration `yaml:"after,positive"` // how long the step waits first; zero: not at all
	// Add are rules as [faultproxy.ParseRule] reads them. They come after all others.
	Add   []string `yaml:"add"`
	Off   []string `yaml:"off"`   // names of rules that no longer act; they keep their counts
	On    []string `yaml:"on"`    // names of rules that act again
	Reset []string `yaml:"reset"` // names of rules whose counts begin again with 0
}

// None reports whether c changes nothing.
func (c *Rules) None() bool {
	return len(c.Add)+len(c.Off)+len(c.On)+len(c.Reset) == 0
}

// ExpectsRefusal reports whether the step expects that the proxy refuses its change of rules.
func (s *Step) ExpectsRefusal() bool { return s.Expect.Error != nil || s.Expect.Outcome == Failure }

// AllRules returns the rules of the scenario and then those that steps add, in order. It leaves out
// the rules of a step that expects a refusal.
func (s *Scenario) AllRules() []faultproxy.Rule {
	rules := s.Rules()
	s.EachStep(func(step *Step) {
		if step.Rules == nil || step.ExpectsRefusal() {
			return
		}
		for _, text := range step.Rules.Add {
			if rule, err := faultproxy.ParseRule(text); err == nil {
				rules = append(rules, rule)
			}
		}
	})
	return rules
}

// withoutRules returns copies of the steps in which no step changes the rules. The steps keep their
// numbers.
func withoutRules(steps []Step) []Step {
	quiet := make([]Step, len(steps))
	for i, s := range steps {
		switch {
		case s.Rules != nil:
			s.Rules, s.Expect = &Rules{Block: s.Rules.Block}, Expect{}
		case s.Raw != nil:
			s.Rules, s.Raw, s.Expect = &Rules{Block: s.Raw.Block}, nil, Expect{}
		case s.Parallel != nil:
			s.Parallel = withoutRules(s.Parallel)
		case s.Repeat != nil:
			repeat := *s.Repeat
			repeat.Step = withoutRules([]Step{repeat.Step})[0]
			s.Repeat = &repeat
		}
		quiet[i] = s
	}
	return quiet
}

// changesRules reports whether a step changes the rules.
func (s *Scenario) changesRules() bool {
	changes := false
	s.EachStep(func(step *Step) { changes = changes || step.Rules != nil && !step.Rules.None() || step.Raw != nil })
	return changes
}
