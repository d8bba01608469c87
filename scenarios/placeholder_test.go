package scenarios_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/scenarios"
)

func TestDirPlaceholderIsTheFolderOfTheScenario(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"drills/get.yaml": `version: 1
name: a script beside its drill
requires: [./tools/get.sh, "${dir}/tools/get.sh", sh]
files: [{path: conf, content: "url=${endpoint}"}]
client: {run: [./tools/get.sh, "${dir}/words.txt"], env: {BESIDE: "${dir}"}}
expect: {attempts: 0, stdout: {contains: "words of ${dir}, url=${endpoint}"}}
`,
		"drills/words.txt":    "words",
		"drills/tools/get.sh": "#!/bin/sh\necho \"$(cat \"$1\") of $BESIDE, $(cat conf)\"\n",
	} {
		path := filepath.Join(dir, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
		require.NoError(t, os.WriteFile(path, []byte(text), 0o700))
	}
	t.Chdir(dir)
	s, err := scenarios.Load("drills/get.yaml")
	require.NoError(t, err)
	r := scenarios.Run(context.Background(), s, scenarios.Options{})
	require.Equal(t, scenarios.Pass, r.Verdict, "%v %s", r.Reasons, r.Stderr)
}

func TestMissingRequiredScriptSkipsTheDrill(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	s := drill(t, "requires: ['${dir}/x.sh']\nclient: {run: [./x.sh]}\n")
	r := scenarios.Run(context.Background(), s, scenarios.Options{})
	require.Equal(t, scenarios.Skip, r.Verdict)
	require.Equal(t, dir+"/x.sh is not an executable file", r.Reasons[0].Got)
}

func TestDrillWithoutFileUsesTheCurrentDirectory(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	s := drill(t, "client: {run: [echo, '${dir}']}\nexpect: {attempts: 0}\n")
	r := scenarios.Run(context.Background(), s, scenarios.Options{})
	require.Equal(t, dir+"\n", r.Stdout)
}

func TestCAPlaceholderIsAFileWithAndWithoutTLS(t *testing.T) {
	for name, faults := range map[string]string{
		"plain": "",
		"TLS":   "faults: [{match: {}, optional: true, times: 1, after: 9, tls: expired}]\n",
	} {
		t.Run(name, func(t *testing.T) {
			r := scenarios.Run(context.Background(), drill(t, `objects: [{bucket: demo, key: a, content: hi}]
client: {run: [curl, -sf, --cacert, "${ca}", "${endpoint}/demo/a"]}
expect: {attempts: 1, stdout: {contains: hi}}
`+faults), scenarios.Options{})
			require.Equal(t, scenarios.Pass, r.Verdict, "%v %s", r.Reasons, r.Stderr)
		})
	}
}

func TestRedirectToEndpointPlaceholderIsFollowed(t *testing.T) {
	r := scenarios.Run(context.Background(), drill(t, `objects:
  - {bucket: demo, key: a, content: first}
  - {bucket: demo, key: b, content: "of ${endpoint}"}
client: {run: [curl, -sfL, "${endpoint}/demo/a"]}
faults: [{match: {key: a}, redirect: {to: "${endpoint}/demo/b"}}]
expect: {stdout: {contains: "of ${endpoint}"}}
`), scenarios.Options{})
	require.Equal(t, scenarios.Pass, r.Verdict, "%v", r.Reasons)
}
