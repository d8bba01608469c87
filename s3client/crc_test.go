package s3client_test

import (
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"hash"
	"hash/crc32"
	"hash/crc64"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/s3client"
)

// hashes are the checksums of S3.
var hashes = map[string]func() hash.Hash{
	"CRC32":     func() hash.Hash { return crc32.NewIEEE() },
	"CRC32C":    func() hash.Hash { return crc32.New(crc32.MakeTable(crc32.Castagnoli)) },
	"CRC64NVME": func() hash.Hash { return crc64.New(crc64.MakeTable(0x9a6c9329ac4bc9b5)) },
	"SHA1":      sha1.New,
	"SHA256":    sha256.New,
}

// sumOf is a checksum of content as S3 writes it.
func sumOf(algorithm string, content []byte) string {
	h := hashes[algorithm]()
	h.Write(content)
	return base64.StdEncoding.EncodeToString(h.Sum(nil))
}

func TestCRCsOfPiecesCombine(t *testing.T) {
	content := noise(100_000)
	for name, anew := range map[string]func() hash.Hash{
		"CRC-32": hashes["CRC32"], "CRC-32C": hashes["CRC32C"], "CRC-64/NVME": hashes["CRC64NVME"],
	} {
		sum := func(p []byte) []byte {
			h := anew()
			h.Write(p)
			return h.Sum(nil)
		}
		for _, cut := range []int{0, 1, 7, 8, 9, 4096, 65_537, 99_999, 100_000} {
			got := s3client.CombineCRC(name, sum(content[:cut]), sum(content[cut:]), int64(len(content)-cut))
			require.Equal(t, sum(content), got, "%s cut at %d", name, cut)
		}
	}
}

// The check values of the catalogue of CRCs, for "123456789".
func TestCRCsAreThoseOfS3(t *testing.T) {
	for algorithm, want := range map[string][]byte{
		"CRC32": {0xcb, 0xf4, 0x39, 0x26}, "CRC32C": {0xe3, 0x06, 0x92, 0x83},
		"CRC64NVME": {0xae, 0x8b, 0x14, 0x86, 0x0a, 0x79, 0x98, 0x88},
	} {
		require.Equal(t, base64.StdEncoding.EncodeToString(want), sumOf(algorithm, []byte("123456789")))
	}
}
