package faulttest

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/s3chaos/s3chaos/faultproxy"
)

// Rule adds a rule for an S3 operation ("" for every request): one fault, and what limits it. Rules
// act in the order in which they were added. It fails the test at once where the parts contradict
// each other, where the rule cannot be, and, unless it is [faultproxy.Optional] or of probability
// 0, where it can never fire: see [faultproxy.Shadowed].
func (l *Lab) Rule(operation string, parts ...faultproxy.RulePart) {
	l.tb.Helper()
	r, err := faultproxy.NewRule(operation, parts...)
	if err != nil {
		l.tb.Fatalf("lab: rule: %v", err)
	}
	l.Add(r)
}

// Add adds a rule as it stands; it fails the test as Lab.Rule does.
func (l *Lab) Add(r faultproxy.Rule) {
	l.tb.Helper()
	if err := l.proxy.Rules().Validate(r); err != nil {
		l.tb.Fatalf("lab: rule: %v", err)
	}
	var rules []faultproxy.Rule
	for _, st := range l.proxy.Rules().List() {
		if st.Enabled {
			st.Rule.Name = st.Label // as the failure calls it
			rules = append(rules, st.Rule)
		}
	}
	l.refuseUnreachable(append(rules, r), len(rules))
	if _, err := l.proxy.Rules().Add(r); err != nil {
		l.tb.Fatalf("lab: rule: %v", err)
	}
}

// refuseUnreachable fails the test for a rule, from that index on, that can never fire and was
// meant to.
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

// RequireFired fails the test for every rule that did not fire, or not as often as its
// [faultproxy.Times] says: a test in which nothing went wrong shows nothing about what the client
// does when it does. It lets pass what RuleSet.Unfired does: rules that are [faultproxy.Optional],
// and fewer times than said where a probability or a window decides.
func (l *Lab) RequireFired() {
	l.tb.Helper()
	if silent := l.unfired(); silent != "" {
		l.tb.Fatalf("lab: vacuous: a fault that did not strike proves nothing\n%s", silent)
	}
}

// unfired says which rules were silent, and what requests there were instead; "" if none was.
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
		fmt.Fprintf(&b, "  rule %s %s, with %d requests that it matches: %v\n", st.Label, fired, st.Matched, st.Rule)
	}
	return b.String() + "  there were " + l.traffic()
}

// traffic is what the proxy saw, by operation.
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
		return "none at all"
	}
	return strings.Join(list, ", ")
}
