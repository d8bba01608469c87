package scenarios_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/internal/racing"
	"github.com/s3chaos/s3chaos/scenarios"
	"github.com/s3chaos/s3chaos/scenarios/adapter"
)

// adapterFor writes the adapter of the test program and returns its path. extra is YAML below the
// last key.
func adapterFor(t *testing.T, kind, flaw, extra string) string {
	t.Helper()
	exe, err := os.Executable()
	require.NoError(t, err)
	var b strings.Builder
	fmt.Fprintf(&b, "adapter: 1\nname: own\nenv: {%s: %s, %s: %q, STYLE: '${style}', %s: %s}\n",
		programVariable, kind, programFlaw, flaw, racing.Variable, racing.Value)
	if kind == programSession {
		verbs := strings.ReplaceAll(fmt.Sprint(adapter.Verbs()), " ", ", ")
		fmt.Fprintf(&b, "session: [%q]\ntakes: %s\n", exe, verbs)
	} else {
		b.WriteString("steps:\n")
		for _, verb := range adapter.Verbs() {
			fmt.Fprintf(&b, "  %s:\n    run: [%q, %s, %s]\n", verb, exe, verb, `"${bucket}", "${key}", "${file}", `+
				`"${prefix}", "${range}", "${source_bucket}", "${source_key}", "${dir}", "${keys}"`)
			switch verb {
			case adapter.List:
				b.WriteString("    keys: lines\n")
			case adapter.Stat:
				b.WriteString("    size: text\n")
			case adapter.Exists:
				b.WriteString("    false: [44]\n")
			}
		}
	}
	b.WriteString(extra)
	path := filepath.Join(t.TempDir(), "own.yaml")
	require.NoError(t, os.WriteFile(path, []byte(b.String()), 0o600))
	return path
}

const everyStep = `client: {builtin: {prefix: not-for-others}}
objects: [{bucket: demo, key: old, size: 64KiB}, {bucket: demo, key: odd name & $(more), size: 1KiB},
  {bucket: demo, key: up/surplus, size: 1KiB},
  {bucket: demo, key: down/b c, size: 1KiB}, {bucket: demo, key: down/d/e, size: 1KiB}]
files: [{path: tree/a, size: 1KiB}, {path: tree/d/b c, size: 1KiB}, {path: out/surplus, content: old}]
steps:
  - upload: {bucket: demo, key: dir/a b, size: 100KiB}
  - upload_stream: {bucket: demo, key: s, size: 10KiB}
  - download: {bucket: demo, key: dir/a b}
  - download: {bucket: demo, key: odd name & $(more)}
  - download: {bucket: demo, key: old, range: 10-99}
  - download: {bucket: demo, key: old, range: "-50"}
  - download: {bucket: demo, key: old, range: 100-}
  - list: {bucket: demo, prefix: dir/}
  - exists: {bucket: demo, key: old}
  - exists: {bucket: demo, key: nope}
  - stat: {bucket: demo, key: old}
  - copy: {from: {bucket: demo, key: old}, to: {bucket: demo, key: new}}
  - move: {from: {bucket: demo, key: new}, to: {bucket: demo, key: moved}}
  - delete: {bucket: demo, key: moved}
  - upload_dir: {bucket: demo, prefix: up, from: tree}
  - upload_dir: {bucket: demo, prefix: up/, from: tree, delete: true}
  - list: {bucket: demo, prefix: up/}
    expect: {keys: [up/a, up/d/b c]}
  - download_dir: {bucket: demo, prefix: down, to: out}
  - download_dir: {bucket: demo, prefix: down, to: out, delete: true}
  - delete_many: {bucket: demo, keys: [old, s]}
faults:
  - {match: {operation: [GetObject, PutObject]}, times: 2, respond: {status: 503, code: SlowDown}}
expect: {attempts: 999}   # the policy of another client
`

func TestAForeignClientPlaysEveryStep(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{programSteps, programSession} {
		t.Run(kind, func(t *testing.T) {
			s := drill(t, everyStep)
			r := scenarios.Run(t.Context(), s, scenarios.Options{Client: adapterFor(t, kind, "", "")})
			require.Equal(t, scenarios.Pass, r.Verdict, "%v", r.Reasons)
			require.Equal(t, "own", r.Client)
			require.Equal(t, scenarios.Real, r.Clock)
			for _, record := range r.Journal {
				require.NotEmpty(t, record.Step, "%v", record)
			}
		})
	}
}

func TestAForeignClientThatLiesFails(t *testing.T) {
	s := drill(t, `client: {builtin: {}}
steps: [{upload: {bucket: demo, key: k, size: 1KiB}}]
faults: [{match: {operation: PutObject}, respond: {status: 403, code: AccessDenied}}]
expect: {outcome: failure}
`)
	for _, kind := range []string{programSteps, programSession} {
		t.Run(kind, func(t *testing.T) {
			r := scenarios.Run(t.Context(), s, scenarios.Options{Client: adapterFor(t, kind, "", "")})
			require.Equal(t, scenarios.Pass, r.Verdict, "%v", r.Reasons)
			r = scenarios.Run(t.Context(), s, scenarios.Options{Client: adapterFor(t, kind, "lies", "")})
			require.Equal(t, scenarios.Fail, r.Verdict)
			require.Contains(t, kinds(r), "phantom-success", "%v", r.Reasons)
		})
	}
}

func TestTheSecretsOfAForeignClientAreHidden(t *testing.T) {
	s := drill(t, "client: {builtin: {}}\nsteps: [{list: {bucket: demo}}]\n")
	for _, kind := range []string{programSteps, programSession} {
		r := scenarios.Run(t.Context(), s, scenarios.Options{Client: adapterFor(t, kind, "tells", "")})
		require.Contains(t, told(r), "and REDACTED", kind)
	}
}

const slowDown = `
client: {builtin: {}}
steps: [{upload: {bucket: demo, key: k, size: 1KiB}}]
faults: [{match: {operation: PutObject}, times: 9, respond: {status: 503, code: SlowDown}}]
expect: {outcome: any}
`

func TestAForeignClientIsHeldAgainstTheConformanceBlock(t *testing.T) {
	for name, c := range map[string]struct {
		block string
		kinds []string
		code  int
	}{
		"it gives up":         {"{level: must, source: RFC}", nil, 0},
		"it must recover":     {"{level: must, source: RFC, outcome: success}", []string{"conformance.outcome"}, 1},
		"it should recover":   {"{level: should, source: RFC, outcome: success}", []string{"conformance.outcome"}, 0},
		"it asks too often":   {"{level: must, source: RFC, requests: {max: 3}}", []string{"conformance.requests"}, 1},
		"often, and it shows": {"{level: info, source: RFC, requests: {max: 3}}", []string{"conformance.requests"}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			s := drill(t, slowDown+"conformance: "+c.block+"\n")
			r := scenarios.Run(t.Context(), s, scenarios.Options{Client: adapterFor(t, programSteps, "", "")})
			require.Equal(t, c.kinds, kinds(r), "%v", r.Reasons)
			require.Equal(t, c.kinds == nil, r.Verdict == scenarios.Pass, "a fault that fires less often is no reason")
			require.Equal(t, c.code, scenarios.ExitCode([]*scenarios.Result{r}))
			for _, reason := range r.Reasons {
				if reason.Kind == "conformance.requests" {
					want := &scenarios.Measured{Unit: scenarios.Count, Max: new(int64(3)), Got: []int64{int64(r.Sends)}}
					require.Equal(t, want, reason.Measured)
				}
			}
		})
	}
}

func TestASessionThatBreaks(t *testing.T) {
	t.Parallel()
	for flaw, c := range map[string]struct {
		bound   string
		verdict scenarios.Verdict
		says    string
	}{
		"dies":     {"", scenarios.Error, "read from the session: EOF"},
		"chatters": {"", scenarios.Error, `the session's answer is not JSON: "uploading..."`},
		"silent":   {"start_timeout: 300ms\n", scenarios.Error, "the program sent no request within start_timeout"},
		"hangs":    {"", scenarios.Fail, "hang: the client was still busy after 1s"},
	} {
		t.Run(flaw, func(t *testing.T) {
			s := drill(t, slowDown+c.bound+"conformance: {level: must, source: RFC, within: 1s}\n")
			r := scenarios.Run(t.Context(), s, scenarios.Options{Client: adapterFor(t, programSession, flaw, "")})
			require.Equal(t, c.verdict, r.Verdict, "%v", r.Reasons)
			require.Contains(t, told(r), c.says)
		})
	}
}

// The version command of an adapter finds the files beside the adapter, as its steps do.
func TestTheVersionOfAnAdapterMayComeFromItsScripts(t *testing.T) {
	for _, run := range []string{`[sh, "${scripts}/mine.sh"]`, `sh "$scripts/mine.sh"`} {
		own := adapterFor(t, programSteps, "", "version: {run: "+run+", match: 'mine (.*)'}\n")
		script := filepath.Join(filepath.Dir(own), "mine.sh")
		require.NoError(t, os.WriteFile(script, []byte("echo mine 1.2\n"), 0o600))
		s := drill(t, "client: {builtin: {}}\nsteps: [{list: {bucket: demo}}]\n")
		r := scenarios.Run(t.Context(), s, scenarios.Options{Client: own})
		require.Equal(t, scenarios.Pass, r.Verdict, "%v", r.Reasons)
		require.Equal(t, "1.2", r.ClientVersion)
	}
}

func TestADrillThatAForeignClientCannotPlayIsSkipped(t *testing.T) {
	own := adapterFor(t, programSteps, "", "")
	session := adapterFor(t, programSession, "", "")
	absent := adapterFor(t, programSteps, "", "requires: [no-such-program]\n")
	for name, c := range map[string]struct{ text, client, says string }{
		"dns": {
			"steps: [{list: {bucket: demo}}]\nfaults: [{dns: nxdomain}]\n", own,
			"fault dns: the sockets cannot do this",
		},
		"a condition": {
			"steps: [{upload: {bucket: demo, key: k, size: 1, if_none_match: \"*\"}}]\n", session,
			"no precondition of a write",
		},
		"refuse": {"steps: [{list: {bucket: demo}}]\nfaults: [{times: 1, refuse: {}}]\n", own, "closes the port"},
		"own level": {
			"steps: [{list: {bucket: demo}}]\nconformance: {level: own, source: RFC}\n", own, "has level own",
		},
		"not there": {"steps: [{list: {bucket: demo}}]\n", absent, "no-such-program is not on PATH"},
	} {
		t.Run(name, func(t *testing.T) {
			s := drill(t, "client: {builtin: {}}\n"+c.text)
			r := scenarios.Run(t.Context(), s, scenarios.Options{Client: c.client})
			require.Equal(t, scenarios.Skip, r.Verdict, "%v", r.Reasons)
			require.Contains(t, told(r), c.says)
		})
	}
	entry := scenarios.Entry{
		ID:     "backoff/own",
		Source: []byte("version: 1\nname: n\nclient: {builtin: {}}\nsteps: [{list: {bucket: demo}}]\n"),
	}
	s, err := entry.Scenario()
	require.NoError(t, err)
	r := scenarios.Run(t.Context(), s, scenarios.Options{Client: own})
	require.Equal(t, scenarios.Skip, r.Verdict)
	require.Contains(t, told(r), "no conformance block")
}

func TestASessionThatAnswersTwiceOrLeavesAProcess(t *testing.T) {
	for flaw, says := range map[string]string{
		"twice":  "the session wrote more than it was asked for: want one line a step",
		"leaves": "leak",
	} {
		t.Run(flaw, func(t *testing.T) {
			s := drill(t, "client: {builtin: {}}\nsteps: [{list: {bucket: demo}}, {list: {bucket: demo}}]\n")
			r := scenarios.Run(t.Context(), s, scenarios.Options{Client: adapterFor(t, programSession, flaw, "")})
			require.NotEqual(t, scenarios.Pass, r.Verdict)
			require.Contains(t, told(r), says)
		})
	}
}
