// Package sums holds the additional checksums of S3: [All] lists them, [Named] finds one by its
// name, and [Algorithm.Sum] computes one.
//
// The table of which algorithm may cover a whole multipart object is that of the S3 user guide,
// "Checking object integrity".
package sums

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"hash"
	"hash/crc32"
	"hash/crc64"
	"io"
	"strings"

	"github.com/cespare/xxhash/v2"
	"github.com/zeebo/xxh3"
)

// Algorithm is one of S3's additional checksums.
type Algorithm struct {
	Name   string // as in x-amz-checksum-algorithm
	Header string // the header that carries a sum, canonical
	Size   int    // bytes of a sum
	New    func() hash.Hash

	// FullObject says that the sum of a multipart object may cover its content.
	FullObject bool
	// Composite says that it may cover the sums of the parts.
	Composite bool
}

var (
	castagnoli = crc32.MakeTable(crc32.Castagnoli)
	// nvme is the polynomial of the NVM Express specification, reflected.
	nvme = crc64.MakeTable(0x9a6c9329ac4bc9b5)
)

// CRC64NVME is the algorithm that S3 uses if the client names none.
var CRC64NVME = &Algorithm{
	"CRC64NVME", "X-Amz-Checksum-Crc64nvme", crc64.Size, func() hash.Hash { return crc64.New(nvme) }, true, false,
}

// All lists the algorithms, in the order in which S3's messages list them.
var All = []*Algorithm{
	{"CRC32", "X-Amz-Checksum-Crc32", crc32.Size, func() hash.Hash { return crc32.NewIEEE() }, true, true},
	{"CRC32C", "X-Amz-Checksum-Crc32c", crc32.Size, func() hash.Hash { return crc32.New(castagnoli) }, true, true},
	CRC64NVME,
	{"MD5", "X-Amz-Checksum-Md5", md5.Size, md5.New, false, true},
	{"SHA1", "X-Amz-Checksum-Sha1", sha1.Size, sha1.New, false, true},
	{"SHA256", "X-Amz-Checksum-Sha256", sha256.Size, sha256.New, false, true},
	{"SHA512", "X-Amz-Checksum-Sha512", sha512.Size, sha512.New, false, true},
	{"XXHASH128", "X-Amz-Checksum-Xxhash128", 16, func() hash.Hash { return xxh128{xxh3.New()} }, false, true},
	{"XXHASH3", "X-Amz-Checksum-Xxhash3", 8, func() hash.Hash { return xxh3.New() }, false, true},
	{"XXHASH64", "X-Amz-Checksum-Xxhash64", 8, func() hash.Hash { return xxhash.New() }, false, true},
}

// xxh128 is a hasher whose sum is the 128-bit one.
type xxh128 struct{ *xxh3.Hasher }

func (h xxh128) Size() int { return 16 }

func (h xxh128) Sum(b []byte) []byte {
	sum := h.Sum128().Bytes()
	return append(b, sum[:]...)
}

// Named returns the algorithm of a name, in any case, or nil.
func Named(name string) *Algorithm {
	for _, a := range All {
		if strings.EqualFold(a.Name, name) {
			return a
		}
	}
	return nil
}

// OfHeader returns the algorithm whose sum a header carries, in any case, or nil.
func OfHeader(header string) *Algorithm {
	for _, a := range All {
		if strings.EqualFold(a.Header, header) {
			return a
		}
	}
	return nil
}

// Names lists the names of all algorithms as S3's messages do.
func Names() string {
	names := make([]string, len(All))
	for i, a := range All {
		names[i] = a.Name
	}
	return strings.Join(names, ", ")
}

// Sum computes the sum of content that is given in pieces.
func (a *Algorithm) Sum(content ...[]byte) []byte {
	h := a.New()
	for _, piece := range content {
		h.Write(piece)
	}
	return h.Sum(nil)
}

// SumOf computes the sum of what r holds.
func (a *Algorithm) SumOf(r io.Reader) ([]byte, error) {
	h := a.New()
	_, err := io.Copy(h, r)
	return h.Sum(nil), err
}
