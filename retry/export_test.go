package retry

// Circuits returns how many circuits b remembers.
func Circuits(b *Breaker) (n int) {
	b.parts.each(func(*shard[circuit], string, *circuit) { n++ })
	return n
}

// Buckets returns how many buckets b remembers.
func Buckets(b *Budget) (n int) {
	b.parts.each(func(*shard[bucket], string, *bucket) { n++ })
	return n
}

// MostCounted is how many names and identities a Retryer counts calls of.
const MostCounted = mostCounted

// CallCounts returns how many r remembers.
func CallCounts(r *Retryer) int { return len(r.calls.seen) }

// BreakerIdle reports whether the count of live circuits is 0.
func BreakerIdle(b *Breaker) bool { return b.idle() }
