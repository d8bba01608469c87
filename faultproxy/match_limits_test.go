package faultproxy

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/faultproxy/internal/identity"
	"github.com/s3chaos/s3chaos/faultproxy/internal/s3api"
)

// The length is that of the object or part, also in a body that is framed as aws-chunked.
func TestMatchByLength(t *testing.T) {
	for _, c := range []struct {
		match   string
		headers string
		want    bool
	}{
		{"{min_length: 5}", "Content-Length: 5", true},
		{"{min_length: 6}", "Content-Length: 5", false},
		{"{max_length: 5}", "Content-Length: 5", true},
		{"{max_length: 4}", "Content-Length: 5", false},
		{"{min_length: 5, max_length: 5}", "content-length: 5", true},
		{"{max_length: 5}", "", true},
		{"{min_length: 1}", "", false},
		{"{min_length: 1}", "Transfer-Encoding: chunked", false},
		{"{max_length: 1TiB}", "Transfer-Encoding: chunked", false},
		{"{not: {min_length: 1}}", "Transfer-Encoding: chunked", true},
		{"{max_length: 5}", "Transfer-Encoding: chunked\r\nX-Amz-Decoded-Content-Length: 5", true},
		{"{max_length: 5}", "Content-Length: 90\r\nx-amz-decoded-content-length: 5", true},
		{"{min_length: 6}", "Content-Length: 90\r\nX-Amz-Decoded-Content-Length: 5", false},
		{"{max_length: 5}", "X-Amz-Decoded-Content-Length: many", false},
		{"{not: {min_length: 5, method: PUT}}", "Content-Length: 5", false},
		{"{not: {min_length: 5, method: GET}}", "Content-Length: 5", true},
	} {
		r := req(identity.NewTracker(0), "PUT", "/demo/a", strings.Split(c.headers, "\r\n")...)
		s := rules(t, 1, "{match: "+c.match+", timeout: {}}")
		assert.Equal(t, c.want, firing(s, r, 0) != nil, "%s of %s", c.match, c.headers)
		rec := Record{Method: "PUT", Operation: "PutObject", RequestHeader: map[string]string{}}
		for line := range strings.SplitSeq(c.headers, "\r\n") {
			if name, value, ok := strings.Cut(line, ": "); ok {
				rec.RequestHeader[name] = value
			}
		}
		assert.Equal(t, c.want, parsed(t, "{match: "+c.match+", timeout: {}}").Match.Matches(rec), c.match)
	}
}

func TestMatchOfReusedConnections(t *testing.T) {
	for _, reused := range []bool{false, true} {
		r := req(identity.NewTracker(0), "GET", "/demo/a")
		r.Reused = reused
		for _, wanted := range []bool{false, true} {
			text := fmt.Sprintf("{match: {reused: %t}, timeout: {}}", wanted)
			assert.Equal(t, reused == wanted, firing(rules(t, 1, text), r, 0) != nil)
			text = fmt.Sprintf("{match: {not: {reused: %t}}, timeout: {}}", wanted)
			assert.Equal(t, reused != wanted, firing(rules(t, 1, text), r, 0) != nil)
			assert.Equal(t, reused != wanted, parsed(t, text).Match.Matches(Record{Reused: reused}))
		}
	}
}

func TestMistakesInLimits(t *testing.T) {
	for _, c := range [][2]string{
		{
			"match: {min_length: 2, max_length: 1}, timeout: {}",
			"match.min_length: 2B: want at most max_length, which is 1B",
		},
		{"match: {not: {}}, timeout: {}", "match.not: is empty, so it leaves every request out"},
		{"match: {not: {key: a, not: {key: b}}}, timeout: {}", "match.not.not: want one level of not"},
		{
			"match: {not: {operation: GetObjekt}}, timeout: {}",
			`match.not.operation: unknown operation "GetObjekt" (did you mean GetObject?)`,
		},
		{"match: {not: {key: \"[\"}}, timeout: {}", "match.not.key: "},
		{"match: {reused: true}, refuse: {}", "match.reused: refuse acts on a connection"},
		{"match: {min_length: 1}, refuse: {}", "match.min_length: refuse acts on a connection"},
		{"per: key, timeout: {}", "per: has no meaning without probability"},
		{"probability: 0.5, per: keys, timeout: {}", `per: "keys": want request, connection or key`},
		{"probability: 0.5, per: key, refuse: {}", "per: refuse acts on connections: want connection"},
	} {
		_, err := ParseRule(c[0])
		require.ErrorIs(t, err, ErrRule, c[0])
		assert.ErrorContains(t, err, c[1], c[0])
	}
}

// A probability for a connection or a key strikes all of its requests or none, and about the share
// of connections and keys that it says.
func TestProbabilityIsDrawnOncePerConnectionOrKey(t *testing.T) {
	for _, per := range []DrawPer{PerConnection, PerKey} {
		s := rules(t, 1, "{probability: 0.3, per: "+string(per)+", timeout: {}}")
		tr := identity.NewTracker(0)
		struck := 0
		for group := range 500 {
			fired := 0
			for n := range 10 {
				target := fmt.Sprintf("/demo/%d?x=%d", group, n)
				if per == PerConnection {
					target = fmt.Sprintf("/demo/%d", n)
				}
				r := req(tr, "GET", target)
				r.Connection = uint64(group + 1)
				if firing(s, r, 0) != nil {
					fired++
				}
			}
			require.Contains(t, []int{0, 10}, fired, per)
			struck += fired / 10
		}
		assert.InDelta(t, 150, struck, 40, per)
	}
}

// randomMatch returns a match with some fields, of few values, so that matches often overlap.
func randomMatch(rng *rand.Rand, deep bool) (m Match) {
	some := func(set func()) {
		if rng.IntN(3) == 0 {
			set()
		}
	}
	ops := []string{"GetObject", "PutObject", "HeadObject", "UploadPart"}
	some(func() { m.Operation = ops[rng.IntN(len(ops))] })
	if m.Operation == "" {
		some(func() { m.Operations = ops[:1+rng.IntN(3)] })
	}
	some(func() { m.Bucket = []string{"demo", "d*", "other"}[rng.IntN(3)] })
	some(func() { m.Key = []string{"a", "a*", "*b", "ab", "*"}[rng.IntN(5)] })
	some(func() { m.Method = []string{"GET", "PUT"}[rng.IntN(2)] })
	some(func() { m.Part = 1 + rng.IntN(2) })
	some(func() { m.Header = map[string]string{"Range": []string{"*", "bytes=0-*"}[rng.IntN(2)]} })
	some(func() { m.MinLength = Size(1 + rng.IntN(3)) })
	some(func() { m.MaxLength = m.MinLength + Size(1+rng.IntN(3)) })
	some(func() { reused := rng.IntN(2) == 0; m.Reused = &reused })
	if deep && rng.IntN(2) == 0 {
		if not := randomMatch(rng, false); not.firstField() != "" {
			m.Not = &not
		}
	}
	return m
}

func randomRequest(rng *rand.Rand, tr *identity.Tracker) *s3api.Request {
	method := []string{"GET", "PUT", "HEAD", "DELETE"}[rng.IntN(4)]
	target := "/" + []string{"demo", "other", "dd"}[rng.IntN(3)] + "/" + []string{"a", "ab", "b", "xb"}[rng.IntN(4)]
	if rng.IntN(3) == 0 {
		target += fmt.Sprintf("?partNumber=%d&uploadId=u", 1+rng.IntN(2))
	}
	var headers []string
	if rng.IntN(2) == 0 {
		headers = append(headers, []string{"Range: bytes=0-9", "range: x"}[rng.IntN(2)])
	}
	switch n := rng.IntN(8); {
	case method != "PUT": // the other methods carry no body in S3
	case n < 6:
		headers = append(headers, fmt.Sprintf("Content-Length: %d", n))
	case n == 6:
		headers = append(headers, "Transfer-Encoding: chunked")
	}
	r := req(tr, method, target, headers...)
	r.Reused = rng.IntN(2) == 0
	return r
}

// The index picks the same rules as a scan of all rules does, and a rule that is said to be
// shadowed never has a request for itself.
func TestIndexAndShadowsAgreeWithAScan(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 2))
	tr := identity.NewTracker(0)
	shadowed := 0
	for range 400 {
		var list []Rule
		for i := range 1 + rng.IntN(6) {
			r := Rule{Name: fmt.Sprint(i), Match: randomMatch(rng, true), Fault: Latency(1), Chain: rng.IntN(3) == 0}
			require.NoError(t, r.Validate(), "%v", r)
			list = append(list, r)
		}
		s, err := newRuleSet(1, list)
		require.NoError(t, err)
		dead := map[string]bool{}
		for _, u := range Shadowed(list) {
			dead[list[u.Index].Name] = true
			shadowed++
		}
		for range 100 {
			r := randomRequest(rng, tr)
			var want, got []string
			for _, rule := range list {
				c := rule.Match.compile()
				if !c.matches(r) {
					continue
				}
				want = append(want, rule.Name)
				if !rule.Chain {
					break
				}
			}
			last, chained := s.pick(r, 0, nil)
			for _, c := range chained {
				got = append(got, c.label)
			}
			if last != nil {
				got = append(got, last.label)
			}
			require.Equal(t, want, got, "%v for %s %s %v", list, r.Method, r.Target, r.Header)
			for _, name := range got {
				require.False(t, dead[name], "rule %s is said to be shadowed: %v", name, list)
			}
		}
	}
	assert.Greater(t, shadowed, 100)
}
