package scenarios_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/scenarios"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

// asProgram returns the drill that does the work of another as the program of a client.
func asProgram(t *testing.T, text, client string) *scenarios.Scenario {
	t.Helper()
	file, err := scenarios.AsProgram(drill(t, text), client)
	require.NoError(t, err)
	s, err := script.Parse("program.yaml", file)
	require.NoError(t, err, "%s", file)
	require.NotNil(t, s.Client.Run)
	require.Empty(t, s.Steps)
	return s
}

// The file names the commands of the client, so it needs neither the adapter nor the option.
func TestFileOfAProgramDoesTheWorkOfTheSteps(t *testing.T) {
	t.Parallel()
	for name, client := range map[string]string{
		"adapter": adapterFor(t, programSteps, "", ""), "command": commandFor(t, ""),
	} {
		s := asProgram(t, strings.Replace(wholeWorkload, "attempts: 999", "outcome: success", 1), client)
		r := scenarios.Run(t.Context(), s, scenarios.Options{})
		require.Equal(t, scenarios.Pass, r.Verdict, "%s: %v\n%s", name, r.Reasons, r.Stderr)
		require.Len(t, s.Intent, 8, name)
	}
}

func TestFileOfAProgramThatLiesFails(t *testing.T) {
	t.Parallel()
	s := asProgram(t, `client: {builtin: {}}
steps: [{upload: {bucket: demo, key: k, size: 1KiB}}]
faults: [{match: {operation: PutObject}, respond: {status: 403, code: AccessDenied}}]
`, adapterFor(t, programSteps, "lies", ""))
	require.NotEmpty(t, s.Client.Run.Argv, "a single command needs no shell")
	r := scenarios.Run(t.Context(), s, scenarios.Options{})
	require.Equal(t, []string{"phantom-success"}, kinds(r))
}

// Each adapter of the project gives a file that the format allows.
func TestFilesOfTheClientsOfThisProject(t *testing.T) {
	t.Parallel()
	const multipart = `client: {builtin: {part_size: 5MiB}}
objects: [{bucket: demo, key: old, size: 1KiB}]
steps:
  - upload: {bucket: demo, key: "it's", size: 6MiB}
  - upload_stream: {bucket: demo, key: s, size: 1KiB}
  - download: {bucket: demo, key: old}
  - move: {from: {bucket: demo, key: old}, to: {bucket: demo, key: new}}
`
	for _, client := range []string{"rclone", "s3cmd", "aws", "mc"} {
		s := asProgram(t, multipart, client)
		require.Contains(t, s.Client.Run.Shell, `it'\''s`, client)
		require.Equal(t, client, s.Requires[0])
	}
	s3cmd := asProgram(t, multipart, "s3cmd").Client.Run.Shell
	require.Contains(t, s3cmd, "host_base = '\"${e#*://}\"'\n", "the shell knows the host from the endpoint")
}

func TestAClientThatIsNoProgramHasNoFile(t *testing.T) {
	const upload = "client: {builtin: {}}\nsteps: [{upload: {bucket: demo, key: k, size: 1}}]\n"
	const exists = "client: {builtin: {}}\nsteps: [{exists: {bucket: demo, key: k}}]\n"
	own := adapterFor(t, programSteps, "", "")
	for _, c := range []struct{ text, client, want string }{
		{upload, "", "builtin is no program"},
		{upload, "sdk", "sdk is no program"},
		{upload, "boto3", "boto3 is a session"},
		{upload, "unknown", "unknown"},
		{exists, own, "a command has no answer to exists"},
		{"client: {run: 'true'}\n", own, "the file has a program of its own"},
	} {
		_, err := scenarios.AsProgram(drill(t, c.text), c.client)
		require.ErrorContains(t, err, c.want)
	}
}

// The keys of a list are read as the adapter prints them.
func TestFileOfAProgramReadsItsListAsTheAdapterDoes(t *testing.T) {
	t.Parallel()
	const list = `client: {builtin: {}}
objects: [{bucket: demo, key: dir/a, size: 1KiB}]
steps: [{upload: {bucket: demo, key: dir/b, size: 1}}, {list: {bucket: demo, prefix: dir/}}]
`
	const printer = `adapter: 1
name: printer
steps:
  upload: {run: [sh, -c, 'echo stored; curl -sf -T "$0" "$1"', "${file}", "${endpoint}/${bucket}/${key}"]}
  list: {run: 'curl -sf "${endpoint}/$bucket?prefix=$prefix" >xml && echo "{\"keys\": [\"dir/a\", \"dir/b\"]}"', keys: json keys}
`
	r := scenarios.Run(t.Context(), asProgram(t, list, writeAdapter(t, printer)), scenarios.Options{})
	require.Equal(t, scenarios.Pass, r.Verdict, "%v %s", r.Reasons, r.Stderr)
	_, err := scenarios.AsProgram(drill(t, list), writeAdapter(t, strings.Replace(printer, "json keys", "xml Key", 1)))
	require.ErrorContains(t, err, "printer prints keys as xml, which no intent can read")
}

func writeAdapter(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "adapter.yaml")
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}
