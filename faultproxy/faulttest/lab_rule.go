package faulttest

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/s3chaos/s3chaos/faultproxy"
)

// Rule adds a rule for an S3 operation, or for every request if operation is "". parts are one
// fault and limits. Rules are tried in the order in which they were added. Rule fails the test if
// parts contradict each other, or if the rule is not valid. It also does so if the rule can never
// fire (see [faultproxy.Shadowed]), unless the rule is [faultproxy.Optional] or has probability 0.
func (l *Lab) Rule(operation string, parts ...faultproxy.RulePart) {
	l.tb.Helper()
	r, err := faultproxy.NewRule(operation, parts...)
	if err != nil {
		l.tb.Fatalf("lab: rule: %v", err)
	}
	l.Add(r)
}

// Add adds a rule that is already made. It fails the test as Lab.Rule does.
func (l *Lab) Add(r faultproxy.Rule) {
	l.tb.Helper()
	if err := l.proxy.Rules().Validate(r); err != nil {
		l.tb.Fatalf("lab: rule: %v", err)
	}
	var rules []faultproxy.Rule
	for _, st := range l.proxy.Rules().List() {
		if st.Enabled {
			st.Rule.Name = st.Label // so that messages show the label
			rules = append(rules, st.Rule)
		}
	}
	l.refuseUnreachable(append(rules, r), len(rules))
	if _, err := l.proxy.Rules().Add(r); err != nil {
		l.tb.Fatalf("lab: rule: %v", err)
	}
}

// refuseUnreachable fails the test if a rule from that index on can never fire.
func (l *Lab) refuseUnreachable(rules []faultproxy.Rule, from int) {
	l.tb.Helper()
	for _, u := range faultproxy.Shadowed(rules) {
		r := rules[u.Index]
		if u.Index < from || r.Optional || r.Probability != nil && *r.Probability == 0 {
			continue
		}
		hint := ""
		if u.Hint != "" {
			hint = " (" + u.Hint + ")"
		}
		l.tb.Fatalf("lab: rule: %v can never fire: %s%s", r, u.Why, hint)
	}
}

// RequireFired fails the test for each rule that did not fire, or fired less often than
// its [faultproxy.Times]: such a test does not show what the client does when the fault occurs. It
// accepts the rules that RuleSet.Unfired leaves out: rules that are [faultproxy.Optional], and
// rules with a probability or a window that fired at least once.
func (l *Lab) RequireFired() {
	l.tb.Helper()
	if silent := l.unfired(); silent != "" {
		l.tb.Fatalf("lab: vacuous: a test proves nothing about a fault that did not fire\n%s", silent)
	}
}

// unfired describes the rules that did not fire and the requests of the test. It returns "" if all
// rules fired.
func (l *Lab) unfired() string {
	silent := l.proxy.Rules().Unfired()
	if len(silent) == 0 {
		return ""
	}
	var b strings.Builder
	for _, st := range silent {
		fired := "never fired"
		if st.Fired > 0 {
			fired = fmt.Sprintf("fired %d of %d times", st.Fired, st.Rule.Times)
		}
		fmt.Fprintf(&b, "  rule %s %s; matching requests: %d; rule: %v\n", st.Label, fired, st.Matched, st.Rule)
	}
	return b.String() + "  requests: " + l.traffic()
}

// traffic describes the requests of the test by operation.
func (l *Lab) traffic() string {
	counts := map[string]int{}
	for _, r := range l.Journal().Records() {
		switch {
		case r.Kind == faultproxy.KindConnection:
			counts["failed connections"]++
		case r.Operation == "":
			counts["other requests"]++
		default:
			counts[r.Operation]++
		}
	}
	var list []string
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		list = append(list, fmt.Sprintf("%s (%d)", name, counts[name]))
	}
	if list == nil {
		return "none"
	}
	return strings.Join(list, ", ")
}
