package s3client_test

import (
	"hash"
	"hash/crc64"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/s3client"
)

func TestNVMEIsThatOfTheStandardLibrary(t *testing.T) {
	content := noise(200_000)
	random := rand.New(rand.NewPCG(1, 2))
	for _, size := range []int{0, 1, 7, 4095, 16_383, 16_384, 16_385, 32_768, 50_000, 200_000} {
		want := crc64.Checksum(content[:size], crc64.MakeTable(0x9a6c9329ac4bc9b5))
		for range 10 {
			h := s3client.NewNVME().(hash.Hash64)
			h.Write([]byte("forgotten"))
			h.Reset()
			for rest := content[:size]; len(rest) > 0; {
				n := min(len(rest), 1+random.IntN(70_000))
				h.Write(rest[:n])
				rest = rest[n:]
			}
			require.Equal(t, want, h.Sum64(), "%d bytes", size)
		}
	}
}

func BenchmarkNVME(b *testing.B) {
	content := noise(256 << 10)
	table := crc64.MakeTable(0x9a6c9329ac4bc9b5)
	for name, h := range map[string]hash.Hash{"lib=ours": s3client.NewNVME(), "lib=std": crc64.New(table)} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(content)))
			for range b.N {
				h.Write(content)
			}
		})
	}
}
