package scenarios_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/scenarios"
)

const honestFailures = `client: {builtin: {}}
objects: [{bucket: demo, key: a, size: 64KiB}]
steps: [{download: {bucket: demo, key: a}}]
faults: [{match: {operation: GetObject}, times: 9, respond: {status: 503, code: SlowDown}}]
expect: {outcome: any}
conformance: {level: must, source: RFC}
`

// A client that never succeeds fails honestly in every drill. That is no merit.
func TestAClientThatAlwaysFailsPassesNoDrill(t *testing.T) {
	for _, client := range []string{
		adapterFor(t, programSteps, "fails", ""), adapterFor(t, programSession, "fails", ""), "run:exit 1",
	} {
		r := scenarios.Run(t.Context(), drill(t, honestFailures), scenarios.Options{Client: client})
		require.Equal(t, scenarios.Error, r.Verdict, "%s: %v", client, r.Reasons)
		require.Contains(t, told(r), "fails without faults: ")
		require.Contains(t, told(r), "the adapter or the set-up is wrong")
	}
	entry, err := scenarios.Find("retry/503-twice")
	require.NoError(t, err)
	s, err := entry.Scenario()
	require.NoError(t, err)
	r := scenarios.Run(t.Context(), s, scenarios.Options{
		Conformance: true, NewClient: func(c scenarios.ClientConfig) (scenarios.Client, error) {
			client, err := scenarios.NewSDK(c)
			always := errors.New("it always fails")
			return flawed{Client: client, download: func(
				context.Context, string, string, string, *scenarios.Range, func(int64),
			) error {
				return always
			}}, err
		},
	})
	require.Equal(t, scenarios.Error, r.Verdict, "%v", r.Reasons)
	require.Contains(t, told(r), "step 1 (download): ")
}

// A client that says it has stored what it never sent fails without faults too.
func TestAClientThatDoesNothingPassesNoDrill(t *testing.T) {
	s := drill(t, `client: {builtin: {}}
steps: [{upload: {bucket: demo, key: a, size: 1KiB}}]
faults: [{match: {operation: PutObject}, respond: {status: 503, code: SlowDown}}]
expect: {outcome: any}
`)
	r := scenarios.Run(t.Context(), s, scenarios.Options{Client: "run:exit 0"})
	require.Equal(t, scenarios.Error, r.Verdict, "%v", r.Reasons)
	require.Contains(t, told(r), "fails without faults: lost-write")
}

// The work of a drill about a missing object succeeds without faults, because the object is there.
func TestWorkWithoutFaultsFindsWhatItReads(t *testing.T) {
	s := drill(t, `client: {builtin: {}}
buckets: [demo]
steps:
  - download: {bucket: demo, key: none}
  - copy: {from: {bucket: demo, key: nope}, to: {bucket: demo, key: b}}
expect: {outcome: failure}
conformance: {level: must, source: RFC, outcome: failure}
`)
	for _, client := range []string{"sdk", adapterFor(t, programSteps, "", ""), commandFor(t, "")} {
		r := scenarios.Run(t.Context(), s, scenarios.Options{Client: client})
		require.Equal(t, scenarios.Pass, r.Verdict, "%s: %v", client, r.Reasons)
	}
}

// One proof is enough for all drills with the same kinds of steps.
func TestWorkWithoutFaultsIsPlayedOnce(t *testing.T) {
	s := drill(t, honestFailures)
	made := 0
	count := func(c scenarios.ClientConfig) (scenarios.Client, error) {
		made++
		return scenarios.NewSDK(c)
	}
	o := scenarios.Options{Conformance: true, Workers: 1, NewClient: count}
	for _, r := range scenarios.RunAll(t.Context(), []*scenarios.Scenario{s, s, s}, o, nil) {
		require.Equal(t, scenarios.Pass, r.Verdict, "%v", r.Reasons)
	}
	require.Equal(t, 4, made)
}

// What a client does wrong without faults is no finding about faults, and says nothing of other
// drills with the same kind of step.
func TestADrillIsHeldAgainstItsOwnWorkWithoutFaults(t *testing.T) {
	reads := func(span string) *scenarios.Scenario {
		s := drill(t, `client: {builtin: {}}
objects: [{bucket: demo, key: a, size: 1KiB}]
steps: [{download: {bucket: demo, key: a, range: "`+span+`"}}]
faults: [{match: {operation: GetObject}, times: 1, respond: {status: 503, code: SlowDown}}]
expect: {outcome: any}
conformance: {level: must, source: RFC}
`)
		s.ID = span
		return s
	}
	newClient := func(c scenarios.ClientConfig) (scenarios.Client, error) {
		client, err := scenarios.NewSDK(c)
		return flawed{Client: client, download: func(
			ctx context.Context, bucket, key, path string, span *scenarios.Range, progress func(int64),
		) error {
			if span.First == 0 {
				span = &scenarios.Range{}
			}
			return client.Download(ctx, bucket, key, path, span, progress)
		}}, err
	}
	o := scenarios.Options{Conformance: true, Workers: 1, NewClient: newClient}
	good, bad := reads("7-"), reads("0-")
	for _, order := range [][]*scenarios.Scenario{{good, bad}, {bad, good}} {
		for _, r := range scenarios.RunAll(t.Context(), order, o, nil) {
			if r.ID == good.ID {
				require.Equal(t, scenarios.Pass, r.Verdict, "%v", r.Reasons)
				continue
			}
			require.Equal(t, scenarios.Error, r.Verdict, "%v", r.Reasons)
			require.Contains(t, told(r), "fails without faults: step 1: wrong-read")
		}
	}
}

// A rule about pages strikes only the operation that it names. A client with the other one has
// proved nothing.
func TestADrillWhoseFaultNeverFiredIsVacuousForAForeignClient(t *testing.T) {
	for operation, verdict := range map[string]scenarios.Verdict{
		"ListObjects": scenarios.Vacuous, "[ListObjects, ListObjectsV2]": scenarios.Pass,
	} {
		s := drill(t, `client: {builtin: {}}
objects: [{bucket: demo, key: a, size: 1}]
steps: [{list: {bucket: demo}}]
faults: [{match: {operation: `+operation+`}, times: 1, respond: {status: 503, code: SlowDown}}]
expect: {outcome: any}
conformance: {level: must, source: RFC}
`)
		r := scenarios.Run(t.Context(), s, scenarios.Options{Client: adapterFor(t, programSteps, "", "")})
		require.Equal(t, verdict, r.Verdict, "%v", r.Reasons)
	}
}

// The proxy of the work without faults has no rules, so no step may name one.
func TestWorkWithoutFaultsChangesNoRules(t *testing.T) {
	s := drill(t, `client: {builtin: {}}
objects: [{bucket: demo, key: a, size: 1KiB}]
steps:
  - wait: 1s
  - download: {bucket: demo, key: a}
    expect: {attempts: 2}
  - rules: {off: [slow]}
  - parallel: [{wait: 1s}, {rules: {reset: [slow]}}]
  - repeat: {times: 2, step: {rules: {on: [slow]}}}
  - download: {bucket: demo, key: a}
faults: [{name: slow, match: {operation: GetObject}, times: 1, respond: {status: 503}}]
conformance: {level: must, source: RFC}
`)
	for _, client := range []string{"sdk", adapterFor(t, programSteps, "", ""), commandFor(t, "")} {
		r := scenarios.Run(t.Context(), s, scenarios.Options{Client: client})
		require.NotEqual(t, scenarios.Error, r.Verdict, "%s: %v", client, r.Reasons)
	}
}

// A step inside a repeat has its deadline only with faults, and a rest moves no number of a step.
func TestWorkWithoutFaultsNamesTheStepThatFails(t *testing.T) {
	s := drill(t, `client: {builtin: {}}
objects: [{bucket: demo, key: a, size: 1KiB}]
steps:
  - wait: 1s
  - repeat: {times: 2, step: {download: {bucket: demo, key: a}, cancel_after: 1ns, expect: {outcome: any}}}
  - download: {bucket: demo, key: a}
faults: [{match: {operation: GetObject}, times: 1, respond: {status: 503}}]
expect: {outcome: any}
conformance: {level: must, source: RFC}
`)
	always := errors.New("it always fails")
	failing := func(succeeds int) func(scenarios.ClientConfig) (scenarios.Client, error) {
		return func(c scenarios.ClientConfig) (scenarios.Client, error) {
			client, err := scenarios.NewSDK(c)
			done := 0
			return flawed{Client: client, download: func(
				ctx context.Context, bucket, key, path string, span *scenarios.Range, progress func(int64),
			) error {
				if done++; done > succeeds {
					return always
				}
				return client.Download(ctx, bucket, key, path, span, progress)
			}}, err
		}
	}
	r := scenarios.Run(t.Context(), s, scenarios.Options{Conformance: true, NewClient: failing(2)})
	require.Equal(t, scenarios.Error, r.Verdict, "%v", r.Reasons)
	require.Contains(t, told(r), "step 3 (download): it always fails")
}
