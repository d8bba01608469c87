package faultproxy

import (
	"github.com/s3chaos/s3chaos/faultproxy/internal/httptext"

	"github.com/s3chaos/s3chaos/faultproxy/internal/identity"
	"github.com/s3chaos/s3chaos/faultproxy/internal/s3api"
)

// shortlist is rules that requests of one operation, or of any, are held against, in order. Most
// rules are for other requests: the filters, in a row in memory, tell so without a look at the
// rules.
type shortlist struct {
	filters []filter // as long as rules
	rules   []*activeRule
}

// filter is what a Match comes down to in a few numbers. What it lets through may still not match;
// what it does not cannot. A zero field lets everything through.
type filter struct {
	names          uint64 // nameBits of the headers, of which a request must have all
	bucket, method uint32 // hashes
	part, attempt  uint32
	first, last    byte // of the key
}

func (l *shortlist) add(a *activeRule) {
	l.filters = append(l.filters, a.filter)
	l.rules = append(l.rules, a)
}

// next is the first place from i on whose filter lets a request through, or the end of the list.
func (l *shortlist) next(i int, asked *filter) int {
	for i < len(l.filters) && !l.filters[i].passes(asked) {
		i++
	}
	return i
}

// filter is the matcher's.
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

// filterOf returns what the filters of rules are compared with.
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

// passes reports whether a rule may match a request with that filter.
func (f *filter) passes(r *filter) bool {
	return (f.first == 0 || f.first == r.first) && (f.last == 0 || f.last == r.last) &&
		(f.bucket == 0 || f.bucket == r.bucket) && (f.method == 0 || f.method == r.method) &&
		(f.part == 0 || f.part == r.part) && (f.attempt == 0 || f.attempt == r.attempt) &&
		f.names&^r.names == 0
}

// hash32 is 0 for the empty text, which in a filter is any.
func hash32(s string) uint32 {
	if s == "" {
		return 0
	}
	h := identity.FNV1a(identity.FNVOffset, s)
	return uint32(h>>32) ^ uint32(h)
}
