package script

import (
	"github.com/s3chaos/s3chaos/faultproxy"
	"github.com/s3chaos/s3chaos/internal/strictyaml"
)

// Fault is one rule of the script, and where it stands.
type Fault struct {
	strictyaml.Block
	Rule faultproxy.Rule

	path  string           // of the list, as in messages
	trail strictyaml.Trail // where each key below it stands
}

// Rules are the rules of the script, in order.
func (s *Scenario) Rules() []faultproxy.Rule {
	rules := make([]faultproxy.Rule, len(s.Faults))
	for i, f := range s.Faults {
		rules[i] = f.Rule
	}
	return rules
}

// span is where a field of the rule stands, such as "match.key": the nearest key above it that the
// file has.
func (f *Fault) span(field string) strictyaml.Span {
	if at, ok := f.trail.Nearest(strictyaml.Join(f.path, field)); ok {
		return at
	}
	return strictyaml.Span{Place: f.Place}
}
