package scenarios_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/scenarios"
)

// The reason of an unfired fault says which case it is: no request, no matching request with the
// nearest one, or nothing to act on.
func TestUnfiredFaultNamesItsReason(t *testing.T) {
	const world = `objects:
  - {bucket: demo, key: a, content: hello}
  - {bucket: demo, key: b, content: hello}
client: {builtin: {}}
`
	const reads = world + `steps:
  - {repeat: {times: 8, step: {download: {bucket: demo, key: b}}}}
`
	for name, c := range map[string]struct{ text, reason string }{
		"no request": {
			world + "steps: [{wait: 1s}]\nfaults: [{respond: {status: 503}}]", "no request at all",
		},
		"another key": {
			reads + "faults: [{match: {operation: GetObject, key: a}, respond: {status: 503}}]",
			"no request matched: 8 GetObject of demo/b, none with key a",
		},
		"another bucket": {
			"buckets: [demo, prod]\n" + reads +
				"faults: [{match: {operation: GetObject, bucket: prod, key: b}, respond: {status: 503}}]",
			"no request matched: 8 GetObject of demo/b, none of bucket prod",
		},
		"another operation": {
			reads + "faults: [{match: {operation: PutObject}, respond: {status: 503}}]",
			"no request matched: 8 GetObject of demo/b, none PutObject",
		},
		"another attempt": {
			reads + "faults: [{match: {key: b, attempt: 2}, respond: {status: 503}}]",
			"no request matched: 8 GetObject of demo/b, none of attempt 2",
		},
		"taken by a rule before it": {
			reads + "faults:\n  - {match: {operation: GetObject}, latency: {delay: 1ms}}\n" +
				"  - {match: {key: b}, respond: {status: 503}}",
			"rules before it acted on all requests that it matches: 8 GetObject of demo/b",
		},
		"outside of its window": {
			reads + "faults: [{during: [1h, 2h], respond: {status: 503}}]",
			"8 requests matched, all outside of during: [1h, 2h]",
		},
		"skipped": {
			reads + "faults: [{after: 9, respond: {status: 503}}]",
			"8 requests matched, and after: 9 skips them",
		},
		"too few": {
			reads + "faults: [{match: {operation: GetObject}, times: 30, latency: {delay: 1ms}}]",
			"8 of 8 matching requests fired",
		},
		"quota not used up": {
			reads + "faults: [{throttle: {rate: 100, burst: 100}}]",
			"8 requests matched, but the quota was not used up",
		},
		"no older version": {
			reads + "faults: [{match: {operation: GetObject}, stale: {}}]",
			"8 requests matched, but nothing had changed before them: there was no older version",
		},
		"new connections": {
			world + "steps: [{download: {bucket: demo, key: a}}]\nfaults: [{idle_close: {}}]",
			"1 request matched, but each came on a new connection: no kept-alive one was reused",
		},
		"a short body": {
			reads + "faults: [{match: {operation: GetObject}, close_early: {after_bytes: 1KiB}}]",
			"8 requests matched, but the response ended before the byte to cut at",
		},
		"no expectation": {
			reads + "faults: [{match: {operation: GetObject}, continue: withhold}]",
			"8 requests matched, but none had Expect: 100-continue",
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := scenarios.Run(t.Context(), drill(t, c.text+"\n"), scenarios.Options{})
			require.Equal(t, scenarios.Vacuous, r.Verdict, "%v", r.Reasons)
			require.Equal(t, "unfired", r.Reasons[0].Kind)
			require.Equal(t, c.reason, r.Reasons[0].Got)
		})
	}
}

// A client that fails as expected may do so before it has used up the rule.
func TestExpectedFailureNeedsNotUseUpTheRule(t *testing.T) {
	const text = `objects: [{bucket: demo, key: a, content: hello}]
client: {builtin: {}}
steps: [{download: {bucket: demo, key: a}}]
faults: [{match: {operation: GetObject}, times: 3, respond: {status: 403}}]
`
	for expect, want := range map[string]scenarios.Verdict{
		"expect: {outcome: failure}": scenarios.Pass,
		"expect: {outcome: any}":     scenarios.Vacuous,
	} {
		r := scenarios.Run(t.Context(), drill(t, text+expect+"\n"), scenarios.Options{})
		require.Equal(t, want, r.Verdict, "%s: %v", expect, r.Reasons)
	}
}

// The reason counts only requests that came while the rule was there and switched on.
func TestUnfiredFaultOfAStepNamesItsReason(t *testing.T) {
	const (
		read = "download: {bucket: demo, key: a}"
		slow = "faults: [{name: slow, match: {key: a}, times: 1, respond: {status: 503}}]\n"
		late = `rules: {add: ['{name: late, match: {operation: GetObject}, times: 1, respond: {status: 503}}']}`
	)
	for name, c := range map[string]struct {
		faults string
		steps  []string
		reason string
	}{
		"added after the read": {
			"",
			[]string{read, late, "upload: {bucket: demo, key: b, content: x}"},
			"no request matched: 1 PutObject of demo/b, none GetObject",
		},
		"added at the end": {
			"",
			[]string{read, late},
			"no request while it was there and switched on: 1 GetObject of demo/a at other times",
		},
		"reset after firing": {
			slow,
			[]string{read, "rules: {reset: [slow]}", "exists: {bucket: demo, key: b}"},
			"fired 1 time before its last reset; since then: no request matched: 1 HeadObject of demo/b, none with key a",
		},
		"on again and reset": {
			slow,
			[]string{
				read, "rules: {off: [slow]}", "rules: {on: [slow], reset: [slow]}",
				"exists: {bucket: demo, key: b}",
			},
			"fired 1 time before its last reset; since then: no request matched: 1 HeadObject of demo/b, none with key a",
		},
		"off and reset after firing": {
			slow,
			[]string{read, "rules: {off: [slow], reset: [slow]}", read},
			"fired 1 time before its last reset; since then: a step has switched it off before it fired",
		},
		"off during the read, beside a chain": {
			"faults: [{name: first, match: {operation: GetObject}, times: 2, chain: true, latency: {delay: 1s}}]\n",
			[]string{read, late, "rules: {off: [late]}", read, "rules: {on: [late]}"},
			"no request while it was there and switched on: 2 GetObject of demo/a at other times",
		},
		"on for another request": {
			"faults: [{name: first, match: {operation: GetObject}, times: 1, latency: {delay: 1s}}]\n",
			[]string{read, late, "exists: {bucket: demo, key: b}"},
			"no request matched: 1 HeadObject of demo/b, none GetObject",
		},
	} {
		t.Run(name, func(t *testing.T) {
			text := "objects: [{bucket: demo, key: a, content: hi}]\nclient: {builtin: {retry: {jitter: none}}}\n" +
				c.faults + "steps:\n  - " + strings.Join(c.steps, "\n  - ") + "\n"
			r := scenarios.Run(t.Context(), drill(t, text), scenarios.Options{})
			require.Equal(t, scenarios.Vacuous, r.Verdict, "%v", r.Reasons)
			require.Equal(t, c.reason, r.Reasons[0].Got)
		})
	}
}
