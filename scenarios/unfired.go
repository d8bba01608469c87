package scenarios

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/s3chaos/s3chaos/faultproxy"
	"github.com/s3chaos/s3chaos/scenarios/internal/evidence"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

// This file explains why a drill is vacuous: it names the declared faults that did not fire, and
// the requests that matched them most closely.

// unfired returns a reason for each fault that makes the drill vacuous because it did not fire.
func (d *drill) unfired(o *outcome) []Reason {
	var reasons []Reason
	silent := o.world.proxy.Rules().Unfired()
	list := o.world.proxy.Rules().List()
	for i, status := range list {
		if !slices.ContainsFunc(silent, func(s faultproxy.RuleStatus) bool { return s.ID == status.ID }) {
			continue
		}
		if status.Fired > 0 && status.Fired == status.Matched && d.scenario.Expect.Outcome == script.Failure {
			continue // the client has failed, as expected, before the rule was used up
		}
		expected := "to fire"
		if r := status.Rule; r.Times > 1 && r.Probability == nil && r.During == (faultproxy.Window{}) {
			expected = fmt.Sprintf("to fire %d times", r.Times)
		}
		got := d.silence(o, status, list[:i])
		if before := o.world.rules.firedBefore(status.ID); before > 0 {
			got = fmt.Sprintf("fired %s before its last reset; since then: %s", plural(before, "time"), got)
		}
		d.result.Faults[i].Unmet = got
		reasons = append(reasons, Reason{
			Kind: "unfired", Line: d.result.Faults[i].Line,
			Expected: "fault " + status.Label + " " + expected, Got: got,
		})
	}
	return reasons
}

// silence explains why a rule did not fire since its last reset, or not often enough: the client
// sent no request, no request matched, or the fault had nothing to act on. earlier are the rules
// before it.
func (d *drill) silence(o *outcome, s faultproxy.RuleStatus, earlier []faultproxy.RuleStatus) string {
	all := requestsOf(o.records)
	requests := o.world.rules.whileOn(s.ID, all)
	switch {
	case !s.Enabled && s.Fired == 0:
		return "a step has switched it off before it fired"
	case s.Matched > s.Idle && s.Fired > 0:
		return fmt.Sprintf("%d of %s fired", s.Fired, matched(s.Matched))
	case s.Idle > 0:
		return fmt.Sprintf("%s matched, but %s", plural(s.Idle, "request"), s.IdleReason)
	case s.Matched > 0 && s.Rule.After >= s.Matched:
		return fmt.Sprintf("%s matched, and after: %d skips them", plural(s.Matched, "request"), s.Rule.After)
	case s.Matched > 0 && s.Rule.Probability != nil:
		return fmt.Sprintf("%s matched, and probability: %v struck none", plural(s.Matched, "request"),
			*s.Rule.Probability)
	case s.Matched > 0:
		return fmt.Sprintf("firings: %d, requests that it matches: %d", s.Fired, s.Matched)
	case s.Outside > 0:
		return fmt.Sprintf("%s matched, all outside of during: %v", plural(s.Outside, "request"), s.Rule.During)
	case s.Rule.Fault.Kind() == "refuse" && d.scenario.Client.Run != nil:
		return "no request that it cut, and the proxy cannot see the connections that the system refuses to a program"
	case len(all) == 0 && d.scenario.Client.Run != nil:
		return "no request at all" + endpointHint
	case len(all) == 0:
		return "no request at all"
	case len(requests) == 0:
		return "no request while it was there and switched on: " + countByTarget(all) + " at other times"
	case s.Rule.Match.String() == "{}":
		return "no new connection to strike: " + nearest(requests, s.Rule.Match)
	}
	if taken := struckBefore(requests, s.Rule.Match, earlier); len(taken) > 0 {
		return "rules before it acted on all requests that it matches: " + countByTarget(taken)
	}
	return "no request matched: " + nearest(requests, s.Rule.Match)
}

// endpointHint is the hint for a program that sends no request to the proxy.
const endpointHint = "\ndoes the program use the endpoint, AWS_ENDPOINT_URL or ${endpoint}?"

func matched(n int) string { return plural(n, "matching request") }

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// requestsOf returns the records that are exchanges.
func requestsOf(records []faultproxy.Record) []faultproxy.Record {
	var requests []faultproxy.Record
	for _, r := range records {
		if r.Kind == faultproxy.KindExchange {
			requests = append(requests, r)
		}
	}
	return requests
}

// struckBefore returns the requests that a rule matches, if one of the earlier rules took each of
// them. A rule with `chain` leaves its requests to later rules.
func struckBefore(
	requests []faultproxy.Record, m faultproxy.Match, earlier []faultproxy.RuleStatus,
) []faultproxy.Record {
	takes := func(f faultproxy.Firing) bool {
		return slices.ContainsFunc(earlier, func(s faultproxy.RuleStatus) bool {
			return s.Label == f.Rule && !s.Rule.Chain
		})
	}
	var taken []faultproxy.Record
	for _, r := range requests {
		switch {
		case !m.Matches(r):
		case !slices.ContainsFunc(r.Firings(), takes):
			return nil
		default:
			taken = append(taken, r)
		}
	}
	return taken
}

// nearest describes the requests that match the most fields, and the first field that they all
// lack: "8 GetObject of demo/b, none of demo/a".
func nearest(requests []faultproxy.Record, m faultproxy.Match) string {
	fields := []struct {
		name string
		has  faultproxy.Match
	}{
		{operationWanted(m), faultproxy.Match{Operation: m.Operation, Operations: m.Operations}},
		{"with method " + m.Method, faultproxy.Match{Method: m.Method}},
		{"of bucket " + m.Bucket, faultproxy.Match{Bucket: m.Bucket}},
		{keyWanted(m), faultproxy.Match{Key: m.Key}},
		{fmt.Sprintf("of part %d", m.Part), faultproxy.Match{Part: m.Part}},
		{fmt.Sprintf("of attempt %d", m.Attempt), faultproxy.Match{Attempt: m.Attempt}},
		{"with headers as wanted", faultproxy.Match{Header: m.Header}},
		{"with a query as wanted", faultproxy.Match{Query: m.Query}},
		{lengthWanted(m), faultproxy.Match{MinLength: m.MinLength, MaxLength: m.MaxLength}},
		{reusedWanted(m), faultproxy.Match{Reused: m.Reused}},
		{"that not: lets through", faultproxy.Match{Not: m.Not}},
	}
	left := requests
	for _, f := range fields {
		var fit []faultproxy.Record
		for _, r := range left {
			if f.has.Matches(r) {
				fit = append(fit, r)
			}
		}
		if len(fit) == 0 {
			return countByTarget(left) + ", none " + strings.TrimSpace(f.name)
		}
		left = fit
	}
	return countByTarget(left)
}

func operationWanted(m faultproxy.Match) string {
	if m.Operation != "" {
		return m.Operation
	}
	return strings.Join(m.Operations, " or ")
}

func lengthWanted(m faultproxy.Match) string {
	switch {
	case m.MaxLength == 0:
		return fmt.Sprintf("with a body of %v or more", m.MinLength)
	case m.MinLength == 0:
		return fmt.Sprintf("with a body of %v or less", m.MaxLength)
	}
	return fmt.Sprintf("with a body of %v to %v", m.MinLength, m.MaxLength)
}

func reusedWanted(m faultproxy.Match) string {
	if m.Reused != nil && !*m.Reused {
		return "on a new connection"
	}
	return "on a reused connection"
}

func keyWanted(m faultproxy.Match) string {
	if m.Bucket == "" {
		return "with key " + m.Key
	}
	return "of " + m.Bucket + "/" + m.Key
}

// countByTarget counts requests by operation, bucket and key: "8 GetObject of demo/b and 1 other".
func countByTarget(requests []faultproxy.Record) string {
	counts := make(map[string]int)
	for _, r := range requests {
		what := cmp.Or(r.Operation, r.Method+" "+evidence.Visible(r.Target))
		if r.Bucket != "" {
			what += " of " + evidence.Visible(r.Bucket)
			if r.Key != "" {
				what += "/" + evidence.Visible(r.Key)
			}
		}
		counts[what]++
	}
	names := slices.SortedFunc(maps.Keys(counts), func(a, b string) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a, b))
	})
	const shown = 2
	var parts []string
	others := 0
	for i, name := range names {
		if i < shown {
			parts = append(parts, fmt.Sprintf("%d %s", counts[name], name))
		} else {
			others += counts[name]
		}
	}
	text := strings.Join(parts, ", ")
	if others > 0 {
		text += fmt.Sprintf(" and %d others", others)
	}
	return text
}
