package script

import (
	"github.com/s3chaos/s3chaos/faultproxy"
	"github.com/s3chaos/s3chaos/internal/strictyaml"
)

// Fault is one fault rule of the scenario and its place in the file.
type Fault struct {
	strictyaml.Block
	Rule faultproxy.Rule

	path  string           // of the list, as messages print it
	trail strictyaml.Trail // the place of each key below it
}

// Rules returns the rules of the scenario in order.
func (s *Scenario) Rules() []faultproxy.Rule {
	rules := make([]faultproxy.Rule, len(s.Faults))
	for i, f := range s.Faults {
		rules[i] = f.Rule
	}
	return rules
}

// span returns the place of a field of the rule, such as "match.key". If the file does not have the
// field, it returns the nearest key above it.
func (f *Fault) span(field string) strictyaml.Span {
	if at, ok := f.trail.Nearest(strictyaml.Join(f.path, field)); ok {
		return at
	}
	return strictyaml.Span{Place: f.Place}
}
