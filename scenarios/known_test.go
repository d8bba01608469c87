package scenarios_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/scenarios"
)

func TestAKnownFailureDoesNotFailTheRun(t *testing.T) {
	s := drill(t, slowDown+"conformance: {level: must, source: RFC, outcome: success, requests: {max: 9}}\n")
	own := adapterFor(t, programSteps, "", "version: {run: [echo, 'own 1.10'], match: 'own (.*)'}\n")
	for name, c := range map[string]struct {
		known string
		code  int
	}{
		"another client":      {"{client: other, drill: drill, reason: r}", 1},
		"another drill":       {"{client: own, drill: nope, reason: r}", 1},
		"another kind":        {"{client: own, drill: drill, kind: hang, reason: r}", 1},
		"a version before it": {"{client: own, drill: drill, versions: ['<1.9'], reason: r}", 1},
		"this kind":           {"{client: own, drill: 'd*', kind: conformance.outcome, reason: r}", 0},
		"every kind":          {"{client: own, drill: drill, versions: ['>=1.9', '<2'], reason: r}", 0},
	} {
		t.Run(name, func(t *testing.T) {
			known, err := scenarios.ParseKnown("known.yaml", []byte("known: ["+c.known+"]\n"))
			require.NoError(t, err)
			r := scenarios.Run(t.Context(), s, scenarios.Options{Client: own, Known: known})
			require.Equal(t, scenarios.Fail, r.Verdict, "%v", r.Reasons)
			require.Equal(t, c.code == 0, r.Known != nil)
			require.Equal(t, c.code, scenarios.ExitCode([]*scenarios.Result{r}))
		})
	}
}

func TestAKnownFailureThatIsGoneIsReported(t *testing.T) {
	known, err := scenarios.ParseKnown("known.yaml", []byte("known: [{client: sdk, drill: drill, reason: '#1'}]\n"))
	require.NoError(t, err)
	s := drill(t, "client: {builtin: {}}\nsteps: [{list: {bucket: demo}}]\n")
	r := scenarios.Run(t.Context(), s, scenarios.Options{Client: "sdk", Known: known})
	require.Equal(t, scenarios.Pass, r.Verdict)
	require.Equal(t, "#1", r.Known.Reason)
}

func TestABadFileOfKnownFailures(t *testing.T) {
	for text, says := range map[string]string{
		"known: [{client: a, drill: '[', reason: r}]":                `drill: "[": bad pattern`,
		"known: [{client: a, drill: b}]":                             "reason",
		"known: [{client: a, drill: b, reason: r, versions: ['2']}]": `bad version "2": write it like >=2.0 or <1.4`,
	} {
		_, err := scenarios.ParseKnown("known.yaml", []byte(text+"\n"))
		require.ErrorContains(t, err, says)
		require.ErrorContains(t, err, "known.yaml:1:")
	}
}
