package main

import (
	"errors"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/s3chaos/s3chaos/internal/racing"
)

var update = flag.Bool("update", false, "rewrite the expected output in the scripts and the README")

func TestMain(m *testing.M) {
	if err := os.Setenv(racing.Variable, racing.Value); err != nil {
		panic(err)
	}
	testscript.Main(m, map[string]func(){"chaos": main})
}

// Each script in testdata tests one behaviour of the program and its exact output.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata",
		Setup:               ownHome,
		Cmds:                map[string]func(*testscript.TestScript, bool, []string){"exits": exits},
		UpdateScripts:       *update,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
	})
}

// ownHome gives each script a home directory, where run keeps what --last-failed needs.
func ownHome(env *testscript.Env) error {
	env.Setenv("HOME", filepath.Join(env.WorkDir, ".home"))
	env.Setenv(racing.Variable, racing.Value)
	return nil
}

// exits runs a program and requires its exit code, which the command exec cannot do:
//
//	exits CODE PROGRAM ARG...
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE PROGRAM ARG...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	var exit *exec.ExitError
	switch err := ts.Exec(args[1], args[2:]...); {
	case errors.As(err, &exit):
		got = exit.ExitCode()
	case err != nil:
		ts.Fatalf("%v", err)
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}
