package scenarios

import "github.com/s3chaos/s3chaos/faultproxy"

// Fault is one rule of the script, and where it stands.
type Fault struct {
	Block
	Rule faultproxy.Rule

	path  string // of the list, as in messages
	trail Trail  // where each key below it stands
}

// Rules are the rules of the script, in order.
func (s *Scenario) Rules() []faultproxy.Rule {
	rules := make([]faultproxy.Rule, len(s.Faults))
	for i, f := range s.Faults {
		rules[i] = f.Rule
	}
	return rules
}

// span is where a field of the rule stands, such as "match.key": the nearest
// key above it that the file has.
func (f *Fault) span(field string) span {
	if at, ok := f.trail.Nearest(join(f.path, field)); ok {
		return at
	}
	return span{Place: f.Place}
}
