package retry

// Circuits returns how many circuits b remembers.
func Circuits(b *Breaker) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.parts)
}

// Buckets returns how many buckets b remembers.
func Buckets(b *Budget) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.parts)
}

// MostCounted is how many names and identities a Retryer counts calls of.
const MostCounted = mostCounted

// CallCounts returns how many r remembers.
func CallCounts(r *Retryer) int { return len(r.calls.seen) }
