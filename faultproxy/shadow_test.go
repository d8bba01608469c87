package faultproxy

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestShadowed(t *testing.T) {
	for _, c := range []struct {
		first, second string
		why           string // "": both rules can fire
	}{
		{
			"{name: all, timeout: {}}", "{match: {operation: GetObject}, timeout: {}}",
			"rule all takes every request it is for",
		},
		{"{timeout: {}}", "{times: 1, during: [1s, 2s], timeout: {}}", "rule #1 takes every request it is for"},
		{"{times: 1, timeout: {}}", "{timeout: {}}", ""},
		{"{chain: true, latency: {delay: 1s}}", "{timeout: {}}", ""},
		{"{match: {min_length: 1}, timeout: {}}", "{timeout: {}}", ""},
		{"{match: {max_length: 9}, timeout: {}}", "{match: {max_length: 10}, timeout: {}}", ""},
		{
			"{match: {min_length: 1, max_length: 9}, timeout: {}}",
			"{match: {min_length: 2, max_length: 9}, timeout: {}}",
			"rule #1 takes every request it is for",
		},
		{"{match: {reused: true}, timeout: {}}", "{match: {reused: false}, timeout: {}}", ""},
		{
			"{match: {reused: true}, timeout: {}}", "{match: {reused: true, key: a}, timeout: {}}",
			"rule #1 takes every request it is for",
		},
		{"{match: {not: {key: a}}, timeout: {}}", "{timeout: {}}", ""},
		{
			`{match: {not: {key: a}}, timeout: {}}`, `{match: {not: {key: "a*"}, bucket: b}, timeout: {}}`,
			"rule #1 takes every request it is for",
		},
		{"{timeout: {}}", "{match: {not: {key: a}}, timeout: {}}", "rule #1 takes every request it is for"},
		{
			"{times: 1, timeout: {}}", "{match: {key: ab, not: {key: \"a*\"}}, timeout: {}}",
			"its not leaves out all that it is for",
		},
		{
			"{times: 1, timeout: {}}", "{match: {operation: GetObject, min_length: 1}, timeout: {}}",
			"GetObject carries no body",
		},
		{
			"{times: 1, timeout: {}}", "{match: {reused: false}, idle_close: {}}",
			"idle_close acts on reused connections only",
		},
		{"{latency: {delay: 1s}}", "{chain: true, latency: {delay: 1s}}", "rule #1 takes every request it is for"},
		{"{after: 1, timeout: {}}", "{timeout: {}}", ""},
		{"{probability: 0.5, timeout: {}}", "{timeout: {}}", ""},
		{"{probability: 1, timeout: {}}", "{timeout: {}}", "rule #1 takes every request it is for"},
		{"{during: [1s, 9s], timeout: {}}", "{timeout: {}}", ""},
		{"{during: [1s, 9s], timeout: {}}", "{during: [2s, 9s], timeout: {}}", "rule #1 takes every request it is for"},
		{"{during: [1s, 9s], timeout: {}}", "{during: [2s, 10s], timeout: {}}", ""},
		{
			`{match: {key: "a*"}, timeout: {}}`, `{match: {key: "ab*c"}, timeout: {}}`,
			"rule #1 takes every request it is for",
		},
		{`{match: {key: "a*"}, timeout: {}}`, `{match: {key: "*a"}, timeout: {}}`, ""},
		{
			`{match: {key: "a?c"}, timeout: {}}`, `{match: {key: abc}, timeout: {}}`,
			"rule #1 takes every request it is for",
		},
		{
			`{match: {method: PUT}, timeout: {}}`, `{match: {operation: PutObject}, timeout: {}}`,
			"rule #1 takes every request it is for",
		},
		{
			`{match: {header: {range: "*"}}, timeout: {}}`, `{match: {header: {Range: bytes}}, timeout: {}}`,
			"rule #1 takes every request it is for",
		},
		{`{match: {header: {range: "*"}}, timeout: {}}`, `{timeout: {}}`, ""},
		{`{match: {query: {a: "*"}}, timeout: {}}`, `{match: {query: {A: "*"}}, timeout: {}}`, ""},
		{"{refuse: {}}", "{timeout: {}}", "rule #1 lets no connection through"},
		{"{dns: nxdomain}", "{match: {operation: GetObject}, respond: {}}", "rule #1 lets no connection through"},
		{"{connect_timeout: {}}", "{reset_peer: {at: accept}}", "rule #1 lets no connection through"},
		{"{probability: 1, refuse: {}}", "{tls: expired}", "rule #1 lets no connection through"},
		// a connection from before the window can have new requests
		{"{during: [0s, 9s], refuse: {}}", "{during: [1s, 2s], timeout: {}}", ""},
		{"{times: 9, refuse: {}}", "{timeout: {}}", ""},
		{"{after: 1, refuse: {}}", "{timeout: {}}", ""},
		{"{probability: 0.9, refuse: {}}", "{timeout: {}}", ""},
		{"{reset_peer: {at: accept}}", "{timeout: {}}", "rule #1 lets no connection through"},
		{"{times: 1, reset_peer: {at: accept}}", "{timeout: {}}", ""},
		{"{tls: handshake}", "{timeout: {}}", "rule #1 lets no connection through"},
		{"{tls: expired}", "{timeout: {}}", ""}, // some clients do not verify certificates
		{"{refuse: {}}", "{dns: nxdomain}", "rule #1 takes every request it is for"},
		{"{throttle: {rate: 1}}", "{timeout: {}}", ""},
		{"{corrupt: {}}", "{timeout: {}}", "rule #1 takes every request it is for"},
		{"{corrupt: {in: response}}", "{timeout: {}}", "rule #1 takes every request it is for"},
		{"{corrupt: {in: request}}", "{timeout: {}}", ""},
		{"{continue: withhold}", "{timeout: {}}", ""},
		{"{stale: {}}", "{timeout: {}}", ""},
		{"{idle_close: {}}", "{timeout: {}}", ""},
		{
			"{times: 1, timeout: {}}", "{match: {operation: GetObject, method: PUT}, timeout: {}}",
			"GetObject is sent with GET, never PUT",
		},
		{
			"{times: 1, timeout: {}}", "{match: {operation: ListBuckets, bucket: b}, timeout: {}}",
			"ListBuckets names no bucket",
		},
		{
			"{times: 1, timeout: {}}", "{match: {operation: ListObjectsV2, key: k}, timeout: {}}",
			"ListObjectsV2 names no key",
		},
		{
			"{times: 1, timeout: {}}", "{match: {operation: PutObject, part: 1}, timeout: {}}",
			"PutObject has no part number",
		},
		{"{times: 1, timeout: {}}", "{probability: 0, timeout: {}}", "its probability is 0"},
		{
			"{times: 1, timeout: {}}", "{match: {operation: HeadObject}, slicer: {size: 1}}",
			"HeadObject is answered without a body",
		},
		{
			"{times: 1, timeout: {}}", "{match: {operation: HeadBucket}, close_early: {}}",
			"HeadBucket is answered without a body",
		},
		{"{times: 1, timeout: {}}", "{match: {method: HEAD}, bandwidth: {rate: 1}}", "HEAD is answered without a body"},
		{"{times: 1, timeout: {}}", "{match: {method: HEAD}, corrupt: {}}", "HEAD is answered without a body"},
		{"{times: 1, timeout: {}}", "{match: {method: HEAD}, reset_peer: {}}", "HEAD is answered without a body"},
		{"{times: 1, timeout: {}}", "{match: {method: HEAD}, reset_peer: {at: response_head}}", ""},
		{
			"{times: 1, timeout: {}}", "{match: {operation: HeadObject}, corrupt: {in: request}}",
			"HeadObject carries no body",
		},
		// the request may not be an S3 operation
		{"{times: 1, timeout: {}}", "{match: {method: GET}, corrupt: {in: request}}", ""},
		{
			"{times: 1, timeout: {}}", "{match: {operation: GetObject}, corrupt: {in: request}}",
			"GetObject carries no body",
		},
		{
			"{times: 1, timeout: {}}", "{match: {operation: DeleteObject}, continue: late}",
			"DeleteObject carries no body",
		},
		// the fault resets the connection even without a body
		{"{times: 1, timeout: {}}", "{match: {operation: GetObject}, reset_peer: {at: request_body}}", ""},
		{"{times: 1, timeout: {}}", "{match: {operation: PutObject}, corrupt: {in: request}}", ""},
		{"{times: 1, timeout: {}}", "{match: {operation: CreateMultipartUpload}, corrupt: {in: request}}", ""},
		// an error response has a body
		{"{times: 1, timeout: {}}", "{match: {operation: DeleteObject}, slicer: {size: 1}}", ""},
		{
			"{times: 1, timeout: {}}", "{match: {operation: PutObject}, stale: {}}",
			"stale answers reads of objects and lists, never PutObject",
		},
		{
			"{times: 1, timeout: {}}", "{match: {method: DELETE}, stale: {}}",
			"stale answers reads of objects and lists, never DELETE",
		},
		{
			"{times: 1, timeout: {}}", "{match: {operation: ListObjectVersions}, stale: {}}",
			"stale answers reads of objects and lists, never ListObjectVersions",
		},
		{"{times: 1, timeout: {}}", "{match: {operation: ListObjectsV2}, stale: {}}", ""},
		{"{times: 1, timeout: {}}", "{match: {method: HEAD}, stale: {}}", ""},
		{"{times: 1, timeout: {}}", "{match: {key: k}, stale: {}}", ""},
	} {
		list := parsedRules(t, c.first, c.second)
		why := ""
		for _, u := range Shadowed(list) {
			assert.Equal(t, 1, u.Index)
			why = u.Why
		}
		assert.Equal(t, c.why, why, "%s then %s", c.first, c.second)
	}
}

// If a rule prevents all connections, rules for exchanges never fire, in any order, unless an
// earlier rule lets some connections pass.
func TestRulesAfterOneThatPreventsAllConnectionsAreShadowed(t *testing.T) {
	shadowed := func(texts ...string) map[int]int {
		list := map[int]int{}
		for _, u := range Shadowed(parsedRules(t, texts...)) {
			list[u.Index] = u.By
		}
		return list
	}
	assert.Equal(t, map[int]int{0: 1, 2: 1}, shadowed("respond: {}", "refuse: {}", "reset_peer: {at: accept}"))
	assert.Equal(t, map[int]int{0: 1}, shadowed("respond: {}", "reset_peer: {at: accept}", "times: 1, refuse: {}"))
	assert.Equal(t, map[int]int{1: 0}, shadowed("tls: expired", "reset_peer: {at: accept}", "respond: {}"))
	assert.Equal(t, map[int]int{2: 1}, shadowed("times: 1, reset_peer: {at: accept}", "tls: handshake", "respond: {}"))
}

func parsedRules(t *testing.T, texts ...string) []Rule {
	t.Helper()
	var list []Rule
	for _, text := range texts {
		r, err := ParseRule(text)
		require.NoError(t, err, text)
		list = append(list, r)
	}
	return list
}
