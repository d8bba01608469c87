package faultproxy

import (
	"maps"
	"slices"
	"strings"

	"github.com/s3chaos/s3chaos/faultproxy/internal/httptext"
	"github.com/s3chaos/s3chaos/faultproxy/internal/s3api"
	"github.com/s3chaos/s3chaos/internal/glob"
)

// Unreachable describes a rule that can never fire.
type Unreachable struct {
	Index int    // index of the rule, from 0
	By    int    // index of the rule because of which it never fires; -1: the reason is the rule itself
	Why   string // the reason, in one line
	Does  string // what the rule By does, without its name: "takes every request it is for"
	Hint  string // what to write instead; "": no suggestion
}

// Shadowed returns the rules that can never fire, in order. An earlier rule always fires before
// such a rule or prevents all connections for ever; or its match contradicts itself; or its fault
// cannot act on what it matches; or its probability is 0. Shadowed reports only what it can prove.
func Shadowed(rules []Rule) []Unreachable {
	var list []Unreachable
	var takers []int // indexes of the rules so far that always fire when they match
	barrier := barriers(rules)
	for i := range rules {
		r := &rules[i]
		u := Unreachable{Index: i, By: -1, Why: r.impossible()}
		switch by := slices.IndexFunc(takers, func(k int) bool { return rules[k].shadows(r) }); {
		case u.Why != "":
		case by >= 0:
			u.By, u.Does = takers[by], "takes every request it is for"
			u.Hint = "put the more specific rule first, or limit the other with times or during"
		default:
			u.By, u.Does = barrier.before(r), "lets no connection through"
			u.Hint = "limit that rule with times or during"
		}
		if u.By >= 0 {
			u.Why = "rule " + rules[u.By].label(u.By+1) + " " + u.Does
		}
		if u.Why != "" {
			list = append(list, u)
		}
		if r.insatiable() && takesAll(r.Fault) && !r.Chain {
			takers = append(takers, i)
		}
	}
	return list
}

// barrier holds the indexes of the first rules that always prevent every connection, on the dial or
// at accept; -1: there is no such rule.
type barrier struct{ dial, accept int }

func barriers(rules []Rule) barrier {
	b := barrier{dial: -1, accept: -1}
	passes := false // a fault at accept may let the connection go on to the next rule
	for i := range rules {
		r := &rules[i]
		if r.Fault == nil {
			continue
		}
		ends := r.insatiable() && r.During == Window{}
		switch t := r.Fault.traits(); {
		case t.stage == stageDial && ends && b.dial < 0:
			b.dial = i
		case t.stage == stageAccept && !t.ends:
			passes = true
		case t.stage == stageAccept && ends && !passes && b.accept < 0:
			b.accept = i
		}
	}
	return b
}

// before returns the index of a rule that prevents every connection that r needs, or -1.
func (b barrier) before(r *Rule) int {
	if r.Fault == nil {
		return -1
	}
	switch stage := r.Fault.traits().stage; {
	case stage == stageDial:
		return -1
	case stage == stageExchange && b.dial < 0:
		return b.accept
	}
	return b.dial
}

// insatiable reports whether the rule always fires when it matches within its window.
func (r *Rule) insatiable() bool {
	return r.Fault != nil && r.Times == 0 && r.After == 0 && (r.Probability == nil || *r.Probability >= 1)
}

// takesAll reports whether a fault acts on every request that its rule matches.
func takesAll(f Fault) bool {
	_, chooses := f.(chooser)
	return !chooses || f.traits().takesAll
}

// impossible returns why the rule can never fire, apart from other rules, or "".
func (r *Rule) impossible() string {
	if r.Probability != nil && *r.Probability <= 0 {
		return "its probability is 0"
	}
	if why := r.Match.eachOp(r.Match.contradicts); why != "" {
		return why
	}
	if r.Match.leavesOutAll() {
		return "its not leaves out all that it is for"
	}
	if _, needs := r.Fault.(*idleClose); needs && r.Match.Reused != nil && !*r.Match.Reused {
		return "idle_close acts on reused connections only"
	}
	return r.Match.neverActs(r.Fault)
}

// partOperations are the operations whose requests have a part number.
var partOperations = []string{"UploadPart", "UploadPartCopy", "GetObject", "HeadObject"}

// contradicts returns why no request of an operation can match, or "".
func (m *Match) contradicts(op s3api.Op) string {
	switch {
	case m.Method != "" && m.Method != op.Method():
		return op.String() + " is sent with " + op.Method() + ", never " + m.Method
	case strings.Trim(m.Bucket, "*") != "" && op.Level() == s3api.ServiceLevel:
		return op.String() + " names no bucket"
	case strings.Trim(m.Key, "*") != "" && op.Level() != s3api.ObjectLevel:
		return op.String() + " names no key"
	case m.MinLength > 0 && askedFor(op).noRequestBody() != "":
		return askedFor(op).noRequestBody()
	case m.Part != 0 && !slices.Contains(partOperations, op.String()):
		return op.String() + " has no part number"
	}
	return ""
}

// shadows reports whether a always matches the requests that b matches. a comes first, and always
// fires when it matches.
func (a *Rule) shadows(b *Rule) bool {
	if b.Fault == nil || a.Fault.traits().stage != b.Fault.traits().stage {
		return false
	}
	always := Window{}
	if a.During != always && (b.During == always ||
		b.During.Since != a.During.Since || b.During.From < a.During.From || b.During.To > a.During.To) {
		return false
	}
	return a.Match.covers(&b.Match)
}

// covers reports whether m matches every request that other matches.
func (m *Match) covers(other *Match) bool {
	return m.coversOperations(other) && m.coversMethod(other) && covers(m.Part, other.Part) &&
		covers(m.Attempt, other.Attempt) && glob.Covers(m.Bucket, other.Bucket) && glob.Covers(m.Key, other.Key) &&
		patternsCover(m.Header, other.Header, httptext.EqualFold) &&
		patternsCover(m.Query, other.Query, func(a, b string) bool { return a == b }) && m.coversLimits(other)
}

func covers[T comparable](a, b T) bool {
	var zero T
	return a == zero || a == b
}

func patternsCover(a, b map[string]string, same func(string, string) bool) bool {
	for _, name := range slices.Sorted(maps.Keys(a)) {
		found := false
		for other, pattern := range b {
			found = found || same(name, other) && glob.Covers(a[name], pattern)
		}
		if !found {
			return false
		}
	}
	return true
}
