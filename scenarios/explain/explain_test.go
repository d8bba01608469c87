package explain_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/faultproxy"
	"github.com/s3chaos/s3chaos/scenarios"
	"github.com/s3chaos/s3chaos/scenarios/explain"
)

func explained(t *testing.T, s *scenarios.Scenario) string {
	t.Helper()
	var out strings.Builder
	require.NoError(t, explain.Write(t.Context(), &out, s))
	return out.String()
}

func builtIn(t *testing.T, id string) *scenarios.Scenario {
	t.Helper()
	entry, err := scenarios.Find(id)
	require.NoError(t, err)
	list, err := entry.Scenarios()
	require.NoError(t, err)
	return list[0]
}

func TestExplanationHasSourcePolicyAndSchedule(t *testing.T) {
	require.Equal(t, `jitter/full: full jitter draws from all of the interval

AWS's full jitter: a wait is anything from zero to the exponential delay. It spreads a crowd of
clients best (Exponential Backoff And Jitter, AWS Architecture Blog, 2015).

Whose duty
  Level own: it tests this project's client or oracle, and other clients skip it.
  Source: AWS Architecture Blog, "Exponential Backoff And Jitter": the policy that this file
    declares for s3client

Before
  The bucket demo holds a.bin with 1KiB.

The client
  s3client, the client of this project.
  It tries at most 4 times, with the jitter full.
  Its waits without a hint of the server: 0s to 1s, 0s to 2s, 0s to 4s.

The steps
  1. download demo/a.bin

What goes wrong
  Rule 1 acts on the first 3 requests matching {operation: GetObject}: the proxy answers in
    place of S3. In the file: respond: {status: 503, code: ServiceUnavailable}.

What must hold
    outcome: success
    waits: [{between: [0s, 1s]}, {between: [0s, 2s]}, {between: [0s, 4s]}]
  The laws of the oracle hold in any case: see the README.

The schedule
  With seed 3, from the first step to the last: 5.675s.
  GetObject demo/a.bin
      attempt 1 at 0s: 503 ServiceUnavailable  ← respond: {status: 503, code: ServiceUnavailable}
`+"      attempt 2 at 342ms, after a wait of 341ms (allowed: 0s to 1s): 503 ServiceUnavailable  ← respond: "+
		`{status: 503, code: ServiceUnavailable}
`+"      attempt 3 at 2.222s, after a wait of 1.879s (allowed: 0s to 2s): 503 ServiceUnavailable  ← respond: "+
		`{status: 503, code: ServiceUnavailable}
      attempt 4 at 5.675s, after a wait of 3.452s (allowed: 0s to 4s): 200
`, explained(t, builtIn(t, "jitter/full")))
}

// A file without an expectation of waits has the windows of its policy all the same.
func TestScheduleHasTheWindowsOfThePolicy(t *testing.T) {
	s, err := scenarios.Parse("drill.yaml", []byte(`version: 1
name: one failure
objects: [{bucket: demo, key: a, content: hello}]
client: {builtin: {retry: {initial_delay: 2s, jitter: equal}}}
steps:
  - parallel: [{exists: {bucket: demo, key: a}}, {wait: 1s}]
faults:
  - {match: {operation: HeadObject}, after: 0, times: 1, during: [0s, 10s], respond: {status: 500, code: InternalError}}
`))
	require.NoError(t, err)
	text := explained(t, s)
	for _, line := range []string{
		"The drill tests its own client only: the file has no conformance block.",
		"a with 5 bytes.", "  1. parallel\n", "1.1. exists demo/a\n", "in the window [0s, 10s]", "(allowed: 1s to 2s)",
		"Every step succeeds.",
	} {
		require.Contains(t, text, line)
	}
}

func TestEveryKindOfClientIsExplained(t *testing.T) {
	for id, says := range map[string]string{
		"multipart/complete-200-and-nothing": "The schedule\n  With seed ",
		"copy/error-in-a-200":                "Case 1 of the family copy/error-in-a-200, which has 3.",
	} {
		require.Contains(t, explained(t, builtIn(t, id)), says)
	}
	for client, says := range map[string]string{
		"{sdk: {mode: standard}}":         "The AWS SDK for Go, with its retry mode standard.",
		"{careless: {ignores: [length]}}": "The careless client",
		`{run: [sh, -c, "exit 0"]}`:       "A program keeps its own schedule",
	} {
		text := "version: 1\nname: n\nclient: " + client + "\nobjects: [{bucket: demo, key: a, size: 1KiB}]\n"
		if !strings.Contains(client, "run") {
			text += "steps: [{download: {bucket: demo, key: a, to: a}}]\n"
		}
		s, err := scenarios.Parse("drill.yaml", []byte(text))
		require.NoError(t, err)
		require.Contains(t, explained(t, s), says)
	}
}

func TestEveryFaultHasWords(t *testing.T) {
	for _, kind := range faultproxy.Kinds() {
		require.NotEmpty(t, explain.Kinds[kind], kind)
	}
	require.Len(t, explain.Kinds, len(faultproxy.Kinds()))
}

func TestExplanationOfACaseHasItsValues(t *testing.T) {
	text := explained(t, builtIn(t, "hint/forms"))
	require.Contains(t, text, "What must hold")
	require.NotContains(t, text, "${")
}

func TestExplanationHasWhatEachStepMustMeet(t *testing.T) {
	s, err := scenarios.Parse("a.yaml", []byte(`version: 1
name: steps
client: {builtin: {}}
steps:
  - upload: {bucket: demo, key: k, size: 1KiB}
  - exists: {bucket: demo, key: k}
    expect: {exists: true}
`))
	require.NoError(t, err)
	text := explained(t, s)
	require.Contains(t, text, "Step 2: {exists: {bucket: demo, key: k}, expect: {exists: true}}")
	require.NotContains(t, text, "Step 1:")
}

func TestExplanationSaysHowTheRulesChange(t *testing.T) {
	s, err := scenarios.Parse("a.yaml", []byte(`version: 1
name: changes
client: {builtin: {}}
steps:
  - upload: {bucket: demo, key: k, size: 1KiB}
  - rules: {add: ['{name: x, times: 1, timeout: {}}'], off: [y], on: [y], reset: [x, y]}
  - rules: {after: 5s, off: [x]}
faults: [{name: y, match: {operation: PutObject}, timeout: {}}]
`))
	require.NoError(t, err)
	text := explained(t, s)
	require.Contains(t, text, "2. rules: adds {name: x, times: 1, timeout: {}}; switches y off; switches y on; "+
		"resets the\n    counts of x, y")
	require.Contains(t, text, "3. rules after 5s: switches x off")
}
