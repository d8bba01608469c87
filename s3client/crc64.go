package s3client

import (
	"encoding/binary"
	"hash"
	"hash/crc64"
)

// This file computes CRC-64/NVME, the checksum that S3 itself gives to objects, faster than
// hash/crc64 does: each step waits for the step before it, so the hash computes four pieces side by
// side and then combines them.

const (
	lanes      = 4
	laneLength = 4 << 10 // bytes of a piece
)

// nvmeTables are the tables for eight bytes at once: nvmeTables[i][b] is the CRC of the byte b and
// i zero bytes behind it.
var nvmeTables = func() (tables [8][256]uint64) {
	tables[0] = *crc64.MakeTable(crcNVME.polynomial)
	for b := range 256 {
		sum := tables[0][b]
		for i := 1; i < 8; i++ {
			sum = tables[0][sum&0xff] ^ sum>>8
			tables[i][b] = sum
		}
	}
	return tables
}()

// nvmeShift maps each byte of a CRC to what it becomes when a lane of zero bytes follows.
var nvmeShift = func() (tables [8][256]uint64) {
	power := crcNVME.power(8 * laneLength)
	for i := range 8 {
		for b := 1; b < 256; b++ {
			if rest := b & (b - 1); rest != 0 { // the map is linear
				tables[i][b] = tables[i][rest] ^ tables[i][b^rest]
			} else {
				tables[i][b] = crcNVME.multiply(power, uint64(b)<<(8*i))
			}
		}
	}
	return tables
}()

// nvmeHash is a hash.Hash64 for CRC-64/NVME.
type nvmeHash struct{ sum uint64 }

func newNVME() hash.Hash { return new(nvmeHash) }

func (h *nvmeHash) Write(p []byte) (int, error) {
	n, sum := len(p), ^h.sum
	for ; len(p) >= lanes*laneLength; p = p[lanes*laneLength:] {
		sum = nvmeLanes(sum, p)
	}
	// crc64.Update would build the tables for eight bytes anew in each call.
	for ; len(p) >= 8; p = p[8:] {
		sum = nvmeStep(&nvmeTables, sum^binary.LittleEndian.Uint64(p))
	}
	for _, b := range p {
		sum = nvmeTables[0][byte(sum)^b] ^ sum>>8
	}
	h.sum = ^sum
	return n, nil
}

// nvmeLanes returns the CRC, not inverted, after the first lanes of p.
func nvmeLanes(a uint64, p []byte) uint64 {
	var (
		t       = &nvmeTables
		b, c, d uint64
		pa, pb  = p[:laneLength], p[laneLength : 2*laneLength]
		pc, pd  = p[2*laneLength : 3*laneLength], p[3*laneLength : 4*laneLength]
	)
	for i := 0; i <= laneLength-8; i += 8 {
		a = nvmeStep(t, a^binary.LittleEndian.Uint64(pa[i:]))
		b = nvmeStep(t, b^binary.LittleEndian.Uint64(pb[i:]))
		c = nvmeStep(t, c^binary.LittleEndian.Uint64(pc[i:]))
		d = nvmeStep(t, d^binary.LittleEndian.Uint64(pd[i:]))
	}
	return shiftLane(shiftLane(shiftLane(a)^b)^c) ^ d
}

// nvmeStep returns the CRC after eight bytes, which are in x together with the CRC before them.
func nvmeStep(t *[8][256]uint64, x uint64) uint64 {
	return t[7][byte(x)] ^ t[6][byte(x>>8)] ^ t[5][byte(x>>16)] ^ t[4][byte(x>>24)] ^
		t[3][byte(x>>32)] ^ t[2][byte(x>>40)] ^ t[1][byte(x>>48)] ^ t[0][byte(x>>56)]
}

// shiftLane returns the CRC, not inverted, after a lane of zero bytes.
func shiftLane(x uint64) uint64 {
	t := &nvmeShift
	return t[0][byte(x)] ^ t[1][byte(x>>8)] ^ t[2][byte(x>>16)] ^ t[3][byte(x>>24)] ^
		t[4][byte(x>>32)] ^ t[5][byte(x>>40)] ^ t[6][byte(x>>48)] ^ t[7][byte(x>>56)]
}

func (h *nvmeHash) Sum(in []byte) []byte { return binary.BigEndian.AppendUint64(in, h.sum) }
func (h *nvmeHash) Sum64() uint64        { return h.sum }
func (h *nvmeHash) Reset()               { h.sum = 0 }
func (h *nvmeHash) Size() int            { return crc64.Size }
func (h *nvmeHash) BlockSize() int       { return 1 }
