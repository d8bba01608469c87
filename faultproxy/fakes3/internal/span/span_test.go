package span_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/s3err"
	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/span"
)

func TestPartsFollowEachOther(t *testing.T) {
	whole := span.Whole{Size: 12, Parts: []span.Part{{Number: 1, Size: 5}, {Number: 2, Size: 5}, {Number: 3, Size: 2}}}
	for number, want := range map[int]span.Span{
		1: {Length: 5, Partial: true}, 2: {Offset: 5, Length: 5, Partial: true}, 3: {
			Offset: 10, Length: 2,
			Partial: true,
		},
	} {
		got, err := span.OfPart(number, whole)
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
	_, err := span.OfPart(4, whole)
	require.Equal(t, s3err.InvalidPartNumber, s3err.As(err).Code)
	got, err := span.OfPart(1, span.Whole{Size: 12})
	require.NoError(t, err)
	require.Equal(t, span.Span{Length: 12, Partial: true}, got, "in one piece")
}

func TestHeadersOfASpan(t *testing.T) {
	h := http.Header{}
	span.Span{Offset: 2, Length: 3, Partial: true}.Write(h, 10)
	require.Equal(t, http.Header{"Content-Length": {"3"}, "Content-Range": {"bytes 2-4/10"}}, h)
	h = http.Header{}
	span.Span{Length: 10}.Write(h, 10)
	require.Equal(t, http.Header{"Content-Length": {"10"}}, h)
}

func TestCopyKnowsOneForm(t *testing.T) {
	first, last, err := span.OfCopy("bytes=2-4")
	require.NoError(t, err)
	require.Equal(t, [2]int64{2, 4}, [2]int64{first, last})
	for _, text := range []string{"", "bytes=2-", "bytes=-4", "2-4", "bytes=4-2", "bytes=0-1,3-4"} {
		_, _, err := span.OfCopy(text)
		require.Equal(t, s3err.InvalidArgument, s3err.As(err).Code, text)
	}
}

func TestPartNumber(t *testing.T) {
	for text, want := range map[string]int{"1": 1, "10000": 10_000, "0": 0, "10001": 0, "x": 0, "": 0} {
		got, err := span.PartNumber(text)
		require.Equal(t, want, got, text)
		require.Equal(t, want == 0, err != nil, text)
	}
}

func FuzzRange(f *testing.F) {
	f.Add("bytes=0-1", int64(10))
	f.Add("bytes=-3", int64(0))
	f.Add("bytes=9-99999999999999999999", int64(10))
	f.Fuzz(func(t *testing.T, text string, size int64) {
		if size < 0 {
			return
		}
		s, err := span.Of(text, span.Whole{Size: size})
		if err != nil {
			require.Equal(t, s3err.InvalidRange, s3err.As(err).Code)
			return
		}
		require.True(t, s.Offset >= 0 && s.Length >= 0 && s.Offset+s.Length <= size, "%+v of %d", s, size)
		require.True(t, s.Partial || s.Length == size)
	})
}
