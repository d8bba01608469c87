package retry

import "math/bits"

// The three multipliers of wyhash (Wang Yi, public domain): odd numbers with as many ones as zeros.
const (
	prime0 = 0xa0761d6478bd642f
	prime1 = 0xe7037ed1a0b428db
	prime2 = 0x8ebc6af09c88c6e3
)

// mix folds the 128-bit product of a and b.
func mix(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	return hi ^ lo
}

// draw returns 64 bits that depend on its arguments only. The value is the same on every machine
// and in every release, because drills are replayed with it.
//
// The attempt is mixed twice. After a single multiplication the draws of attempts 1 and 2 still
// have a correlation of −0.4.
func draw(seed uint64, name string, attempt int) uint64 {
	h := mix(digest(seed, name)^uint64(attempt), prime2)
	return mix(h^prime0, prime1)
}

// digest folds a seed and a text into 64 bits.
func digest(seed uint64, name string) uint64 {
	h := seed ^ prime0
	length := uint64(len(name))
	for len(name) > 16 {
		h = mix(h^word(name), prime1^word(name[8:]))
		name = name[16:]
	}
	var low, high uint64
	switch n := len(name); {
	case n >= 8:
		low, high = word(name), word(name[n-8:])
	case n >= 4:
		low, high = half(name), half(name[n-4:])
	case n > 0:
		low = uint64(name[0])<<16 | uint64(name[n/2])<<8 | uint64(name[n-1])
	}
	return mix(h^low, prime1^high^length)
}

// word reads the first eight bytes of s.
func word(s string) uint64 {
	_ = s[7]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

// half reads the first four bytes of s as a little-endian number.
func half(s string) uint64 {
	_ = s[3]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24
}

// below turns 64 random bits into a number in [0, n).
func below(bits64 uint64, n int64) int64 {
	hi, _ := bits.Mul64(bits64, uint64(n))
	return int64(hi)
}
