package scenarios_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/scenarios"
)

// A download that ends long after the timeout, while bytes still arrive: the hang is a note.
const slowDownload = `timeout: 5s
objects: [{bucket: demo, key: a, size: 1MiB}]
client: {builtin: {}}
faults: [{match: {}, bandwidth: {rate: 10}}]
`

func TestStepThatIsNotReachedFailsIfItExpectsSomething(t *testing.T) {
	const download, exists = `{download: {bucket: demo, key: a}}`, `{exists: {bucket: demo, key: a}`
	for _, c := range []struct {
		name, steps string
		missed      []string // the steps that were not reached
	}{
		{"a step", download + `, ` + exists + `, expect: {attempts: 7}}`, []string{"2"}},
		{"its outcome", download + `, ` + exists + `, expect: {outcome: success}}`, []string{"2"}},
		{"an empty list", download + `, {list: {bucket: demo, prefix: ""}, expect: {keys: []}}`, []string{"2"}},
		{"a flaw", download + `, ` + exists + `, expect: {violates: [leak]}}`, []string{"2"}},
		{"nothing", download + `, ` + exists + `}, ` + exists + `, expect: {outcome: any}}`, nil},
		{"after a parallel", `{parallel: [` + download + `]}, ` + exists + `, expect: {exists: false}}`, []string{"2"}},
		{
			"inside a parallel", download + `, {parallel: [` + exists + `}, ` + exists + `, expect: {exists: true}}]}`,
			[]string{"2.2"},
		},
		{
			"turns", `{repeat: {times: 3, step: {download: {bucket: demo, key: a}, expect: {attempts: 1}}}}`,
			[]string{"1.2"},
		},
		{
			"turns of a parallel", download +
				`, {repeat: {times: 3, step: {parallel: [` + exists + `, expect: {attempts: 1}}]}}}`, []string{"2.1.1"},
		},
		{
			"after a load",
			`{load: {workers: 1, turns: 1, step: ` + download + `}}, ` + exists + `, expect: {attempts: 1}}`,
			[]string{"2"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := drill(t, slowDownload+"steps: ["+c.steps+"]\nexpect: {outcome: failure}\n")
			r := scenarios.Run(t.Context(), s, scenarios.Options{})
			var missed []string
			for _, reason := range r.Reasons {
				require.Equal(t, "unreached", reason.Kind, "%v", reason)
				require.NotZero(t, reason.Line)
				require.Equal(t, "the step was not reached", reason.Got)
				missed = append(missed, reason.Step)
			}
			require.Equal(t, c.missed, missed)
		})
	}
}

func TestTurnsThatADeadlineCutsOffAreNotReached(t *testing.T) {
	const turns = `objects: [{bucket: demo, key: a, content: hi}]
client: {builtin: {}}
steps: [{repeat: {times: 3, step: {wait: 2s, expect: {elapsed: {max: 2s}}}}, deadline: 3s}, {exists: {bucket: demo, key: a}}]
expect: {outcome: any}
`
	r := scenarios.Run(t.Context(), drill(t, turns), scenarios.Options{})
	require.Equal(t, []string{"unreached"}, kinds(r))
	require.Equal(t, "1.3", r.Reasons[0].Step)
}

func TestCallThatDoesNotBeginFailsItsExpectations(t *testing.T) {
	for _, expect := range []string{
		"starts: [7s]", "starts: []", "result: x", "events: [zzz]", "closed: []", "lacks: [EPIPE]",
	} {
		s := drill(t, "client: {builtin: {}}\nsteps:\n"+
			"  - {call: {after: 10s, attempts: [{}]}, deadline: 5s, expect: {outcome: failure, call: {"+expect+"}}}\n"+
			"  - {call: {attempts: [{}]}}\nexpect: {outcome: any}\n")
		r := scenarios.Run(t.Context(), s, scenarios.Options{})
		require.Equal(t, []string{"call"}, kinds(r), expect)
		require.Equal(t, "the call did not begin", r.Reasons[0].Got)
		require.NotZero(t, r.Reasons[0].Line)
	}
}

func TestWaitsAreNotComparedWithACallThatDidNotBegin(t *testing.T) {
	for _, key := range []string{"alike", "unlike"} {
		s := drill(t, "client: {builtin: {}}\nsteps:\n"+
			"  - {name: other, call: {after: 10s, attempts: [{}]}, deadline: 5s}\n"+
			"  - {call: {attempts: [{error: {is: EPIPE}}, {}]}, expect: {call: {"+key+": other}}}\n")
		r := scenarios.Run(t.Context(), s, scenarios.Options{})
		require.Equal(t, []string{"call." + key}, kinds(r))
		require.Equal(t, "the call other did not begin", r.Reasons[0].Got)
	}
}
