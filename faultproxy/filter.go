package faultproxy

import (
	"github.com/s3chaos/s3chaos/faultproxy/internal/httptext"

	"github.com/s3chaos/s3chaos/faultproxy/internal/identity"
	"github.com/s3chaos/s3chaos/faultproxy/internal/s3api"
)

// shortlist holds rules with their filters, in order. Most rules are for other requests. The
// filters tell that, and they are next to each other in memory, so that the proxy need not load the
// rules.
type shortlist struct {
	filters []filter // one for each rule
	rules   []*activeRule
	places  []int // of the rules, in the order of all
}

// filter is a summary of a Match in a few numbers. If a request does not pass it, the match cannot
// match; if it does, the match may still not match. A zero field lets all requests pass.
type filter struct {
	names          uint64 // bits of header names (httptext.NameBit), all of which the request must have
	bucket, method uint32 // hashes; 0: any
	part, attempt  uint32
	first, last    byte // bytes of the key; 0: any
}

func (l *shortlist) add(place int, a *activeRule) {
	l.filters = append(l.filters, a.filter)
	l.rules = append(l.rules, a)
	l.places = append(l.places, place)
}

// next returns the first index from i on whose filter the request passes, or the length of the
// list.
func (l *shortlist) next(i int, asked *filter) int {
	for i < len(l.filters) && !l.filters[i].passes(asked) {
		i++
	}
	return i
}

// filter returns the summary of the matcher.
func (c *matcher) filter() filter {
	f := filter{
		bucket: hash32(c.bucket.Literal()), method: hash32(c.method),
		part: uint32(c.part), attempt: uint32(c.attempt),
	}
	for _, h := range c.header {
		f.names |= httptext.NameBit(h.name)
	}
	f.first, f.last = c.key.Ends()
	return f
}

// filterOf returns the numbers of a request, for comparison with filters.
func filterOf(r *s3api.Request) filter {
	f := filter{
		names: r.Names, bucket: hash32(r.Bucket), method: hash32(r.Method),
		part: uint32(r.Part), attempt: uint32(r.Attempt),
	}
	if n := len(r.Key); n > 0 {
		f.first, f.last = r.Key[0], r.Key[n-1]
	}
	return f
}

// passes reports whether a request with the numbers r passes the filter.
func (f *filter) passes(r *filter) bool {
	return (f.first == 0 || f.first == r.first) && (f.last == 0 || f.last == r.last) &&
		(f.bucket == 0 || f.bucket == r.bucket) && (f.method == 0 || f.method == r.method) &&
		(f.part == 0 || f.part == r.part) && (f.attempt == 0 || f.attempt == r.attempt) &&
		f.names&^r.names == 0
}

// hash32 returns a hash of s, and 0 for "", which in a filter means any.
func hash32(s string) uint32 {
	if s == "" {
		return 0
	}
	h := identity.FNV1a(identity.FNVOffset, s)
	return uint32(h>>32) ^ uint32(h)
}
