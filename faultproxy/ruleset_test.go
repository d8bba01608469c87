package faultproxy

import (
	"fmt"
	"math"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/faultproxy/internal/httptext"
	"github.com/s3chaos/s3chaos/faultproxy/internal/identity"
	"github.com/s3chaos/s3chaos/faultproxy/internal/s3api"
)

func req(t *identity.Tracker, method, target string, header ...string) *s3api.Request {
	r := &s3api.Request{}
	r.Parse(method, target, httptext.Headers(strings.Join(header, "\r\n")), s3api.NewHosts())
	t.See(r)
	return r
}

func rules(t *testing.T, seed uint64, texts ...string) *RuleSet {
	t.Helper()
	var list []Rule
	for _, text := range texts {
		r, err := ParseRule(text)
		require.NoError(t, err)
		list = append(list, r)
	}
	s, err := newRuleSet(seed, list)
	require.NoError(t, err)
	return s
}

// firing returns the rule without chain that fires for the request, or nil.
func firing(s *RuleSet, r *s3api.Request, at time.Duration) *activeRule {
	a, _ := s.pick(r, at, nil)
	return a
}

func labelOf(a *activeRule) string {
	if a == nil {
		return ""
	}
	return a.label
}

func TestMatch(t *testing.T) {
	for _, c := range []struct {
		match string
		want  bool
	}{
		{"{}", true},
		{"{operation: UploadPart}", true},
		{"{operation: PutObject}", false},
		{"{bucket: demo}", true},
		{"{bucket: dem}", false},
		{`{key: "dir/*"}`, true},
		{`{key: "*.bin"}`, true},
		{`{key: "d*n"}`, true},
		{`{key: "dir/a b.bin"}`, true},
		{`{key: "dir"}`, false},
		{"{method: PUT}", true},
		{"{method: GET}", false},
		{"{part: 2}", true},
		{"{part: 1}", false},
		{"{attempt: 1}", true},
		{"{attempt: 2}", false},
		{`{header: {range: "bytes=0-*"}}`, true},
		{`{header: {Range: "bytes=1-*"}}`, false},
		{`{header: {If-Match: "*"}}`, false}, // the header must be present
		{`{header: {X-Twice: second}}`, true},
		{`{query: {partNumber: "2", uploadId: "*"}}`, true},
		{`{query: {odd name: "v w"}}`, true},
		{`{query: {partnumber: "*"}}`, false}, // names of parameters are case-sensitive
		{`{query: {empty: ""}}`, true},
	} {
		r := req(identity.NewTracker(0), "PUT", "/demo/dir/a%20b.bin?partNumber=2&uploadId=u&odd+name=v%20w&empty",
			"Range: bytes=0-9", "X-Twice: first", "x-twice:second ")
		s := rules(t, 1, "{match: "+c.match+", timeout: {}}")
		assert.Equal(t, c.want, firing(s, r, 0) != nil, c.match)
	}
}

func TestFirstMatchWinsAndARuleThatDoesNotFireIsSkipped(t *testing.T) {
	s := rules(t, 1,
		"{name: limited, match: {operation: GetObject}, times: 2, after: 1, timeout: {}}",
		"{name: window, during: [10s, 20s], timeout: {}}",
		"{name: never, probability: 0, timeout: {}}",
		"{match: {method: PUT}, timeout: {}}",
	)
	tr := identity.NewTracker(0)
	get := func(at time.Duration) string { return labelOf(firing(s, req(tr, "GET", "/demo/k"), at)) }
	assert.Equal(t, "", get(0), "after: the first match is skipped")
	assert.Equal(t, "limited", get(0))
	assert.Equal(t, "limited", get(10*time.Second), "the first in order wins")
	assert.Equal(t, "window", get(10*time.Second),
		"times is used up, the next is tried; a window holds its first instant")
	assert.Equal(t, "", get(20*time.Second), "but not its last")
	assert.Equal(t, "", get(10*time.Second-1))
	assert.Equal(t, "#4", labelOf(firing(s, req(tr, "PUT", "/demo/k"), 0)))
	assert.Equal(t, []int{2, 1, 0, 1}, s.Fired())
	assert.Equal(t, 6, s.List()[0].Matched)
}

func TestProbability(t *testing.T) {
	const n = 4000
	fired := func(seed uint64, p string) (pattern string, count int) {
		s := rules(t, seed, "{probability: "+p+", timeout: {}}")
		tr := identity.NewTracker(0)
		for i := range n {
			if firing(s, req(tr, "GET", fmt.Sprintf("/demo/%d", i%50)), 0) != nil {
				pattern += "x"
				count++
			} else {
				pattern += "."
			}
		}
		return pattern, count
	}
	_, none := fired(1, "0")
	_, all := fired(1, "1")
	assert.Equal(t, []int{0, n}, []int{none, all})
	a, some := fired(1, "0.3")
	b, _ := fired(1, "0.3")
	c, _ := fired(2, "0.3")
	assert.Equal(t, a, b, "a draw depends on nothing but seed, rule, identity and n")
	assert.NotEqual(t, a, c, "another seed draws otherwise")
	sigma := math.Sqrt(n * 0.3 * 0.7)
	assert.InDelta(t, 0.3*n, some, 5*sigma)
}

// Draws do not depend on the order in which the proxy handles requests.
func TestDrawsDoNotDependOnOrder(t *testing.T) {
	outcome := func(order []int) map[string]bool {
		s, tr, m := rules(t, 9, "{probability: 0.5, timeout: {}}"), identity.NewTracker(0), map[string]bool{}
		for _, i := range order {
			r := req(tr, "GET", fmt.Sprintf("/demo/%d", i))
			m[r.Identity] = firing(s, r, 0) != nil
		}
		return m
	}
	assert.Equal(t, outcome([]int{0, 1, 2, 3, 4, 5, 6, 7}), outcome([]int{5, 3, 7, 0, 2, 6, 1, 4}))
}

func TestTimesHoldsUnderConcurrency(t *testing.T) {
	s := rules(t, 1, "{times: 100, after: 50, timeout: {}}")
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			tr := identity.NewTracker(0)
			for range 500 {
				firing(s, req(tr, "GET", "/demo/k"), 0)
			}
		})
	}
	wg.Wait()
	assert.Equal(t, []int{100}, s.Fired())
}

func TestRuleSetChanges(t *testing.T) {
	s := rules(t, 1, "{name: a, match: {method: GET}, times: 1, timeout: {}}", "{name: b, timeout: {}}")
	tr := identity.NewTracker(0)
	pick := func() string { return labelOf(firing(s, req(tr, "GET", "/demo/k"), 0)) }
	assert.Equal(t, []string{"a", "b"}, []string{pick(), pick()})
	assert.True(t, s.Reset(1))
	assert.Equal(t, "a", pick(), "reset begins anew")
	assert.True(t, s.Toggle(2, false))
	assert.Equal(t, "", pick())
	assert.Equal(t, 1, s.List()[1].Fired, "a disabled rule keeps its counts")
	assert.True(t, s.Toggle(2, true))
	assert.Equal(t, "b", pick())
	assert.True(t, s.Remove(2))
	assert.False(t, s.Remove(2))
	assert.False(t, s.Toggle(2, true))
	assert.False(t, s.Reset(7))
	assert.True(t, s.Reset(0))
	id, err := s.Add(Rule{Fault: Timeout(0)})
	require.NoError(t, err)
	assert.Equal(t, 3, id, "ids are never used again")
	_, err = s.Add(Rule{Times: -1})
	assert.ErrorIs(t, err, ErrRule)
	require.Error(t, s.Replace([]Rule{{Name: "x", Fault: Timeout(0)}, {}}))
	assert.Equal(t, "a", pick(), "a bad replacement changes nothing")
	require.NoError(t, s.Replace([]Rule{{Name: "x", Fault: Timeout(0)}}))
	assert.Equal(t, "x", pick())
}

func TestUnfired(t *testing.T) {
	s := rules(t, 1,
		"{name: fired, match: {method: GET}, times: 1, timeout: {}}",
		"{name: too few, match: {method: GET}, times: 2, timeout: {}}",
		"{name: never, match: {method: PUT}, timeout: {}}",
		"{name: optional, match: {method: PUT}, optional: true, timeout: {}}",
		"{name: drawn, match: {method: GET}, times: 9, probability: 1, timeout: {}}",
		"{name: window, match: {method: GET}, times: 9, during: [1s, 2s], timeout: {}}",
	)
	tr := identity.NewTracker(0)
	for range 2 {
		firing(s, req(tr, "GET", "/demo/k"), 0)
	}
	names := func() (names []string) {
		for _, u := range s.Unfired() {
			names = append(names, u.Label)
		}
		return names
	}
	assert.Equal(t, []string{"too few", "never", "drawn", "window"}, names())
	for range 2 {
		firing(s, req(tr, "GET", "/demo/k"), 0)
	}
	s.Toggle(5, false)
	firing(s, req(tr, "GET", "/demo/k"), time.Second)
	assert.Equal(t, []string{"never"}, names())
}

func TestConnectionRulesAreNotPickedForExchanges(t *testing.T) {
	s := rules(t, 1, "{name: down, during: [1s, 2s], times: 2, refuse: {}}", "{name: slow, latency: {delay: 1s}}",
		"{name: cut, reset_peer: {at: accept}, after: 1}")
	tr := identity.NewTracker(0)
	assert.Equal(t, "slow", labelOf(firing(s, req(tr, "GET", "/"), time.Second)))
	assert.Equal(t, "", labelOf(s.pickConnection(stageDial, &s3api.Request{}, 0)))
	outage := func() string { return labelOf(s.now.Load().outage(time.Second, stageDial, stageAccept)) }
	assert.Equal(t, "down", outage())
	assert.Equal(t, "down", labelOf(s.pickConnection(stageDial, &s3api.Request{}, time.Second)))
	assert.Equal(t, "down", labelOf(s.pickConnection(stageDial, &s3api.Request{}, time.Second)))
	assert.Empty(t, outage(), "used up")
	assert.Equal(t, "", labelOf(s.pickConnection(stageAccept, &s3api.Request{}, 0)))
	assert.Equal(t, "cut", labelOf(s.pickConnection(stageAccept, &s3api.Request{}, 0)))
}

func BenchmarkPick(b *testing.B) {
	var list []Rule
	for i := range 100 {
		list = append(list, Rule{Match: Match{
			Operation: "GetObject", Bucket: "demo",
			Key: fmt.Sprintf("other-%d/*", i),
		}, Fault: Respond(503, "SlowDown")})
	}
	for _, n := range []int{0, 100} {
		b.Run(fmt.Sprintf("rules=%d", n), func(b *testing.B) {
			s, err := newRuleSet(1, list[:n])
			require.NoError(b, err)
			r := req(identity.NewTracker(0), "GET", "/demo/a.bin?x-id=GetObject")
			b.ReportAllocs()
			for b.Loop() {
				if firing(s, r, 0) != nil {
					b.Fatal("matched")
				}
			}
		})
	}
}

func TestPickAllocatesNothing(t *testing.T) {
	s := rules(t, 1, `{match: {header: {Range: "x*"}}, timeout: {}}`, `{match: {query: {a: "[b]*"}}, timeout: {}}`,
		`{match: {key: "a?*z"}, timeout: {}}`)
	r := req(identity.NewTracker(0), "GET", "/demo/a.bin?a=c", "Range: bytes=0-1")
	assert.Zero(t, testing.AllocsPerRun(100, func() { firing(s, r, 0) }))
}
