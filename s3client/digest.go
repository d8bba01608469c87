package s3client

import (
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"hash"
	"hash/crc32"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// This file knows the checksum algorithms of S3.

// digest is a checksum algorithm.
type digest struct {
	algorithm types.ChecksumAlgorithm
	name      string // in errors
	hash      func() hash.Hash
	crc       *crc // combines the checksums of parts to that of the whole object; nil: S3 does not
}

// digests lists the algorithms that the client computes. The first is the default.
var digests = []digest{
	{types.ChecksumAlgorithmCrc32, "CRC-32", newIEEE, &crcIEEE},
	{types.ChecksumAlgorithmCrc32c, "CRC-32C", newCastagnoli, &crcCastagnoli},
	{types.ChecksumAlgorithmCrc64nvme, "CRC-64/NVME", newNVME, &crcNVME},
	{types.ChecksumAlgorithmSha1, "SHA-1", sha1.New, nil},
	{types.ChecksumAlgorithmSha256, "SHA-256", sha256.New, nil},
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func newIEEE() hash.Hash       { return crc32.NewIEEE() }
func newCastagnoli() hash.Hash { return crc32.New(castagnoli) }

// digestOf returns the digest of the algorithm, "" being the default; false: the client does not
// compute the algorithm.
func digestOf(algorithm types.ChecksumAlgorithm) (digest, bool) {
	for _, d := range digests {
		if algorithm == "" || d.algorithm == algorithm {
			return d, true
		}
	}
	return digest{}, false
}

// kind returns what the checksum of an object in parts covers: its content, or the checksums of its
// parts.
func (d digest) kind() types.ChecksumType {
	if d.crc != nil {
		return types.ChecksumTypeFullObject
	}
	return types.ChecksumTypeComposite
}

// base64Sum returns the checksum as S3 writes it.
func base64Sum(h hash.Hash) string { return base64.StdEncoding.EncodeToString(h.Sum(nil)) }

// sums are the checksum fields of a request or response of the SDK.
type sums struct{ crc32, crc32c, crc64, sha1, sha256 *string }

// of returns sum in the field of the digest; "" leaves all fields empty.
func (d digest) of(sum string) (s sums) {
	*d.field(&s) = optional(sum)
	return s
}

// in returns the checksum that s has for the digest; nil: none.
func (d digest) in(s sums) *string { return *d.field(&s) }

func (d digest) field(s *sums) **string {
	switch d.algorithm {
	case types.ChecksumAlgorithmCrc32c:
		return &s.crc32c
	case types.ChecksumAlgorithmCrc64nvme:
		return &s.crc64
	case types.ChecksumAlgorithmSha1:
		return &s.sha1
	case types.ChecksumAlgorithmSha256:
		return &s.sha256
	}
	return &s.crc32
}

// stated returns the algorithm and the checksum that s holds; empty: it holds none.
func (s sums) stated() (types.ChecksumAlgorithm, string) {
	for _, d := range digests {
		if sum := d.in(s); sum != nil {
			return d.algorithm, aws.ToString(sum)
		}
	}
	return "", ""
}
