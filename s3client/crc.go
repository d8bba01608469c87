package s3client

import (
	"hash"
	"hash/crc32"
)

// This file combines the CRCs of pieces of an object to the CRC of the whole, as zlib's
// crc32_combine does. A CRC is the remainder of a polynomial division: appending n bytes multiplies
// the remainder by x^(8n), modulo the polynomial of the CRC.

// crc is a reflected CRC whose register starts with ones and whose result is inverted.
type crc struct {
	width      int    // bits
	polynomial uint64 // reflected: the highest bit belongs to x^0
}

var (
	crcIEEE       = crc{32, crc32.IEEE}
	crcCastagnoli = crc{32, crc32.Castagnoli}
	crcNVME       = crc{64, 0x9a6c9329ac4bc9b5}
)

// combine returns the CRC of two pieces, the second of which has length bytes.
func (c crc) combine(first, second uint64, length int64) uint64 {
	return c.multiply(c.power(8*uint64(length)), first) ^ second
}

// multiply returns the product of two polynomials modulo the polynomial of the CRC.
func (c crc) multiply(a, b uint64) uint64 {
	var product uint64
	for m := uint64(1) << (c.width - 1); m != 0; m >>= 1 {
		if a&m != 0 {
			product ^= b
		}
		odd := b & 1
		b >>= 1
		if odd != 0 {
			b ^= c.polynomial
		}
	}
	return product
}

// power returns x^n modulo the polynomial of the CRC.
func (c crc) power(n uint64) uint64 {
	result, square := uint64(1)<<(c.width-1), uint64(1)<<(c.width-2)
	for ; n > 0; n >>= 1 {
		if n&1 != 0 {
			result = c.multiply(square, result)
		}
		square = c.multiply(square, square)
	}
	return result
}

// value returns the CRC that a hash has computed.
func value(h hash.Hash) uint64 {
	var n uint64
	for _, b := range h.Sum(nil) {
		n = n<<8 | uint64(b)
	}
	return n
}

// bytes returns the CRC as a hash would.
func (c crc) bytes(n uint64) []byte {
	all := make([]byte, c.width/8)
	for i := len(all) - 1; i >= 0; i-- {
		all[i] = byte(n)
		n >>= 8
	}
	return all
}
