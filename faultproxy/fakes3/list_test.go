package fakes3_test

import (
	"encoding/xml"
	"fmt"
	"math/rand/v2"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/faultproxy/fakes3"
)

type page struct {
	IsTruncated           bool
	KeyCount              int
	MaxKeys               int
	NextContinuationToken string
	NextMarker            string
	EncodingType          string
	Contents              []struct{ Key string }
	CommonPrefixes        []struct{ Prefix string }
}

func (p page) keys() (keys []string) {
	for _, c := range p.Contents {
		keys = append(keys, c.Key)
	}
	return keys
}

func (p page) prefixes() (prefixes []string) {
	for _, c := range p.CommonPrefixes {
		prefixes = append(prefixes, c.Prefix)
	}
	return prefixes
}

func list(t *testing.T, fake *fakes3.Server, query url.Values) page {
	t.Helper()
	got := exchange(t, fake, "GET", "/demo?"+query.Encode(), "")
	got.wants(t, 200, "")
	var p page
	require.NoError(t, xml.Unmarshal(got.body, &p))
	return p
}

// TestListingPagesAddUp compares the pages of many listings, of every size and in both versions,
// with the result of a simple implementation of the documentation.
func TestListingPagesAddUp(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for round := range 60 {
		fake := fakes3.New()
		require.NoError(t, fake.CreateBucket("demo"))
		alive := map[string]bool{}
		for range random.IntN(40) {
			var key strings.Builder
			for range 1 + random.IntN(5) {
				key.WriteString(string("ab/-"[random.IntN(4)]))
			}
			require.NoError(t, fake.Put("demo", key.String(), []byte("x")))
			alive[key.String()] = true
			if random.IntN(4) == 0 {
				exchange(t, fake, "DELETE", "/demo/"+key.String(), "").wants(t, 204, "")
				delete(alive, key.String())
			}
		}
		prefix := []string{"", "a", "a/", "/", "b-", "zz"}[random.IntN(6)]
		delimiter := []string{"", "/", "-", "a"}[random.IntN(4)]
		after := []string{"", "a", "a/b", "b"}[random.IntN(4)]
		limit := 1 + random.IntN(5)
		wantKeys, wantPrefixes := expectedListing(alive, prefix, delimiter, after)
		name := fmt.Sprintf("round %d: prefix %q delimiter %q after %q limit %d", round, prefix, delimiter, after,
			limit)

		for _, version := range []string{"1", "2"} {
			query := url.Values{"prefix": {prefix}, "delimiter": {delimiter}, "max-keys": {fmt.Sprint(limit)}}
			if version == "2" {
				query.Set("list-type", "2")
				query.Set("start-after", after)
			} else {
				query.Set("marker", after)
			}
			var keys, prefixes []string
			for {
				p := list(t, fake, query)
				n := len(p.Contents) + len(p.CommonPrefixes)
				require.LessOrEqual(t, n, limit, name)
				keys, prefixes = append(keys, p.keys()...), append(prefixes, p.prefixes()...)
				if version == "2" {
					require.Equal(t, n, p.KeyCount, name)
				}
				if !p.IsTruncated {
					break
				}
				require.Equal(t, limit, n, "a page that is not the last is full: %s", name)
				switch {
				case version == "2":
					query.Set("continuation-token", p.NextContinuationToken)
				case delimiter != "":
					query.Set("marker", p.NextMarker)
				default:
					query.Set("marker", keys[len(keys)-1])
				}
			}
			require.Equal(t, wantKeys, keys, "%s version %s", name, version)
			require.Equal(t, wantPrefixes, prefixes, "%s version %s", name, version)
		}
	}
}

func expectedListing(alive map[string]bool, prefix, delimiter, after string) (keys, prefixes []string) {
	var all []string
	for key := range alive {
		all = append(all, key)
	}
	slices.Sort(all)
	for _, key := range all {
		if key <= after || !strings.HasPrefix(key, prefix) {
			continue
		}
		if delimiter != "" {
			if head, _, ok := strings.Cut(key[len(prefix):], delimiter); ok {
				if common := prefix + head + delimiter; common != after && !slices.Contains(prefixes, common) {
					prefixes = append(prefixes, common)
				}
				continue
			}
		}
		keys = append(keys, key)
	}
	return keys, prefixes
}

func TestListingBeyondOnePage(t *testing.T) {
	w := serve(t, fakes3.Options{})
	var want []string
	for i := range 2345 {
		key := fmt.Sprintf("k%05d", i)
		want = append(want, key)
		require.NoError(t, w.Put("demo", key, nil))
	}
	var got []string
	pages := s3.NewListObjectsV2Paginator(w.client, &s3.ListObjectsV2Input{Bucket: aws.String("demo")})
	for n := 1; pages.HasMorePages(); n++ {
		out, err := pages.NextPage(t.Context())
		require.NoError(t, err)
		require.LessOrEqual(t, n, 3)
		for _, object := range out.Contents {
			got = append(got, *object.Key)
		}
	}
	require.Equal(t, want, got)
	require.Equal(t, 1000, list(t, w.Server, url.Values{"max-keys": {"5000"}}).MaxKeys)
}

func TestListingParameters(t *testing.T) {
	fake := fakes3.New()
	require.NoError(t, fake.Put("demo", "a b+c/ü&", []byte("x")))
	p := list(t, fake, url.Values{"list-type": {"2"}, "encoding-type": {"url"}})
	require.Equal(t, []string{"a+b%2Bc/%C3%BC%26"}, p.keys())
	require.Equal(t, "url", p.EncodingType)
	require.Equal(t, []string{"a b+c/ü&"}, list(t, fake, url.Values{"list-type": {"2"}}).keys())

	none := list(t, fake, url.Values{"list-type": {"2"}, "max-keys": {"0"}})
	require.False(t, none.IsTruncated)
	require.Empty(t, none.Contents)

	for _, query := range []string{
		"max-keys=-1", "max-keys=x", "encoding-type=base64",
		"list-type=2&continuation-token=rubbish", "list-type=2&continuation-token=",
	} {
		exchange(t, fake, "GET", "/demo?"+query, "").wants(t, 400, "InvalidArgument")
	}
	exchange(t, fake, "GET", "/nowhere?list-type=2", "").wants(t, 404, "NoSuchBucket")
}
