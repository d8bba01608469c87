package search_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/scenarios"
	"github.com/s3chaos/s3chaos/scenarios/hunt"
	"github.com/s3chaos/s3chaos/scenarios/hunt/search"
)

// The plain SDK has flaws that a few scripts show. Each file passes `chaos run` as it stands, and
// each Go test fails.
func TestSearchFindsFlawsOfThePlainSDK(t *testing.T) {
	p, builtin := &hunt.Player{Client: "sdk"}, &hunt.Player{Client: "builtin"}
	require.NoError(t, p.Prepare(t.Context()))
	require.NoError(t, builtin.Prepare(t.Context()))
	r := hunted(t, p, search.Config{Client: "sdk", Builtin: builtin, Seed: 11, Runs: 25})
	require.NotEmpty(t, r.Found)
	dir := t.TempDir()
	require.NoError(t, r.WriteFiles(dir))
	for _, f := range r.Found {
		s, err := scenarios.Load(f.File)
		require.NoError(t, err)
		played := scenarios.Run(t.Context(), s, scenarios.Options{})
		require.Equal(t, scenarios.Pass, played.Verdict, "%s\n%v", f.Script, played.Reasons)
		require.Contains(t, f.Script, "# The client builtin ")
		require.Empty(t, f.Note)
	}
	if !testing.Short() {
		requireFailing(t, dir, r)
	}
}

// requireFailing runs the Go tests of the findings as a package of this module.
func requireFailing(t *testing.T, dir string, r *search.Report) {
	t.Helper()
	here, err := os.Getwd()
	require.NoError(t, err)
	overlay := struct{ Replace map[string]string }{map[string]string{}}
	files, err := filepath.Glob(filepath.Join(dir, "*_test.go"))
	require.NoError(t, err)
	require.Len(t, files, len(r.Found))
	for _, file := range files {
		overlay.Replace[filepath.Join(here, "exported", filepath.Base(file))] = file
	}
	text, err := json.Marshal(overlay)
	require.NoError(t, err)
	list := filepath.Join(dir, "overlay.json")
	require.NoError(t, os.WriteFile(list, text, 0o600))
	binary := filepath.Join(dir, "exported.exe")
	build := exec.CommandContext(t.Context(),
		"go", "test", "-c", "-vet=off", "-overlay", list, "-o", binary, "./exported")
	out, err := build.CombinedOutput()
	require.NoError(t, err, "%s", out)
	out, err = exec.CommandContext(t.Context(), binary).CombinedOutput()
	require.Error(t, err, "%s", out)
	require.Equal(t, len(r.Found), strings.Count("\n"+string(out), "\n--- FAIL: Test"), "%s", out)
}
