package scenarios_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/internal/racing"
	"github.com/s3chaos/s3chaos/scenarios"
)

// commandFor returns a client that is the test program as one command for all steps.
func commandFor(t *testing.T, flaw string) string {
	t.Helper()
	exe, err := os.Executable()
	require.NoError(t, err)
	return fmt.Sprintf("run:%s %s=%s %s=%q %q",
		racing.Setting, programVariable, programCommand, programFlaw, flaw, exe)
}

const wholeWorkload = `client: {builtin: {}}
objects: [{bucket: demo, key: old, size: 64KiB}, {bucket: demo, key: dir/a, size: 1KiB}, {bucket: demo, key: x, size: 1}]
files: [{path: mine/f, size: 10KiB}]
steps:
  - upload: {bucket: demo, key: dir/b c, size: 100KiB}
  - upload: {bucket: demo, key: dir/f, from: mine/f}
  - parallel:
      - upload_stream: {bucket: demo, key: dir/s, size: 10KiB}
      - download: {bucket: demo, key: old, to: got/old}
  - repeat: {times: 2, step: {download: {bucket: demo, key: old, range: 10-99}}}
  - delete: {bucket: demo, key: x}
  - copy: {from: {bucket: demo, key: old}, to: {bucket: demo, key: new}}
  - list: {bucket: demo, prefix: dir/}
faults:
  - {match: {operation: [GetObject, PutObject]}, times: 2, respond: {status: 503, code: SlowDown}}
expect: {attempts: 999}   # the policy of another client
`

func TestACommandDoesTheWholeWorkOfADrill(t *testing.T) {
	r := scenarios.Run(t.Context(), drill(t, wholeWorkload), scenarios.Options{Client: commandFor(t, "")})
	require.Equal(t, scenarios.Pass, r.Verdict, "%v %v", r.Reasons, r.Stderr)
	require.Equal(t, scenarios.Real, r.Clock)
	counts := map[string]int{}
	for _, record := range r.Journal {
		counts[record.Operation]++
	}
	require.GreaterOrEqual(t, counts["GetObject"], 3, "a repeated step is taken each time")
}

func TestACommandThatLiesFails(t *testing.T) {
	s := drill(t, `client: {builtin: {}}
objects: [{bucket: demo, key: old, size: 64KiB}]
steps: [{upload: {bucket: demo, key: k, size: 1KiB}}, {download: {bucket: demo, key: old}}]
faults: [{match: {operation: PutObject}, respond: {status: 403, code: AccessDenied}}]
expect: {outcome: failure}
`)
	r := scenarios.Run(t.Context(), s, scenarios.Options{Client: commandFor(t, "")})
	require.Equal(t, scenarios.Pass, r.Verdict, "%v", r.Reasons)
	r = scenarios.Run(t.Context(), s, scenarios.Options{Client: commandFor(t, "lies")})
	require.Equal(t, scenarios.Fail, r.Verdict)
	require.Contains(t, kinds(r), "phantom-success", "%v", r.Reasons)
}

// The values of the first step are enough for a line that knows its work.
func TestACommandFindsTheFirstStepInItsEnvironment(t *testing.T) {
	s := drill(t, `client: {builtin: {}}
steps: [{upload: {bucket: demo, key: k, size: 1KiB}}]
`)
	r := scenarios.Run(t.Context(), s, scenarios.Options{
		Client: `run:test "$verb $bucket $key $host" = "upload demo k ${AWS_ENDPOINT_URL#http://}" && ` +
			`test "$(wc -c <"$file")" = 1024 && test -n "$workdir$here$region" && exit 5`,
	})
	require.Contains(t, told(r), "exit code 5")
}

// A drill with intents keeps them: the command takes the place of its program.
func TestACommandReplacesTheProgramOfADrill(t *testing.T) {
	s := drill(t, `client: {run: [no-such-program]}
files: [{path: f, content: hello}]
intent: [{writes: {bucket: demo, key: k, from: f}}]
`)
	for flaw, verdict := range map[string]scenarios.Verdict{"": scenarios.Pass, "lies": scenarios.Error} {
		client := "run:exit 0" // says that it has stored the file, and never does
		if flaw == "" {
			client = `run:printf '{"verb":"upload","bucket":"demo","key":"k","file":"f"}' >s; steps=s; export steps; ` +
				commandFor(t, "")[len("run:"):]
		}
		r := scenarios.Run(t.Context(), s, scenarios.Options{Client: client})
		require.Equal(t, verdict, r.Verdict, "%v", r.Reasons)
	}
}

func TestAStepThatNoIntentDescribesIsSkipped(t *testing.T) {
	const upload = "upload: {bucket: demo, key: k, size: 1"
	for step, says := range map[string]string{
		"exists: {bucket: demo, key: k}":                             "no answer to exists",
		"wait: 1s":                                                   "does not wait",
		upload + "}, cancel_after: 1s":                               "cannot be stopped",
		upload + ", if_none_match: '*'}":                             "no intent has a precondition",
		"repeat: {times: 2, step: {list: {bucket: demo}}}":           "one list only",
		"parallel: [{list: {bucket: demo}}, {list: {bucket: demo}}]": "one list only",
		"load: {workers: 1, turns: 1, steps: [{" + upload + "}}]}":   "what a load does",
	} {
		s := drill(t, "client: {builtin: {}}\nbuckets: [demo]\nsteps: [{"+step+"}]\n")
		r := scenarios.Run(t.Context(), s, scenarios.Options{Client: commandFor(t, "")})
		require.Equal(t, scenarios.Skip, r.Verdict, "%s: %v", step, r.Reasons)
		require.Contains(t, told(r), says, step)
	}
}

func TestACommandHasToBeNamed(t *testing.T) {
	require.ErrorContains(t, scenarios.CheckClient("run: "), "want a command")
	require.NoError(t, scenarios.CheckClient("run:./backup.sh"))
}

// A Go client may be drilled as a client of another maker: what the scenario expects of its own
// client's policy is measured and not judged.
func TestAGoClientIsHeldAgainstTheConformanceBlockOnly(t *testing.T) {
	s := drill(t, `client: {builtin: {retry: {max_attempts: 9, initial_delay: 1m, max_delay: 1m, jitter: none}}}
steps: [{upload: {bucket: demo, key: k, size: 1KiB}}]
faults: [{match: {operation: PutObject}, times: 5, respond: {status: 503, code: SlowDown}}]
expect: {attempts: 6, waits: [1m, 1m, 1m, 1m, 1m]}
conformance: {level: must, source: RFC}
`)
	another := func(c scenarios.ClientConfig) (scenarios.Client, error) { return scenarios.NewSDK(c) }
	r := scenarios.Run(t.Context(), s, scenarios.Options{NewClient: another, Conformance: true})
	require.Equal(t, scenarios.Pass, r.Verdict, "%v", r.Reasons)
	require.Equal(t, 3, r.Attempts, "measured")
	require.Equal(t, "must", string(r.Level))
	require.Equal(t, scenarios.Virtual, r.Clock)
	r = scenarios.Run(t.Context(), s, scenarios.Options{NewClient: another})
	require.Contains(t, kinds(r), "attempts")
	r = scenarios.Run(t.Context(), s, scenarios.Options{Client: "sdk"})
	require.Equal(t, scenarios.Pass, r.Verdict, "the sdk in a drill of the builtin client: %v", r.Reasons)
}

func TestACommandFindsTheFolderOfItsCaller(t *testing.T) {
	dir, err := os.Getwd()
	require.NoError(t, err)
	s := drill(t, "client: {builtin: {}}\nsteps: [{upload: {bucket: demo, key: k, size: 1KiB}}]\n")
	client := `run:test "$here" = ` + filepath.ToSlash(dir) + ` && exit 7`
	r := scenarios.Run(t.Context(), s, scenarios.Options{Client: client})
	require.Contains(t, told(r), "exit code 7")
}
