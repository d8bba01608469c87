package faulttest_test

import (
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/faultproxy"
	"github.com/s3chaos/s3chaos/faultproxy/faulttest"
)

// failing is a testing.TB that records failures instead of failing.
type failing struct {
	testing.TB
	said string
}

func (f *failing) Fatalf(format string, args ...any) {
	f.said = fmt.Sprintf(format, args...)
	runtime.Goexit()
}

// during runs act, and returns the failure that act reports, or "".
func (f *failing) during(act func()) string {
	f.said = ""
	done := make(chan struct{})
	go func() {
		defer close(done)
		act()
	}()
	<-done
	return f.said
}

// A rule that contradicts itself or can never fire fails the test where it is added.
func TestLabRejectsRulesThatCannotBeMeant(t *testing.T) {
	type part = faultproxy.RulePart
	respond, timeout := faultproxy.Respond(503, ""), faultproxy.Timeout(time.Second)
	get := faultproxy.Match{Operation: "GetObject", Key: "a"}
	for _, c := range []struct {
		operation string
		parts     []part
		want      string
	}{
		{
			"PutObject",
			[]part{respond, timeout},
			"lab: rule: fault: set twice: respond: {status: 503}, then timeout: 1s (a rule has exactly one: add " +
				"another)",
		},
		{
			"PutObject",
			[]part{timeout, faultproxy.Times(1), timeout},
			"lab: rule: fault: set twice: timeout: 1s, then timeout: 1s (a rule has exactly one: add another)",
		},
		{
			"PutObject",
			[]part{faultproxy.Times(1), timeout, faultproxy.Times(2)},
			"lab: rule: times: set twice: 1, then 2",
		},
		{
			"PutObject",
			[]part{faultproxy.Key("a"), faultproxy.Key("b"), timeout},
			"lab: rule: match.key: set twice: a, then b",
		},
		{
			"PutObject",
			[]part{faultproxy.Matching(faultproxy.Match{Key: "a"}), timeout},
			"lab: rule: match.operation: set twice: PutObject, then nothing",
		},
		{
			"",
			[]part{faultproxy.Bucket("demo"), faultproxy.Matching(get), timeout},
			"lab: rule: match.bucket: set twice: demo, then nothing",
		},
		{
			"",
			[]part{faultproxy.Matching(get), faultproxy.Key("b"), timeout},
			"lab: rule: match.key: set twice: a, then b",
		},
		{
			"",
			[]part{faultproxy.During(0, 1), faultproxy.During(0, 2), timeout},
			"lab: rule: during: set twice: [0s, 1ns], then [0s, 2ns]",
		},
		{
			"PutObject",
			[]part{faultproxy.Probability(1), faultproxy.Probability(0), timeout},
			"lab: rule: probability: set twice: 1, then 0",
		},
		{"PutObject", []part{faultproxy.Times(2)}, "lab: rule: fault: missing: a rule has exactly one fault"},
		{
			"PutObjekt",
			[]part{timeout},
			`lab: rule: match.operation: unknown operation "PutObjekt" (did you mean PutObject?)`,
		},
		{
			"HeadObject",
			[]part{faultproxy.Corrupt(1)},
			"lab: rule: {match: {operation: HeadObject}, corrupt: {flip: 1}} can never fire: HeadObject is " +
				"answered without a body",
		},

		{"", []part{faultproxy.Matching(get), timeout}, ""},
		{"GetObject", []part{faultproxy.Matching(get), faultproxy.Times(1), timeout}, ""},
		{"GetObject", []part{faultproxy.Key("a"), faultproxy.Matching(get), timeout}, ""},
		{"PutObject", []part{faultproxy.Probability(0), timeout}, ""},
		{"HeadObject", []part{
			faultproxy.Matching(faultproxy.Match{Operation: "HeadObject"}), faultproxy.Optional(),
			faultproxy.Corrupt(1),
		}, ""},
	} {
		tb := &failing{TB: t}
		lab := faulttest.NewLab(tb, echo)
		assert.Equal(t, c.want, tb.during(func() { lab.Rule(c.operation, c.parts...) }))
	}
}

// A rule that can never fire because of an earlier rule fails the test where it is added.
func TestLabRejectsRulesThatOthersShadow(t *testing.T) {
	tb := &failing{TB: t}
	lab := faulttest.NewLab(tb, echo)
	lab.Rule("PutObject", faultproxy.Named("puts"), faultproxy.Respond(503, ""))
	put := func(parts ...faultproxy.RulePart) string {
		return tb.during(func() { lab.Rule("PutObject", append(parts, faultproxy.Timeout(time.Second))...) })
	}
	assert.Equal(t, "lab: rule: {match: {operation: PutObject, key: a}, timeout: 1s} can never fire: rule puts "+
		"takes every request it is for "+
		"(put the more specific rule first, or limit the other with times or during)", put(faultproxy.Key("a")))
	assert.Len(t, lab.Proxy().Rules().List(), 1, "it was not added")
	assert.Empty(t, put(faultproxy.Optional(), faultproxy.Times(1)),
		"an optional rule may wait for the other to be removed")
	require.True(t, lab.Proxy().Rules().Toggle(1, false))
	assert.Empty(t, put(faultproxy.Times(1)), "a disabled rule takes nothing")
	assert.Empty(t, tb.during(func() { lab.Add(faultproxy.Rule{Fault: faultproxy.Refuse("")}) }),
		"the rules before it may have fired")
	assert.Contains(t, tb.during(func() { lab.Add(faultproxy.Rule{Fault: faultproxy.Respond(500, "")}) }),
		"can never fire: rule #4 lets no connection through")

	assert.Contains(t, tb.during(func() {
		faulttest.LabConfig{Rules: []faultproxy.Rule{
			{Fault: faultproxy.Timeout(0)},
			{Fault: faultproxy.Respond(500, "")},
		}}.New(tb, echo)
	}), "lab: rule: {respond: {status: 500}} can never fire: rule #1 takes every request it is for")
}

// The failure names the rules that did not fire, and the requests that came instead.
func TestLabRequiresItsRulesToFire(t *testing.T) {
	tb := &failing{TB: t}
	lab := faulttest.NewLab(tb, echo)
	lab.Rule("GetObject", faultproxy.Times(1), faultproxy.Respond(503, ""))
	lab.Rule("PutObject", faultproxy.Named("puts"), faultproxy.Times(2), faultproxy.Respond(503, ""))
	lab.Rule("HeadObject", faultproxy.Times(3), faultproxy.Latency(time.Millisecond))
	lab.Rule("", faultproxy.Method("DELETE"), faultproxy.Optional(), faultproxy.Timeout(0))
	for range 2 {
		resp, err := lab.HTTPClient().Get(lab.URL() + "/demo/a.txt")
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
	}
	head, err := lab.HTTPClient().Head(lab.URL() + "/demo/a.txt")
	require.NoError(t, err)
	require.NoError(t, head.Body.Close())
	want := "lab: vacuous: a test proves nothing about a fault that did not fire\n" +
		"  rule puts never fired; matching requests: 0; rule: {name: puts, match: {operation: PutObject}, " +
		"times: 2, respond: {status: 503}}\n" +
		"  rule #3 fired 1 of 3 times; matching requests: 1; rule: {match: {operation: HeadObject}, times: 3, " +
		"latency: {delay: 1ms}}\n" +
		"  requests: GetObject (2), HeadObject (1)"
	assert.Equal(t, want, tb.during(lab.RequireFired))
	require.True(t, lab.Proxy().Rules().Remove(2))
	require.True(t, lab.Proxy().Rules().Remove(3))
	assert.Empty(t, tb.during(lab.RequireFired))
}

// A Match that several rules share does not change.
func TestPartsLeaveASharedMatchAlone(t *testing.T) {
	lab := faulttest.NewLab(t, echo)
	shared := faultproxy.Match{Operation: "GetObject", Header: map[string]string{"Range": "*"}}
	lab.Rule("", faultproxy.Matching(shared), faultproxy.Header("If-Match", "a"), faultproxy.Query("versionId", "*"),
		faultproxy.Optional(), faultproxy.Timeout(0))
	assert.Equal(t, faultproxy.Match{Operation: "GetObject", Header: map[string]string{"Range": "*"}}, shared)
	assert.Equal(t, `{operation: GetObject, header: {If-Match: a, Range: "*"}, query: {versionId: "*"}}`,
		lab.Proxy().Rules().List()[0].Rule.Match.String())
}
