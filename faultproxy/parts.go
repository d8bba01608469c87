package faultproxy

import "time"

// partFunc is a RulePart that sets something.
type partFunc func(r *Rule)

func (f partFunc) part(r *Rule) { f(r) }

// Times lets the rule act at most n times; 0 means always.
func Times(n int) RulePart { return partFunc(func(r *Rule) { r.Times = n }) }

// After skips the rule's first n matches.
func After(n int) RulePart { return partFunc(func(r *Rule) { r.After = n }) }

// Probability lets the rule act with that probability, 0 to 1, drawn from the seed, the rule and the request's identity.
func Probability(p float64) RulePart { return partFunc(func(r *Rule) { r.Probability = &p }) }

// During limits the rule to a window of time since the proxy's start.
func During(from, to time.Duration) RulePart {
	return partFunc(func(r *Rule) { r.During = Window{From: from, To: to} })
}

// AfterUpstream lets the upstream act first; its answer is lost.
func AfterUpstream() RulePart { return partFunc(func(r *Rule) { r.AfterUpstream = true }) }

// Named gives the rule the name that appears in the journal.
func Named(name string) RulePart { return partFunc(func(r *Rule) { r.Name = name }) }

// Bucket limits the rule to one bucket.
func Bucket(name string) RulePart { return partFunc(func(r *Rule) { r.Match.Bucket = name }) }

// Key limits the rule to keys that match a glob.
func Key(glob string) RulePart { return partFunc(func(r *Rule) { r.Match.Key = glob }) }

// Part limits the rule to one part number of a multipart upload.
func Part(n int) RulePart { return partFunc(func(r *Rule) { r.Match.Part = n }) }

// Attempt limits the rule to the n-th attempt of a logical request, from 1.
func Attempt(n int) RulePart { return partFunc(func(r *Rule) { r.Match.Attempt = n }) }

// Matching replaces everything the rule matches on, the operation included.
func Matching(m Match) RulePart { return partFunc(func(r *Rule) { r.Match = m }) }
