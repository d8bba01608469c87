package faultproxy

import (
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestValidate(t *testing.T) {
	p := func(f float64) *float64 { return &f }
	for want, r := range map[string]Rule{
		"times: -1: want 0 or more":                     {Times: -1, Fault: Timeout(0)},
		"after: -2: want 0 or more":                     {After: -2, Fault: Timeout(0)},
		"probability: 1.5: want 0 to 1":                 {Probability: p(1.5), Fault: Timeout(0)},
		"probability: NaN: want 0 to 1":                 {Probability: p(math.NaN()), Fault: Timeout(0)},
		"probability: -0.1: want 0 to 1":                {Probability: p(-0.1), Fault: Timeout(0)},
		"during: [2s, 1s]: want an end after the start": {During: Window{From: 2e9, To: 1e9}, Fault: Timeout(0)},

		"match.method: \"get\" never matches: methods are in capitals (did you mean GET?)": {
			Match: Match{Method: "get"}, Fault: Timeout(0),
		},
		"match.method: \"A B\": want an HTTP method": {
			Match: Match{Method: "A B"}, Fault: Timeout(0),
		},
		"match.part: 10001: want 1 to 10000": {
			Match: Match{Part: 10001}, Fault: Timeout(0),
		},
		"match.attempt: -1: want 1 or more": {
			Match: Match{Attempt: -1}, Fault: Timeout(0),
		},
		`match.key: pattern has "[" without "]" (write "\[" for the character)`: {
			Match: Match{Key: "a[b"},
			Fault: Timeout(0),
		},
		`match.header: "a b": want a header name`: {
			Match: Match{Header: map[string]string{"a b": "*"}},
			Fault: Timeout(0),
		},
		`match.query.x: pattern ends in "\"`: {
			Match: Match{Query: map[string]string{"x": `a\`}},
			Fault: Timeout(0),
		},
		"fault: missing: a rule has exactly one fault": {},
		"after_upstream: latency acts before the upstream does": {
			AfterUpstream: true,
			Fault:         Latency(1e9),
		},
		"after_upstream: duplicate acts before the upstream does": {
			AfterUpstream: true,
			Fault:         Duplicate(),
		},
		"match.operation: refuse acts on a connection, before there is a request to match (use match: {} with " +
			"during, times or after)": {Match: Match{Operation: "GetObject"}, Fault: mustFault(t, "refuse: {}")},
	} {
		err := r.Validate()
		require.ErrorIs(t, err, ErrRule, want)
		assert.EqualError(t, err, want)
	}
	for _, text := range []string{
		"throttle: {rate: 1}", "idle_close: {}", "continue: withhold",
		"corrupt: {in: request}", "reset_peer: {at: request_body}", "refuse: {}", "dns: nxdomain",
		"connect_timeout: {}", "tls: expired", "reset_peer: {at: accept}",
	} {
		assert.ErrorContains(t, Rule{AfterUpstream: true, Fault: mustFault(t, text)}.Validate(), "after_upstream", text)
	}
	for _, text := range []string{
		"respond: {status: 500}", "ok_with_error: {}", "timeout: {}",
		"reset_peer: {at: response_body}", "close_early: {}", "latency: {delay: 1s, before: response}",
	} {
		assert.NoError(t, Rule{AfterUpstream: true, Fault: mustFault(t, text)}.Validate(), text)
	}
	for _, m := range []Match{
		{Bucket: "b"},
		{Key: "k"},
		{Method: "GET"},
		{Part: 1},
		{Attempt: 1},
		{Header: map[string]string{"A": "*"}},
		{Query: map[string]string{"a": "*"}},
	} {
		for _, text := range []string{
			"dns: nxdomain", "connect_timeout: {}", "tls: expired",
			"reset_peer: {at: accept}",
		} {
			assert.ErrorContains(t, Rule{Match: m, Fault: mustFault(t, text)}.Validate(), "match."+m.firstField(), text)
		}
	}
	err := Rule{Times: -1, After: -1, Match: Match{Operation: "x"}}.Validate()
	assert.Len(t, strings.Split(err.Error(), "\n"), 4, "every mistake at once")
}

func mustFault(t *testing.T, text string) Fault {
	t.Helper()
	f, err := ParseFault(text)
	require.NoError(t, err)
	return f
}
