package scenarios_test

import (
	"fmt"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/scenarios"
)

// killedAt is a program that is killed while the rule `hold` holds a request, and run again.
const killedAt = `objects: [{bucket: demo, key: a.bin, size: 64KiB}]
files: [{path: in.bin, size: 4KiB}]
client: {run: %q}
signal: {send: KILL, held_by: hold, run_again: true}
intent: [%s]
faults: [{name: hold, match: {operation: %s}, times: 1, %s}]
expect: {%s}
`

func runAgain(t *testing.T, run, intent, operation, hold, expect string) *scenarios.Result {
	t.Helper()
	if _, err := exec.LookPath("curl"); err != nil {
		t.Skip("curl is not on PATH")
	}
	text := fmt.Sprintf(killedAt, run, intent, operation, hold, expect)
	return scenarios.Run(t.Context(), drill(t, text), scenarios.Options{})
}

const (
	readsOut = "{reads: {bucket: demo, key: a.bin, to: out.bin}}"
	writesIn = "{writes: {bucket: demo, key: k, from: in.bin}}"
)

func TestProgramThatWasKilledRunsAgain(t *testing.T) {
	t.Parallel()
	for _, hold := range []string{
		"timeout: {}", "after_upstream: true, timeout: {}", "stall: {after_bytes: 1000, for: 1m}",
	} {
		r := runAgain(t, fetch, readsOut, "GetObject", hold, "exit_code: 0, attempts: 2")
		require.Equal(t, scenarios.Pass, r.Verdict, "%s: %v", hold, r.Reasons)
		require.Len(t, r.Events, 2)
		require.Equal(t, "signal KILL", r.Events[0].Text)
		require.Equal(t, "run again", r.Events[1].Text)
		require.True(t, r.Events[0].Happened && r.Events[1].Happened)
		require.LessOrEqual(t, r.Events[0].At, r.Events[1].At)
	}
}

// The program takes any file that is there for the whole object.
func TestSecondRunThatBelievesWhatTheFirstLeftIsFound(t *testing.T) {
	t.Parallel()
	const believes = "[ -e out.bin ] && exit; : >out.bin; " + fetch
	r := runAgain(t, believes, readsOut, "GetObject", "timeout: {}", "exit_code: 0")
	require.Equal(t, scenarios.Fail, r.Verdict)
	require.Equal(t, []string{"wrong-read"}, kinds(r))
	r = runAgain(t, believes, readsOut, "GetObject", "timeout: {}", "exit_code: 0, violates: [wrong-read]")
	require.Equal(t, scenarios.Pass, r.Verdict, "%v", r.Reasons)
}

func TestKillAfterTheUpstreamLeavesTheObject(t *testing.T) {
	t.Parallel()
	const once = "curl -sf ${endpoint}/demo/k >/dev/null || curl -sf -T in.bin ${endpoint}/demo/k"
	for hold, attempts := range map[string]int{"timeout: {}": 4, "after_upstream: true, timeout: {}": 3} {
		r := runAgain(t, once, writesIn, "PutObject", hold, fmt.Sprint("exit_code: 0, attempts: ", attempts))
		require.Equal(t, scenarios.Pass, r.Verdict, "%s: %v", hold, r.Reasons)
	}
}

// The upload of the run that was killed is a note, the one of the second run a finding.
func TestOpenUploadOfTheSecondRunIsAFinding(t *testing.T) {
	t.Parallel()
	const create = "curl -sf -X POST '${endpoint}/demo/k?uploads'"
	for second, open := range map[string]int{"[ -e id ]": 0, create: 1} {
		r := runAgain(t, "[ -e id ] || "+create+" -o id; "+second+"; "+fetch, readsOut, "GetObject", "timeout: {}", "")
		if open == 0 {
			require.Equal(t, scenarios.Pass, r.Verdict, "%v", r.Reasons)
		} else {
			require.Equal(t, "orphan-upload", kinds(r)[0])
			require.Len(t, r.Reasons, 1)
		}
		notes := 0
		for _, n := range r.Notes {
			require.Equal(t, "orphan-upload", n.Kind)
			notes++
		}
		require.Equal(t, 1+open, notes)
	}
}

func TestRuleThatHoldsNothingMakesTheDrillVacuous(t *testing.T) {
	t.Parallel()
	r := runAgain(t, fetch, readsOut, "PutObject", "optional: true, timeout: {}", "exit_code: 0")
	require.Equal(t, scenarios.Vacuous, r.Verdict, "%v", r.Reasons)
	require.Equal(t, "signal KILL to happen", r.Reasons[0].Expected)
}
