package faultproxy

import (
	"maps"
	"slices"
	"strings"
)

// Unreachable is a rule that can never fire.
type Unreachable struct {
	Index int    // in the rules given, from 0
	By    int    // index of the earlier rule that always takes its requests; -1: its own match is impossible
	Why   string // one line
}

// Shadowed returns the rules that can never fire, in order: those an earlier rule leaves nothing, those whose match
// contradicts itself, and those of probability 0. What it cannot prove it does not report.
func Shadowed(rules []Rule) []Unreachable {
	var list []Unreachable
	for i := range rules {
		if why := impossible(&rules[i]); why != "" {
			list = append(list, Unreachable{i, -1, why})
			continue
		}
		for k := range rules[:i] {
			if shadows(&rules[k], &rules[i]) {
				list = append(list, Unreachable{i, k, "rule " + rules[k].label(k+1) + " takes every request it is for"})
				break
			}
		}
	}
	return list
}

// impossible says why no request can meet the rule, or "".
func impossible(r *Rule) string {
	if r.Probability != nil && *r.Probability <= 0 {
		return "its probability is 0"
	}
	m := &r.Match
	code, ok := operationByName(m.Operation)
	if !ok {
		return ""
	}
	op := operations[code]
	switch {
	case m.Method != "" && m.Method != op.method:
		return op.name + " is sent with " + op.method + ", never " + m.Method
	case m.Bucket != "" && op.at == serviceLevel:
		return op.name + " names no bucket"
	case m.Key != "" && strings.Trim(m.Key, "*") != "" && op.at != objectLevel:
		return op.name + " names no key"
	case m.Part != 0 && op.name != "UploadPart" && op.name != "UploadPartCopy" && op.name != "GetObject" && op.name != "HeadObject":
		return op.name + " has no part number"
	}
	return ""
}

// shadows reports whether a, which comes first, takes every request that b is for, always.
func shadows(a, b *Rule) bool {
	if a.Fault == nil || b.Fault == nil || a.Times != 0 || a.After != 0 || a.Probability != nil && *a.Probability < 1 {
		return false
	}
	if _, chooses := a.Fault.(chooser); chooses {
		return false
	}
	if a.Fault.traits().stage != b.Fault.traits().stage {
		return false
	}
	always := Window{}
	if a.During != always && (b.During == always || b.During.From < a.During.From || b.During.To > a.During.To) {
		return false
	}
	return a.Match.covers(&b.Match)
}

// covers reports whether every request that other matches is matched by m too.
func (m *Match) covers(other *Match) bool {
	return covers(m.Operation, other.Operation) && covers(m.Bucket, other.Bucket) && m.coversMethod(other) &&
		covers(m.Part, other.Part) && covers(m.Attempt, other.Attempt) && globCovers(m.Key, other.Key) &&
		globsCover(m.Header, other.Header, equalFold) && globsCover(m.Query, other.Query, func(a, b string) bool { return a == b })
}

func (m *Match) coversMethod(other *Match) bool {
	if covers(m.Method, other.Method) {
		return true
	}
	code, ok := operationByName(other.Operation)
	return ok && other.Method == "" && operations[code].method == m.Method
}

func covers[T comparable](a, b T) bool {
	var zero T
	return a == zero || a == b
}

// globCovers is true only where it is certain.
func globCovers(a, b string) bool {
	if a == b || strings.Trim(a, "*") == "" {
		return true
	}
	ga, gb := compileGlob(a), compileGlob(b)
	switch {
	case gb.kind == globLiteral:
		return ga.matches(gb.head)
	case ga.kind == globAffix && gb.kind == globAffix:
		return strings.HasPrefix(gb.head, ga.head) && strings.HasSuffix(gb.tail, ga.tail)
	}
	return false
}

func globsCover(a, b map[string]string, same func(string, string) bool) bool {
	for _, name := range slices.Sorted(maps.Keys(a)) {
		found := false
		for other, glob := range b {
			found = found || same(name, other) && globCovers(a[name], glob)
		}
		if !found {
			return false
		}
	}
	return true
}
