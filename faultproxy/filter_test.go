package faultproxy

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/s3chaos/s3chaos/faultproxy/internal/httptext"
	"github.com/s3chaos/s3chaos/faultproxy/internal/s3api"
)

// A request that matches passes the filter, because a rule whose filter it does not pass is never
// compared with it.
func TestFilterPassesEveryRequestThatMatches(t *testing.T) {
	hosts := s3api.NewHosts()
	var requests []*s3api.Request
	for _, key := range []string{
		"", "a", "ab", "a/b.png", "b.png", "images/é", "é", "xé", "éx", "%00", "%FF", "a*b",
		"x/1.gz", "[a]", "-",
	} {
		for _, query := range []string{"", "?partNumber=3&uploadId=u", "?partNumber=10000&uploadId=u"} {
			for _, lines := range []httptext.Headers{
				"", "X-Amz-Meta-Shard: 7\r\n",
				"x-amz-meta-shard: 8\r\nRange: bytes=0-1\r\n", "A:\r\nno colon\r\n: no name\r\n",
			} {
				for _, method := range []string{"GET", "PUT"} {
					for _, bucket := range []string{"demo", "other"} {
						r := &s3api.Request{}
						r.Parse(method, "/"+bucket+"/"+key+query, lines, hosts)
						r.Attempt = 1 + len(requests)%3
						requests = append(requests, r)
					}
				}
			}
		}
	}
	var matches []Match
	for _, key := range []string{
		"", "*", "a", "a*", "*b", "a*b", "?", "a?", "[ab]", "[ab]*", "*[!b]", "\\*", "a\\*b", "\\[a]", "*.png",
		"*/*.png", "x/?.gz", "é", "*é", "é*",
		"?*?", "?é", "é?", "?*é", "a**b", "[^a]b?", "?[^x]", "[", "-", "[-]", "\xff", "*\xff", "\x00",
	} {
		matches = append(matches, Match{Key: key}, Match{Key: key, Bucket: "demo"}, Match{Key: key, Bucket: "d*o"},
			Match{Key: key, Bucket: "de?o"}, Match{Key: key, Operations: []string{"GetObject", "UploadPart"}},
			Match{Key: key, Method: "GET"}, Match{Key: key, Part: 3},
			Match{Key: key, Attempt: 2}, Match{Key: key, Header: map[string]string{"X-AMZ-meta-Shard": "7"}},
			Match{Key: key, Header: map[string]string{"x-amz-meta-shard": "*", "RANGE": "bytes*"}},
			Match{Key: key, Header: map[string]string{"a": "*"}})
	}
	matched, stopped := 0, 0
	for _, m := range matches {
		c := m.compile()
		f := c.filter()
		for _, r := range requests {
			rf := filterOf(r)
			switch passes := f.passes(&rf); {
			case c.matches(r):
				matched++
				assert.True(t, passes, "%+v matches %s %s %q, attempt %d", m, r.Method, r.Target, r.Header, r.Attempt)
			case !passes:
				stopped++
			}
		}
	}
	assert.NotZero(t, matched)
	assert.Greater(t, stopped, len(matches)*len(requests)/2, "the filter stops next to nothing")
}
