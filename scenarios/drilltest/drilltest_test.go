package drilltest_test

import (
	"context"
	"os"
	"os/exec"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/internal/racing"
	"github.com/s3chaos/s3chaos/scenarios"
	"github.com/s3chaos/s3chaos/scenarios/drilltest"
)

func TestDrills(t *testing.T) {
	drilltest.Run(t, "testdata/drills/slow-down.yaml") // with the client that the file names
	drilltest.RunAll(t, os.DirFS("testdata/drills"), drilltest.Drill(newMyClient), drilltest.Seeds(1, 3))
}

// child is the variable that turns the test binary into a run of [TestChild] alone.
const child = "S3CHAOS_DRILLTEST_CHILD"

// wrong is myClient with a Download of its own.
type wrong struct {
	*myClient
	download func(ctx context.Context) error // nil: it forgets to give the file its name
}

func (w wrong) Download(ctx context.Context, bucket, key, path string, r *scenarios.Range, p func(int64)) error {
	if w.download == nil {
		return w.myClient.Download(ctx, bucket, key, path+".part", r, p)
	}
	return w.download(ctx)
}

// TestChild fails on purpose. The other tests run it in a process of its own.
func TestChild(t *testing.T) {
	kind := os.Getenv(child)
	for name, download := range map[string]func(context.Context) error{
		"hangs":   func(context.Context) error { select {} },
		"leaks":   func(context.Context) error { go func() { select {} }(); return nil },
		"panics":  func(context.Context) error { panic("a client's panic") },
		"exits":   func(context.Context) error { t.FailNow(); return nil },
		"lies":    func(context.Context) error { return nil },
		"refuses": func(context.Context) error { return os.ErrPermission },
		"forgets": nil,
	} {
		if kind == name {
			t.Run(kind, func(t *testing.T) {
				drilltest.Run(t, "testdata/drills/slow-down.yaml",
					drilltest.Drill(func(c scenarios.ClientConfig) (scenarios.Client, error) {
						client, err := newMyClient(c)
						return wrong{client, download}, err
					}))
			})
		}
	}
	files := func(name, text string) fstest.MapFS { return fstest.MapFS{name: {Data: []byte(text)}} }
	drills := os.DirFS("testdata/drills")
	switch kind {
	case "":
		t.Skip("the other tests run it in a child process")
	case "mistake":
		drilltest.RunAll(t, files("sub/bad.yaml", "version: 1\nnam: x\n"))
	case "missing":
		drilltest.Run(t, "testdata/drills/none.yaml")
	case "empty":
		drilltest.RunAll(t, files(".hidden.yaml", ""))
	case "no such tag":
		drilltest.RunAll(t, drills, drilltest.Tags("backof"))
	case "no such level":
		drilltest.RunAll(t, drills, drilltest.Level("most"))
	case "no such seeds":
		drilltest.RunAll(t, drills, drilltest.Seeds(3, 1))
	case "all":
		drilltest.RunAll(t, drills, drilltest.Drill(newMyClient))
	case "one tag":
		drilltest.RunAll(t, drills, drilltest.Tags("lost"), drilltest.Seeds(7, 8))
	case "one level":
		drilltest.RunAll(t, drills, drilltest.Level("must"), drilltest.Seed(7))
	case "suite":
		drilltest.RunCatalog(t, drilltest.Drill(newMyClient), drilltest.AnyClient(), drilltest.Tags("hint"),
			drilltest.With(scenarios.Options{Known: nil}))
	}
	t.Run("later", func(*testing.T) {})
}

// inChild runs [TestChild] in a process of its own and returns what it prints.
func inChild(t *testing.T, kind string) (out string, passed bool) {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.CommandContext(t.Context(), self, "-test.run", "^TestChild$", "-test.v")
	cmd.Env = append(os.Environ(), child+"="+kind, racing.Setting)
	printed, err := cmd.CombinedOutput()
	if err != nil {
		require.Equal(t, 1, cmd.ProcessState.ExitCode(), "%v: %s", err, printed)
	}
	return string(printed), err == nil
}

func TestBrokenClientFailsItsSubtestAndTheTestGoesOn(t *testing.T) {
	for kind, says := range map[string]string{
		"hangs":   "✗ .*hang: ",
		"leaks":   "✗ .*leak: ",
		"panics":  "a client's panic",
		"exits":   "expected success, got unreached",
		"lies":    "✗ .*wrong-read|✗ .*files",
		"refuses": "permission",
	} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			out, passed := inChild(t, kind)
			require.False(t, passed, "%s", out)
			require.Contains(t, out, "--- FAIL: TestChild/"+kind+"/slow-down ")
			require.Regexp(t, says, out)
			require.Regexp(t, `replay: go test -run '\^TestChild\$/\^`+kind+`\$/\^slow-down\$'`, out)
			require.Contains(t, out, "--- PASS: TestChild/later", "the test must go on")
		})
	}
}

func TestFailureShowsTheTimeline(t *testing.T) {
	out, _ := inChild(t, "forgets")
	require.Regexp(t, `(?s)FAIL     testdata/drills/slow-down  two responses of 503
 +GetObject demo/a.bin
 +0s +✗ 503 SlowDown  ← respond: .*✓ 200
 +✗ .*a.bin.* testdata/drills/slow-down.yaml:17
.*3 attempts · 2 faults · .* virtual · seed 1\n`, out)
}

func TestBadInputEndsTheTestBeforeADrill(t *testing.T) {
	for kind, says := range map[string]string{
		"mistake":       "sub/bad.yaml:2:1: unknown key",
		"missing":       "testdata/drills/none.yaml: no such file",
		"empty":         "no scenario",
		"no such tag":   "did you mean backoff?",
		"no such level": `level "most"`,
		"no such seeds": "seeds: ",
	} {
		out, passed := inChild(t, kind)
		require.False(t, passed, "%s", out)
		require.Contains(t, out, says)
		require.NotContains(t, out, "TestChild/", "%s: a drill was played", kind)
	}
}

func TestEachDrillIsASubtest(t *testing.T) {
	for kind, lines := range map[string][]string{
		"all": {
			"--- SKIP: TestChild/copy@cut ", "--- SKIP: TestChild/copy@error ", "--- PASS: TestChild/slow-down ",
			"the client has no copy", "two responses of 503",
		},
		"one tag": {
			"--- PASS: TestChild/copy@cut/seed=7 ", "--- PASS: TestChild/copy@error/seed=8 ", "seed 8",
		},
		"one level": {"--- PASS: TestChild/slow-down ", "seed 7"},
		"suite":     {"--- PASS: TestChild/hint/", "level "},
	} {
		out, passed := inChild(t, kind)
		require.True(t, passed, "%s: %s", kind, out)
		for _, line := range lines {
			require.Contains(t, out, line, "%s", kind)
		}
	}
	out, _ := inChild(t, "one tag")
	require.NotContains(t, out, "slow-down")
}
