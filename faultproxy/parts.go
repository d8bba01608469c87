package faultproxy

import (
	"maps"
	"time"
)

// partFunc is a RulePart that sets something.
type partFunc func(r *Rule)

func (f partFunc) part(r *Rule) { f(r) }

// Times lets the rule act at most n times; 0 means always.
func Times(n int) RulePart { return partFunc(func(r *Rule) { r.Times = n }) }

// After skips the rule's first n matches.
func After(n int) RulePart { return partFunc(func(r *Rule) { r.After = n }) }

// Probability lets the rule act with that probability, drawn from the seed, the rule and the
// request's identity: 0 never, 1 always, as without this part.
func Probability(p float64) RulePart { return partFunc(func(r *Rule) { r.Probability = &p }) }

// During limits the rule to a window of time since the proxy's start.
func During(from, to time.Duration) RulePart {
	return partFunc(func(r *Rule) { r.During = Window{From: from, To: to} })
}

// AfterUpstream lets the upstream act first; its answer is lost.
func AfterUpstream() RulePart { return partFunc(func(r *Rule) { r.AfterUpstream = true }) }

// Optional lets the rule be silent: neither faulttest.Lab.RequireFired nor a drill minds when it
// does not fire, nor faulttest.Lab.Rule when it cannot.
func Optional() RulePart { return partFunc(func(r *Rule) { r.Optional = true }) }

// Named gives the rule the name that appears in the journal.
func Named(name string) RulePart { return partFunc(func(r *Rule) { r.Name = name }) }

// AnyOf limits the rule to some S3 operations. It takes the place of the one operation that NewRule
// and faulttest.Lab.Rule are called with, which is then empty.
func AnyOf(operations ...string) RulePart {
	return partFunc(func(r *Rule) { r.Match.Operations = operations })
}

// Bucket limits the rule to buckets that match a glob.
func Bucket(glob string) RulePart { return partFunc(func(r *Rule) { r.Match.Bucket = glob }) }

// Key limits the rule to keys that match a glob.
func Key(glob string) RulePart { return partFunc(func(r *Rule) { r.Match.Key = glob }) }

// Method limits the rule to requests with an HTTP method.
func Method(name string) RulePart { return partFunc(func(r *Rule) { r.Match.Method = name }) }

// Header limits the rule to requests that have a header whose value matches a glob.
func Header(name, glob string) RulePart {
	return partFunc(func(r *Rule) { r.Match.Header = with(r.Match.Header, name, glob) })
}

// Query limits the rule to requests that have a query parameter whose decoded value matches a glob.
func Query(name, glob string) RulePart {
	return partFunc(func(r *Rule) { r.Match.Query = with(r.Match.Query, name, glob) })
}

// with is a copy of m, which others may hold, with one more entry.
func with(m map[string]string, name, value string) map[string]string {
	more := map[string]string{}
	maps.Copy(more, m)
	more[name] = value
	return more
}

// Part limits the rule to one part number of a multipart upload.
func Part(n int) RulePart { return partFunc(func(r *Rule) { r.Match.Part = n }) }

// Attempt limits the rule to the n-th attempt of a logical request, from 1.
func Attempt(n int) RulePart { return partFunc(func(r *Rule) { r.Match.Attempt = n }) }

// Matching is everything the rule matches on, the operation included; faulttest.Lab.Rule refuses it
// where that undoes what was said before.
func Matching(m Match) RulePart { return partFunc(func(r *Rule) { r.Match = m }) }
