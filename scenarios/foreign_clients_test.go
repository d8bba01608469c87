package scenarios_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/internal/racing"
	"github.com/s3chaos/s3chaos/scenarios"
	"github.com/s3chaos/s3chaos/scenarios/adapter"
)

// stepsOfVerbs are steps for each verb that a client without faults performs.
var stepsOfVerbs = map[adapter.Verb]string{
	adapter.Upload:       "upload: {bucket: demo, key: dir/a b, size: 100KiB}",
	adapter.UploadStream: "upload_stream: {bucket: demo, key: s, size: 10KiB}",
	adapter.Download:     "download: {bucket: demo, key: odd & more}",
	adapter.Ranged:       "download: {bucket: demo, key: old, range: 10-99}",
	adapter.List: "list: {bucket: demo}\n  - list: {bucket: demo, prefix: dir/}\n" +
		"  - list: {bucket: demo, prefix: dir}\n  - list: {bucket: demo, prefix: none/}",
	adapter.Exists: "exists: {bucket: demo, key: old}\n    expect: {exists: true}\n" +
		"  - exists: {bucket: demo, key: dir}\n    expect: {exists: false}",
	adapter.Stat:        "stat: {bucket: demo, key: old}",
	adapter.Copy:        "copy: {from: {bucket: demo, key: old}, to: {bucket: demo, key: new}}",
	adapter.Move:        "move: {from: {bucket: demo, key: old}, to: {bucket: demo, key: moved}}",
	adapter.Delete:      "delete: {bucket: demo, key: odd & more}",
	adapter.DeleteMany:  "delete_many: {bucket: demo, keys: [dirt, dir/x]}",
	adapter.UploadDir:   "upload_dir: {bucket: demo, prefix: up, from: tree}",
	adapter.MirrorUp:    "upload_dir: {bucket: demo, prefix: up/, from: tree, delete: true}",
	adapter.DownloadDir: "download_dir: {bucket: demo, prefix: down, to: out}",
	adapter.MirrorDown:  "download_dir: {bucket: demo, prefix: down, to: out, delete: true}",
}

// everyVerb returns a drill without faults with the steps that the adapter has.
func everyVerb(a *adapter.Adapter) string {
	var b strings.Builder
	b.WriteString(`client: {builtin: {}}
objects: [{bucket: demo, key: old, size: 64KiB}, {bucket: demo, key: odd & more, size: 1KiB},
  {bucket: demo, key: dir/x, size: 1}, {bucket: demo, key: dirt, size: 1}, {bucket: demo, key: up/surplus, size: 1KiB},
  {bucket: demo, key: down/b c, size: 1KiB}, {bucket: demo, key: down/d/e, size: 1KiB}]
files: [{path: tree/a, size: 1KiB}, {path: tree/d/b c, size: 1KiB}, {path: out/surplus, content: old}]
timeout: 5m
steps:
`)
	for _, verb := range []adapter.Verb{
		adapter.Upload, adapter.UploadStream, adapter.Download, adapter.Ranged, adapter.List, adapter.Exists,
		adapter.Stat, adapter.Copy, adapter.Move, adapter.Delete, adapter.DeleteMany, adapter.UploadDir,
		adapter.MirrorUp, adapter.DownloadDir, adapter.MirrorDown,
	} {
		if a.Lacks(verb) == "" {
			b.WriteString("  - " + stepsOfVerbs[verb] + "\n")
		}
	}
	return b.String()
}

// The steps that each client must report as failed, by the verb that it needs.
var failingSteps = map[adapter.Verb]string{
	adapter.Exists: "steps: [{exists: {bucket: demo, key: old}}]\n" +
		"faults: [{match: {key: old}, respond: {status: 403, code: AccessDenied}}]\n",
	adapter.List:     "steps: [{list: {bucket: no-such-bucket}}]\n",
	adapter.Download: "steps: [{download: {bucket: demo, key: missing}}]\n",
	adapter.Stat:     "steps: [{stat: {bucket: demo, key: missing}}]\n",
}

// bigUpload is a drill that wants an upload in two parts.
const bigUpload = `client: {builtin: {part_size: 5MiB}}
steps: [{upload: {bucket: demo, key: big, size: 6MiB}}]
faults: [{match: {operation: UploadPart}, times: 1, latency: {delay: 1ms}}]
`

func TestInstalledClientsPassWithoutFaults(t *testing.T) {
	if os.Getenv("S3CHAOS_FOREIGN") == "" {
		t.Skip("it takes minutes: make foreign-clients-test")
	}
	clients, err := scenarios.Clients(t.Context())
	require.NoError(t, err)
	for _, client := range clients {
		t.Run(client.Name, func(t *testing.T) {
			if client.Missing != "" {
				t.Skip(client.Missing)
			}
			a, err := adapter.Find(client.Name)
			require.NoError(t, err)
			options := scenarios.Options{Client: client.Name}
			r := scenarios.Run(t.Context(), drill(t, everyVerb(a)), options)
			require.Equal(t, scenarios.Pass, r.Verdict, "%v\n%v", r.Reasons, r.Steps)
			options.Style = scenarios.VirtualStyle
			r = scenarios.Run(t.Context(), drill(t, everyVerb(a)), options)
			require.Equal(t, scenarios.Pass, r.Verdict, "%v\n%v", r.Reasons, r.Steps)
			for _, record := range r.Journal {
				require.False(t, strings.HasPrefix(record.Target, "/demo"), record.Target)
			}
			if a.LacksParts(5<<20) == "" {
				r = scenarios.Run(t.Context(), drill(t, bigUpload), options)
				require.Equal(t, scenarios.Pass, r.Verdict, "%v\n%v", r.Reasons, r.Steps)
				require.Equal(t, 2, r.Requests["UploadPart"])
			}
			options.Style = scenarios.PathStyle
			for verb, steps := range failingSteps {
				if a.Lacks(verb) != "" {
					continue
				}
				text := "client: {builtin: {}}\nobjects: [{bucket: demo, key: old, size: 1KiB}]\n" + steps
				r := scenarios.Run(t.Context(), drill(t, text+"expect: {outcome: failure}\n"), options)
				require.Equal(t, scenarios.Pass, r.Verdict, "%s: %v", verb, r.Reasons)
			}
		})
	}
}

// mine is the program of the README's example. It calls the test program.
const mine = `#!/bin/sh
place=${2#s3://}
[ "$1" != put ] && [ "$1" != ls ] || place=${3#s3://}
bucket=${place%%/*} key=${place#*/}
run() { SETTING S3CHAOS_TEST_PROGRAM=steps "EXE" "$1" "$bucket" "$key" "$2" "$3" "" "" "" ""; }
case $1 in
--version) echo "mine v1.2" ;;
put) run upload "$2" ;;
get) run download "$3" ;;
ls) run list "" "$key" | awk '$0 { keys = keys sep "{\"Key\": \"" $0 "\"}"; sep = "," } END { print "{\"Contents\": [" keys "]}" }' ;;
rm) run delete ;;
head) run exists ;;
esac
`

func TestTheExampleOfTheReadmePlays(t *testing.T) {
	readme, err := os.ReadFile("adapter/README.md")
	require.NoError(t, err)
	_, text, _ := strings.Cut(string(readme), "## A process for each step\n\n```yaml\n")
	text, _, found := strings.Cut(text, "```")
	require.True(t, found)
	require.LessOrEqual(t, strings.Count(text, "\n"), 20, "a maintainer needs at most 20 lines")
	dir := t.TempDir()
	own := filepath.Join(dir, "mine.yaml")
	require.NoError(t, os.WriteFile(own, []byte(text), 0o600))
	exe, err := os.Executable()
	require.NoError(t, err)
	program := strings.NewReplacer("EXE", exe, "SETTING", racing.Setting).Replace(mine)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "mine"), []byte(program), 0o700))
	t.Setenv("PATH", dir+string(os.PathListSeparator)+os.Getenv("PATH"))
	a, err := adapter.Find(own)
	require.NoError(t, err)
	r := scenarios.Run(t.Context(), drill(t, everyVerb(a)), scenarios.Options{Client: own})
	require.Equal(t, scenarios.Pass, r.Verdict, "%v\n%v", r.Reasons, r.Steps)
	require.Equal(t, "1.2", r.ClientVersion)
	require.Len(t, r.Steps, 9)
}

// An adapter whose program is missing says what to do.
func TestAMissingClientSaysHowToInstallIt(t *testing.T) {
	own := adapterFor(t, programSteps, "", "requires: [no-such-program]\ninstall: make it\n")
	r := scenarios.Run(t.Context(), drill(t, "client: {builtin: {}}\nsteps: [{list: {bucket: demo}}]\n"),
		scenarios.Options{Client: own})
	require.Equal(t, scenarios.Skip, r.Verdict)
	require.Contains(t, told(r), "no-such-program is not on PATH; to install it: make it")
}

func TestAnAdapterTakesOverWhatItInherits(t *testing.T) {
	t.Setenv("MINE_MODULES", "/modules")
	t.Setenv("MINE_OTHER", "/other")
	own := filepath.Join(t.TempDir(), "own.yaml")
	require.NoError(t, os.WriteFile(own, []byte(`adapter: 1
name: own
inherits: [MINE_MODULES]
env: {MINE_KEYS: "${access_key} ${secret_key} ${scheme} ${tls}"}
steps:
  list:
    keys: lines
    run: |
      test "$MINE_MODULES$MINE_OTHER" = /modules || exit 7
      test "$MINE_KEYS" = "$AWS_ACCESS_KEY_ID $AWS_SECRET_ACCESS_KEY http false" || exit 7
      curl -s "$endpoint/demo?list-type=2" >answer
`), 0o600))
	r := scenarios.Run(t.Context(), drill(t, "client: {builtin: {}}\nsteps: [{list: {bucket: demo}}]\n"),
		scenarios.Options{Client: own})
	require.NotContains(t, told(r)+r.Steps[0].Err, "exit code 7")
	require.EqualValues(t, "success", r.Steps[0].Outcome, "%v", r.Reasons)
}

// A drill that an adapter cannot play as it is meant is skipped with the reason.
func TestWhatAnAdapterCannotIsSkipped(t *testing.T) {
	const pages = "client: {builtin: {}}\nsteps: [{list: {bucket: demo, max_keys: 1}}]\n"
	for name, c := range map[string]struct{ drill, kind, extra, says string }{
		"no parts": {
			bigUpload, programSteps, "cannot: {parts: whole files}\n",
			"own cannot send an object in parts: whole files",
		},
		"large parts": {bigUpload, programSession, "least_part_mib: 8\n", "own makes no parts below 8 MiB"},
		"no pages":    {pages, programSession, "cannot: {pages: none}\n", "own cannot list in pages of a size: none"},
		"own pages":   {pages, programSteps, "", "the adapter of own lists in pages of the client's own size"},
	} {
		t.Run(name, func(t *testing.T) {
			own := adapterFor(t, c.kind, "", c.extra)
			r := scenarios.Run(t.Context(), drill(t, c.drill), scenarios.Options{Client: own})
			require.Equal(t, scenarios.Skip, r.Verdict, "%v", r.Reasons)
			require.Contains(t, told(r), c.says)
		})
	}
}

// Short back-offs are those of the adapter, and the result says so. They are not for slow drills.
func TestAnAdapterMakesBackOffsShort(t *testing.T) {
	const list = `steps: {list: {keys: lines, run: 'exit "$PATIENCE"'}}
env: {PATIENCE: "8"}
quick: {env: {PATIENCE: "7"}}
`
	own := filepath.Join(t.TempDir(), "own.yaml")
	require.NoError(t, os.WriteFile(own, []byte("adapter: 1\nname: own\n"+list), 0o600))
	for _, slow := range []bool{false, true} {
		r := scenarios.Run(t.Context(), drill(t, "client: {builtin: {}}\nsteps: [{list: {bucket: demo}}]\n"),
			scenarios.Options{Client: own, Slow: slow})
		require.Equal(t, !slow, r.Quick)
		require.Contains(t, told(r), map[bool]string{false: "exit code 7", true: "exit code 8"}[slow])
	}
}

// A program that is cancelled may end with 0 all the same.
func TestAProgramThatEndsWellWhenItIsCancelled(t *testing.T) {
	t.Parallel()
	own := filepath.Join(t.TempDir(), "own.yaml")
	require.NoError(t, os.WriteFile(own, []byte(`adapter: 1
name: own
steps:
  list: {keys: lines, run: 'trap "kill %1; exit 0" TERM INT; curl -s "$endpoint" >answer; sleep 2 & wait'}
`), 0o600))
	r := scenarios.Run(t.Context(), drill(t, `client: {builtin: {}}
steps: [{list: {bucket: demo}, cancel_after: 300ms}]
expect: {outcome: any}
`), scenarios.Options{Client: own})
	require.NotEqual(t, scenarios.Error, r.Verdict, "%v", r.Reasons)
	require.Equal(t, scenarios.Failure, r.Steps[0].Outcome)
	require.Contains(t, r.Steps[0].Err, "it ended with exit code 0")
}
