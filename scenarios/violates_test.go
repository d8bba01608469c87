package scenarios_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/scenarios"
)

// A scenario can declare each finding as a known flaw of its client, also for a program.
func TestViolatesCoversEachFindingOfAProgram(t *testing.T) {
	t.Parallel()
	const object = "objects: [{bucket: demo, key: a, content: x}]\n"
	for finding, text := range map[string]string{
		"hang": "requires: [curl]\ntimeout: 1s\nclient: {run: 'curl -s ${endpoint}/demo/a'}\n" +
			"faults: [{match: {}, timeout: {}}]\n",
		"leak": "requires: [curl]\nclient: {run: 'curl -s ${endpoint}/demo/a; sleep 60 & true'}\n",
		"late-request": "requires: [curl, setsid]\nclient:\n  run: >-\n    curl -s ${endpoint}/demo/a;" +
			" setsid sh -c 'sleep 0.3; curl -s ${endpoint}/demo/a' >late 2>&1 </dev/null & true\n",
	} {
		t.Run(finding, func(t *testing.T) {
			t.Parallel()
			s := drill(t, object+text+"expect: {violates: ["+finding+"]}\n")
			r := scenarios.Run(t.Context(), s, scenarios.Options{})
			if r.Verdict == scenarios.Skip {
				t.Skip(r.Reasons)
			}
			require.Equal(t, scenarios.Pass, r.Verdict, "%v", r.Reasons)
		})
	}
}

func TestViolatesCoversLateRequestsInRealTime(t *testing.T) {
	t.Parallel()
	entry, err := scenarios.Find("oracle/late-request")
	require.NoError(t, err)
	s, err := entry.Scenario()
	require.NoError(t, err)
	r := scenarios.Run(t.Context(), s, scenarios.Options{Clock: scenarios.Real})
	require.Equal(t, scenarios.Pass, r.Verdict, "%v", r.Reasons)
}
