package listing_test

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/listing"
	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/s3err"
)

var index = []string{"a", "b/1", "b/2", "b/c/3", "c", "dead", "e/"}

func alive(key string) bool { return key != "dead" }

// Pages of every size hold the same keys and prefixes, each once and in order.
func TestPagesTogetherAreTheListing(t *testing.T) {
	for _, c := range []struct {
		prefix, delimiter string
		want              []string
	}{
		{"", "", []string{"a", "b/1", "b/2", "b/c/3", "c", "e/"}},
		{"", "/", []string{"a", "b/", "c", "e/"}},
		{"b/", "/", []string{"b/1", "b/2", "b/c/"}},
		{"b", "c", []string{"b/1", "b/2", "b/c"}},
		{"x", "/", nil},
	} {
		for limit := 1; limit <= len(index); limit++ {
			var got []string
			after := ""
			for {
				page := listing.Page{Prefix: c.prefix, Delimiter: c.delimiter, Limit: limit}
				page.Fill(index, after, alive)
				entries := slices.Concat(page.Keys, page.Prefixes)
				slices.Sort(entries)
				require.LessOrEqual(t, len(entries), limit)
				got = append(got, entries...)
				if !page.Truncated {
					break
				}
				require.Len(t, entries, limit)
				after = page.Next
			}
			require.Equal(t, c.want, got, "prefix %q, delimiter %q, limit %d", c.prefix, c.delimiter, limit)
		}
	}
	page := listing.Page{}
	page.Fill(index, "", alive)
	require.Equal(t, listing.Page{}, page, "a page of no keys")
}

func TestTokenIsAPosition(t *testing.T) {
	for _, position := range []string{"a", "a/ü\x00", strings.Repeat("k", 1024)} {
		got, err := listing.Position(listing.Token(position))
		require.NoError(t, err)
		require.Equal(t, position, got)
	}
	got, err := listing.Position("")
	require.NoError(t, err)
	require.Empty(t, got)
	for _, token := range []string{"a", "?", "YQ"} {
		_, err := listing.Position(token)
		require.Equal(t, s3err.InvalidArgument, s3err.As(err).Code, token)
	}
}

func TestLimit(t *testing.T) {
	for text, want := range map[string]int{"": 10, "0": 0, "7": 7, "11": 10, "2147483647": 10} {
		got, err := listing.Limit(url.Values{"max-keys": {text}}, "max-keys", 10)
		require.NoError(t, err, text)
		require.Equal(t, want, got, text)
	}
	for _, text := range []string{"-1", "x", "2147483648", "1.5"} {
		_, err := listing.Limit(url.Values{"max-keys": {text}}, "max-keys", 10)
		require.Equal(t, s3err.InvalidArgument, s3err.As(err).Code, text)
	}
}

func TestCoding(t *testing.T) {
	encoded, plain := "a b/ü\x01", "a b/ü"
	require.NoError(t, listing.Coding("url").Encode(&encoded))
	require.Equal(t, "a+b/%C3%BC%01", encoded)
	require.NoError(t, listing.Coding("").Encode(&plain))
	require.Equal(t, "a b/ü", plain)
	for _, key := range []string{"\x01", "\xff", "\ufffe"} {
		require.Equal(t, s3err.InvalidArgument, s3err.As(listing.Coding("").Encode(&key)).Code, "%q", key)
	}
	_, err := listing.CodingOf(url.Values{"encoding-type": {"rot13"}})
	require.Equal(t, s3err.InvalidArgument, s3err.As(err).Code)
}
