package shrink_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/faultproxy"
	"github.com/s3chaos/s3chaos/scenarios/hunt/gen"
	"github.com/s3chaos/s3chaos/scenarios/hunt/shrink"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

const sign = "wrong-read GetObject"

// where plays scripts without a client: a script that meets the predicate shows the violation.
func where(holds func(s *script.Scenario) bool) shrink.Play {
	return func(_ context.Context, s *script.Scenario) (shrink.Seen, error) {
		if holds(s) {
			return shrink.Seen{Signs: []string{sign}, Hash: "same"}, nil
		}
		return shrink.Seen{}, nil
	}
}

const long = `version: 1
name: long
tags: [a, b]
seed: 9
objects:
  - {bucket: demo, key: "odd key?.bin", size: 7MiB, metadata: {a: b}}
  - {bucket: demo, key: other.bin, size: 1KiB}
client: {builtin: {retry: {max_attempts: 7, jitter: full, initial_delay: 730ms}, concurrency: 3}}
steps:
  - upload: {bucket: demo, key: x.bin, size: 11MiB}
  - parallel:
      - repeat: {times: 3, step: {name: d, deadline: 30s, download: {bucket: demo, key: "odd key?.bin", range: 5-900}}}
      - list: {bucket: demo, prefix: ""}
  - wait: 3s
faults:
  - {match: {operation: PutObject}, optional: true, latency: {delay: 3s}}
  - match: {operation: GetObject, key: "odd key?.bin", attempt: 1}
    optional: true
    times: 4
    after: 1
    probability: 0.5
    per: key
    during: [0s, 1m]
    reset_peer: {at: response_body, after_bytes: {one_of: [10, 50%]}, hold: 300ms}
  - {optional: true, respond: {status: {between: [500, 504]}, code: [SlowDown, InternalError]}}
expect: {outcome: any}
`

func hasRule(s *script.Scenario, kind string) bool {
	return slices.ContainsFunc(s.Faults, func(f script.Fault) bool { return f.Rule.Fault.Kind() == kind })
}

func hasStep(s *script.Scenario, operation string) bool {
	found := false
	s.EachStep(func(step *script.Step) { found = found || step.Operation() == operation })
	return found
}

func TestShrinkReachesTheSmallestScript(t *testing.T) {
	for name, c := range map[string]struct {
		holds func(s *script.Scenario) bool
		want  string
	}{
		"a rule and a step": {
			func(s *script.Scenario) bool { return hasRule(s, "reset_peer") && hasStep(s, "download") },
			`version: 1
name: long
client: {builtin: {}}
steps:
  - {download: {bucket: demo, key: a.bin}}
faults:
  - {times: 1, reset_peer: {}}
expect: {outcome: any}
`,
		},
		"a rule that acts more than once, on an object of some size": {
			func(s *script.Scenario) bool {
				return hasRule(s, "respond") && len(s.Objects) > 0 && s.Objects[0].Size > 1<<20 &&
					!slices.ContainsFunc(s.Rules(), func(r faultproxy.Rule) bool { return r.Times == 1 })
			},
			`version: 1
name: long
objects:
  - {bucket: demo, key: a.bin, size: 5MiB}
client: {builtin: {}}
steps:
  - {wait: 1ms}
faults:
  - {respond: {}}
expect: {outcome: any}
`,
		},
		"two steps together": {
			func(s *script.Scenario) bool {
				return slices.ContainsFunc(s.Steps, func(step script.Step) bool { return len(step.Parallel) > 1 })
			},
			`version: 1
name: long
client: {builtin: {}}
steps:
  - {parallel: [{download: {bucket: demo, key: a.bin}}, {list: {bucket: demo}}]}
expect: {outcome: any}
`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := script.Parse("long.yaml", []byte(long))
			require.NoError(t, err)
			r, err := shrink.Shrink(t.Context(), s, sign, where(c.holds), shrink.Options{})
			require.NoError(t, err)
			require.True(t, r.Whole, "%d plays", r.Drills)
			require.Equal(t, c.want, string(r.YAML))
		})
	}
}

// Random scripts and predicates: the result is one that the format allows, it still shows the
// violation, it is no longer than the script, and it is its own result.
func TestShrinkOfRandomScriptsEndsAndIsItsOwnResult(t *testing.T) {
	for n := range uint64(5) {
		text := gen.Concurrent(n).YAML()
		s, err := script.Parse("random.yaml", text)
		require.NoError(t, err)
		kind := s.Faults[n%uint64(len(s.Faults))].Rule.Fault.Kind()
		operation := s.Steps[0].Parallel[0].Operation()
		play := where(func(s *script.Scenario) bool { return hasRule(s, kind) && hasStep(s, operation) })

		r, err := shrink.Shrink(t.Context(), s, sign, play, shrink.Options{Confirm: 1, Drills: 5000})
		require.NoError(t, err)
		require.True(t, r.Whole)
		require.True(t, hasRule(r.Scenario, kind) && hasStep(r.Scenario, operation))
		require.Len(t, r.Scenario.Faults, 1)
		read, err := script.Parse("smallest.yaml", r.YAML)
		require.NoError(t, err)
		again, err := shrink.Shrink(t.Context(), read, sign, play, shrink.Options{Confirm: 1, Drills: 5000})
		require.NoError(t, err)
		require.Equal(t, string(r.YAML), string(again.YAML))
		same, err := shrink.Shrink(t.Context(), s, sign, play, shrink.Options{Confirm: 1, Drills: 5000})
		require.NoError(t, err)
		require.Equal(t, r, same)
	}
}

// Without its variables and files, a program might find a real cloud. Without its signal, it would
// wait for ever in the exchange that a rule holds.
func TestShrinkLeavesAProgramWhatItIsToldByTheDrill(t *testing.T) {
	const program = `version: 1
name: killed
timeout: 2m
objects:
  - {bucket: demo, key: a.bin, size: 1KiB}
files:
  - {path: .rc, content: "endpoint = ${endpoint}"}
client: {run: [tool, get], env: {ENDPOINT: "${endpoint}"}}
signal: {send: KILL, held_by: killed, run_again: true}
intent:
  - {reads: {bucket: demo, key: a.bin, to: out.bin}}
faults:
  - {name: killed, match: {operation: GetObject, key: a.bin}, times: 1, timeout: {}}
expect: {outcome: any}
`
	s, err := script.Parse("killed.yaml", []byte(program))
	require.NoError(t, err)
	play := where(func(s *script.Scenario) bool { return len(s.Objects) > 0 })
	r, err := shrink.Shrink(t.Context(), s, sign, play, shrink.Options{})
	require.NoError(t, err)
	require.Equal(t, strings.Replace(strings.Replace(program, "match: {operation: GetObject, key: a.bin}, ", "", 1),
		"1KiB", "0B", 1), string(r.YAML))
}

func TestShrinkKeepsOnlyChangesThatShowTheViolationAlikeThreeTimes(t *testing.T) {
	s, err := script.Parse("long.yaml", []byte(long))
	require.NoError(t, err)
	plays := 0
	flaky := func(_ context.Context, s *script.Scenario) (shrink.Seen, error) {
		plays++
		seen := shrink.Seen{Signs: []string{sign}, Hash: "same"}
		if len(s.Faults) < 3 && plays%3 == 0 {
			seen.Hash = "another"
		}
		return seen, nil
	}
	r, err := shrink.Shrink(t.Context(), s, sign, flaky, shrink.Options{})
	require.NoError(t, err)
	require.Len(t, r.Scenario.Faults, 3)
}

func TestShrinkOfAScriptThatShowsNothingIsAnError(t *testing.T) {
	s, err := script.Parse("long.yaml", []byte(long))
	require.NoError(t, err)
	for name, play := range map[string]shrink.Play{
		"nothing seen": where(func(*script.Scenario) bool { return false }),
		"no judgement": func(context.Context, *script.Scenario) (shrink.Seen, error) {
			return shrink.Seen{Signs: []string{sign}}, errors.New("the harness broke")
		},
	} {
		_, err := shrink.Shrink(t.Context(), s, sign, play, shrink.Options{})
		require.ErrorIs(t, err, shrink.ErrNotShown, name)
	}
}

func TestShrinkStopsAtItsBound(t *testing.T) {
	s, err := script.Parse("long.yaml", []byte(long))
	require.NoError(t, err)
	play := where(func(s *script.Scenario) bool { return hasRule(s, "reset_peer") })
	r, err := shrink.Shrink(t.Context(), s, sign, play, shrink.Options{Drills: 7})
	require.NoError(t, err)
	require.False(t, r.Whole)
	require.LessOrEqual(t, r.Drills, 9, "the plays of one change more than the bound")
	require.True(t, hasRule(r.Scenario, "reset_peer"))

	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	counted := 0
	r, err = shrink.Shrink(ctx, s, sign, func(ctx context.Context, s *script.Scenario) (shrink.Seen, error) {
		if counted++; counted == 3 {
			cancel()
		}
		return play(ctx, s)
	}, shrink.Options{})
	require.NoError(t, err)
	require.Equal(t, 3, r.Drills)
}
