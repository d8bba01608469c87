package faultproxy

import (
	"maps"
	"time"
)

// partFunc is a RulePart that is a function.
type partFunc func(r *Rule)

func (f partFunc) part(r *Rule) { f(r) }

// Times lets the rule fire at most n times; 0 means without limit.
func Times(n int) RulePart { return partFunc(func(r *Rule) { r.Times = n }) }

// After skips the rule's first n matches.
func After(n int) RulePart { return partFunc(func(r *Rule) { r.After = n }) }

// Probability lets the rule fire with a probability from 0 to 1, drawn from the seed, the rule and
// the request's identity. Without this part it is 1.
func Probability(p float64) RulePart { return partFunc(func(r *Rule) { r.Probability = &p }) }

// ProbabilityPer lets the rule fire with a probability from 0 to 1, drawn once for all requests of
// a connection or of a key, or for each request.
func ProbabilityPer(p float64, per DrawPer) RulePart {
	return partFunc(func(r *Rule) { r.Probability, r.Per = &p, per })
}

// During limits the rule to a window of scenario time: from is the first moment in it, to the first
// after it.
func During(from, to time.Duration) RulePart {
	return partFunc(func(r *Rule) { r.During = Window{From: from, To: to} })
}

// AfterUpstream lets the upstream handle the request before the fault answers in its place. The
// upstream's response is dropped.
func AfterUpstream() RulePart { return partFunc(func(r *Rule) { r.AfterUpstream = true }) }

// Optional allows the rule not to fire: neither a drill nor faulttest.Lab.RequireFired fails
// because of it. faulttest.Lab.Rule accepts the rule even if it can never fire.
func Optional() RulePart { return partFunc(func(r *Rule) { r.Optional = true }) }

// Chain lets later rules act on the same request, too: see Rule.Chain.
func Chain() RulePart { return partFunc(func(r *Rule) { r.Chain = true }) }

// Named sets the name of the rule in the journal.
func Named(name string) RulePart { return partFunc(func(r *Rule) { r.Name = name }) }

// AnyOf limits the rule to some S3 operations. It takes the place of the one operation that NewRule
// and faulttest.Lab.Rule are called with, which is then empty.
func AnyOf(operations ...string) RulePart {
	return partFunc(func(r *Rule) { r.Match.Operations = operations })
}

// Bucket limits the rule to buckets that match a pattern.
func Bucket(glob string) RulePart { return partFunc(func(r *Rule) { r.Match.Bucket = glob }) }

// Key limits the rule to keys that match a pattern.
func Key(glob string) RulePart { return partFunc(func(r *Rule) { r.Match.Key = glob }) }

// Method limits the rule to requests with an HTTP method.
func Method(name string) RulePart { return partFunc(func(r *Rule) { r.Match.Method = name }) }

// Header limits the rule to requests that have a header whose value matches a pattern.
func Header(name, glob string) RulePart {
	return partFunc(func(r *Rule) { r.Match.Header = with(r.Match.Header, name, glob) })
}

// Query limits the rule to requests that have a query parameter whose decoded value matches a
// pattern.
func Query(name, glob string) RulePart {
	return partFunc(func(r *Rule) { r.Match.Query = with(r.Match.Query, name, glob) })
}

// with returns a copy of m with one more entry. It does not change m, which other rules may share.
func with(m map[string]string, name, value string) map[string]string {
	more := map[string]string{}
	maps.Copy(more, m)
	more[name] = value
	return more
}

// Part limits the rule to one part number of a multipart upload.
func Part(n int) RulePart { return partFunc(func(r *Rule) { r.Match.Part = n }) }

// MinLength limits the rule to requests that carry an object or part of at least n bytes.
func MinLength(n Size) RulePart { return partFunc(func(r *Rule) { r.Match.MinLength = n }) }

// MaxLength limits the rule to requests that carry an object or part of at most n bytes, or none; n
// must be positive.
func MaxLength(n Size) RulePart { return partFunc(func(r *Rule) { r.Match.MaxLength = n }) }

// Reused limits the rule to requests on reused connections, or to the first requests of
// connections.
func Reused(reused bool) RulePart { return partFunc(func(r *Rule) { r.Match.Reused = &reused }) }

// Not leaves requests out that match all of m.
func Not(m Match) RulePart { return partFunc(func(r *Rule) { r.Match.Not = &m }) }

// Attempt limits the rule to the n-th attempt of a logical request, from 1.
func Attempt(n int) RulePart { return partFunc(func(r *Rule) { r.Match.Attempt = n }) }

// Matching sets the whole match of the rule, including the operation. It is a mistake if that
// removes what another part has set.
func Matching(m Match) RulePart { return partFunc(func(r *Rule) { r.Match = m }) }
