package artifacts_test

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/faultproxy/journal"
	"github.com/s3chaos/s3chaos/scenarios"
	"github.com/s3chaos/s3chaos/scenarios/artifacts"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

// files returns the files below a directory with their content.
func files(t *testing.T, dir string) map[string]string {
	t.Helper()
	found := map[string]string{}
	require.NoError(t, filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		name, _ := filepath.Rel(dir, path)
		found[filepath.ToSlash(name)] = string(text)
		return err
	}))
	return found
}

func TestAFailedDrillLeavesWhatExplainsIt(t *testing.T) {
	t.Setenv("MY_SECRET_TOKEN", "correct-horse-battery")
	dir, workdir := t.TempDir(), t.TempDir()
	require.NoError(t, os.MkdirAll(filepath.Join(workdir, "sub"), 0o755))
	conf := filepath.Join(workdir, "sub", "conf")
	require.NoError(t, os.WriteFile(conf, []byte("aws_secret_access_key = abc/def+1"), 0o600))
	s := &script.Scenario{Source: []byte("version: 1\n")}
	r := &scenarios.Result{
		ID: "retry/d", Client: "run", Seed: 7, Verdict: scenarios.Fail, Replay: "chaos run retry/d --seed 7",
		Reasons: []scenarios.Reason{{Kind: "attempts", Expected: "2", Got: "1", Evidence: []string{"0s GetObject"}}},
		Journal: []journal.Record{{Kind: "exchange", Operation: "GetObject", Done: true}},
		Groups: []scenarios.Group{{Operation: "GetObject", Attempts: []scenarios.Attempt{{
			N: 1, Records: []journal.Record{{Kind: "exchange", Operation: "GetObject", Conn: 1, Done: true}},
		}}}},
		Stdout: "token correct-horse-battery\n", Stderr: "GET /a?X-Amz-Signature=0123abcd&x=1\n",
	}
	for range 2 { // a second run replaces the folder
		require.NoError(t, artifacts.In(dir).Keep(s, r, workdir))
	}
	got := files(t, dir)
	folder := "retry/d/run-seed-7/"
	require.Len(t, got, 8)
	require.Equal(t, "version: 1\n", got[folder+"scenario.yaml"])
	require.Equal(t, "token REDACTED\n", got[folder+"stdout.txt"])
	require.Equal(t, "GET /a?X-Amz-Signature=REDACTED&x=1\n", got[folder+"stderr.txt"])
	require.Equal(t, "aws_secret_access_key = REDACTED", got[folder+"workdir/sub/conf"])
	require.Contains(t, got[folder+"replay.txt"],
		"attempts: expected 2, got 1\n    0s GetObject\nreplay: chaos run retry/d")
	require.Contains(t, got[folder+"journal.ndjson"], "GetObject")
	require.Contains(t, got[folder+"journal.har"], `"version": "1.2"`)
	var trace struct {
		TraceEvents []struct{ Cat, Ph string } `json:"traceEvents"`
	}
	require.NoError(t, json.Unmarshal([]byte(got[folder+"trace.json"]), &trace))
	require.Contains(t, trace.TraceEvents, struct{ Cat, Ph string }{"attempt", "X"})
}

func TestADirectoryThatCannotBeWrittenIsFoundBeforeTheRun(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new")
	require.NoError(t, artifacts.In(dir).Check())
	require.Empty(t, files(t, dir))
	file := filepath.Join(dir, "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	require.Error(t, artifacts.In(file).Check())
	require.Error(t, artifacts.In("").Check())
}

func TestADrillThatPassedLeavesNothing(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "artifacts")
	for _, v := range []scenarios.Verdict{scenarios.Pass, scenarios.Skip} {
		require.NoError(t, artifacts.In(dir).Keep(&script.Scenario{}, &scenarios.Result{Verdict: v}, t.TempDir()))
	}
	_, err := os.Stat(dir)
	require.ErrorIs(t, err, fs.ErrNotExist)
}

func TestNothingHalfWrittenStays(t *testing.T) {
	dir := t.TempDir()
	r := &scenarios.Result{ID: "../../out", Client: "./mine.yaml", Verdict: scenarios.Fail}
	require.Error(t, artifacts.In(dir).Keep(&script.Scenario{}, r, filepath.Join(dir, "gone")))
	require.Empty(t, files(t, dir))
	folder := artifacts.Folder(r)
	require.True(t, strings.HasPrefix(folder, "out"+string(filepath.Separator)), "%s leaves the directory", folder)
}

func TestADrillWhoseArtifactsCannotBeKeptIsAnError(t *testing.T) {
	s, err := scenarios.Parse("d.yaml", []byte("version: 1\nname: d\nobjects: [{bucket: demo, key: k, content: hi}]\n"+
		"client: {builtin: {}}\nsteps: [{download: {bucket: demo, key: k}}]\n"))
	require.NoError(t, err)
	full := errors.New("no space left")
	r := scenarios.Run(t.Context(), s, scenarios.Options{
		Keep: func(*scenarios.Scenario, *scenarios.Result, string) error { return full },
	})
	require.Equal(t, scenarios.Error, r.Verdict)
	require.Contains(t, r.Reasons[0].Got, "keep artifacts: no space left")
}
