package sums_test

import (
	"encoding/hex"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/sums"
)

// The sums of "123456789": the check values of the catalogues of CRC algorithms, of coreutils, and
// of the reference program xxhsum.
var checkValues = map[string]string{
	"CRC32":     "cbf43926",
	"CRC32C":    "e3069283",
	"CRC64NVME": "ae8b14860a799888",
	"MD5":       "25f9e794323b453885f5181f1b624d0b",
	"SHA1":      "f7c3bc1d808e04732adf679965ccc34ca7ae3441",
	"SHA256":    "15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225",
	"SHA512": "d9e6762dd1c8eaf6d61b3c6192fc408d4d6d5f1176d0c29169bc24e71c3f274a" +
		"d27fcd5811b313d681f7e55ec02d73d499c95455b6b5bb503acf574fba8ffe85",
	"XXHASH64":  "8cb841db40e6ae83",
	"XXHASH3":   "72dcb18b67a17dff",
	"XXHASH128": "33119477ede5dcd5e9716427681d5860",
}

func TestSumsOfKnownText(t *testing.T) {
	for name, want := range checkValues {
		a := sums.Named(strings.ToLower(name))
		require.NotNil(t, a, name)
		require.Equal(t, want, hex.EncodeToString(a.Sum([]byte("1234"), []byte("56789"))), name)
		streamed, err := a.SumOf(strings.NewReader("123456789"))
		require.NoError(t, err)
		require.Equal(t, want, hex.EncodeToString(streamed), name)
	}
}

// The values for the empty text stand in the specification of XXH3, with seed 0.
func TestXXH3OfEmptyText(t *testing.T) {
	require.Equal(t, "2d06800538d394c2", hex.EncodeToString(sums.Named("XXHASH3").Sum()))
	require.Equal(t, "99aa06d3014798d86001c324468d497f", hex.EncodeToString(sums.Named("XXHASH128").Sum()))
}

func TestSumHasTheSizeOfItsAlgorithm(t *testing.T) {
	for _, a := range sums.All {
		require.Len(t, a.Sum([]byte("x")), a.Size, a.Name)
		require.Same(t, a, sums.OfHeader(a.Header))
		require.True(t, a.FullObject || a.Composite, a.Name)
	}
	require.Nil(t, sums.Named("CRC16"))
	require.Nil(t, sums.OfHeader("X-Amz-Checksum-Crc16"))
}
