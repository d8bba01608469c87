package checksum_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/checksum"
	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/s3err"
	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/sums"
)

func TestPlan(t *testing.T) {
	for _, c := range []struct {
		algorithm, kind string
		want            string // the type; empty: refused
	}{
		{"", "", checksum.FullObject},
		{"", checksum.FullObject, ""},
		{"crc32", "", checksum.Composite},
		{"CRC32", "full_object", checksum.FullObject},
		{"CRC64NVME", "", checksum.FullObject},
		{"CRC64NVME", checksum.Composite, ""},
		{"SHA256", checksum.Composite, checksum.Composite},
		{"SHA256", checksum.FullObject, ""},
		{"SHA256", "SOME", ""},
		{"CRC16", "", ""},
	} {
		algorithm, kind, err := checksum.Plan(http.Header{
			checksum.HeaderAlgorithm: {c.algorithm}, checksum.HeaderType: {c.kind},
		})
		require.Equal(t, c.want, kind, "%v", c)
		require.Equal(t, c.want == "", err != nil, "%v", c)
		if err == nil {
			require.Equal(t, sums.Named(c.algorithm), algorithm)
		}
	}
}

func TestIsSum(t *testing.T) {
	crc := sums.Named("CRC32")
	for text, want := range map[string][2]bool{ // of a whole object, of a composite
		"y/Q5Jg==":     {true, true},
		"y/Q5Jg==-2":   {false, true},
		"y/Q5Jg==-two": {false, false},
		"y/Q5Jg==-2-3": {false, false},
		"y/Q5":         {false, false},
		"?":            {false, false},
	} {
		require.Equal(t, want[0], checksum.IsSum(text, crc, checksum.FullObject), text)
		require.Equal(t, want[1], checksum.IsSum(text, crc, checksum.Composite), text)
	}
}

func TestChecksSeeTheAlgorithmBeforeTheSumIsVerified(t *testing.T) {
	h := http.Header{"X-Amz-Checksum-Crc32": {"AAAAAA=="}}
	refusal := s3err.New(s3err.InvalidRequest)
	_, err := checksum.Verify(h, nil, []byte("123456789"), func(a *sums.Algorithm) error {
		require.Equal(t, "CRC32", a.Name)
		return refusal
	})
	require.Same(t, refusal, err)
	_, err = checksum.Verify(h, nil, []byte("123456789"))
	require.Equal(t, s3err.BadDigest, s3err.As(err).Code)
	got, err := checksum.Verify(nil, map[string]string{"x-amz-checksum-crc32": "y/Q5Jg=="}, []byte("123456789"))
	require.NoError(t, err)
	require.Equal(t, "y/Q5Jg==", got.String())
}

func TestElementHoldsOneSum(t *testing.T) {
	crc := &checksum.Checksum{
		Algorithm: sums.Named("CRC32"), Sum: []byte{1, 2, 3, 4}, Kind: checksum.Composite,
		Parts: 2,
	}
	e := checksum.ElementOf(crc)
	require.Equal(t, checksum.Element{ChecksumCRC32: "AQIDBA==-2"}, e)
	require.Equal(t, checksum.Element{}, checksum.ElementOf(nil))
	for _, a := range sums.All {
		require.NotNil(t, e.Of(a), a.Name)
	}
	given := &checksum.Element{ChecksumCRC32: "AQIDBA=="}
	a, err := given.Given()
	require.NoError(t, err)
	require.Equal(t, crc.Algorithm, a)
	given.ChecksumCRC32C = "AQIDBA=="
	_, err = given.Given()
	require.Equal(t, s3err.InvalidArgument, s3err.As(err).Code)
}
