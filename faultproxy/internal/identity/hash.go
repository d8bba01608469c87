package identity

import "time"

// FNV1a continues the 64-bit FNV-1a hash h with s. It is the same in every process and on every
// machine, as draws require.
func FNV1a[T string | []byte](h uint64, s T) uint64 {
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * 1099511628211
	}
	return h
}

const FNVOffset = 14695981039346656037

// Mix hashes the numbers to 64 bits, with the finalizer of SplitMix64 after each.
func Mix(numbers ...uint64) uint64 {
	h := uint64(0x9e3779b97f4a7c15)
	for _, n := range numbers {
		h += n + 0x9e3779b97f4a7c15
		h = (h ^ h>>30) * 0xbf58476d1ce4e5b9
		h = (h ^ h>>27) * 0x94d049bb133111eb
		h ^= h >> 31
	}
	return h
}

// Draw returns a number in [0, 1) that depends only on its arguments.
func Draw(seed, rule, identity uint64, nth int) float64 {
	return float64(Mix(seed, rule, identity, uint64(nth))>>11) / (1 << 53)
}

// LatencyLimit is the upper bound of the identity latency.
const LatencyLimit = time.Millisecond

// Latency returns the identity latency of a request, between 0 and 1 ms. It orders requests that
// arrive at the same instant by seed and identity, instead of by the scheduler.
func Latency(seed, identity uint64, nth int) time.Duration {
	const latency = 0x1a7e // makes these draws differ from those of every rule
	return 1 + time.Duration(Mix(seed, latency<<32, identity, uint64(nth))%uint64(LatencyLimit-1))
}
