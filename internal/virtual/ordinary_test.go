package virtual_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Virtual time belongs to package testing. This test fails if a Go release no longer supports it in
// ordinary programs, or prints something in them.
func TestRunWorksInAnOrdinaryProgram(t *testing.T) {
	stdout, stderr, err := ordinary(t, nil)
	require.NoError(t, err, "%s", stderr)
	require.Equal(t, []string{
		"hours 60 in less than a minute: true", "hang true", "leak true", "panic true", "exit true",
	}, strings.Split(strings.TrimSpace(stdout), "\n"))
	require.Empty(t, stderr)
}

// ordinary builds testdata/ordinary, a program and not a test, with the flags, and runs it with the
// arguments.
func ordinary(t *testing.T, flags []string, args ...string) (stdout, stderr string, err error) {
	t.Helper()
	if testing.Short() {
		t.Skip("builds a program")
	}
	binary := filepath.Join(t.TempDir(), "ordinary.exe")
	command := append(append([]string{"build", "-o", binary}, flags...), "./testdata/ordinary")
	build := exec.CommandContext(t.Context(), "go", command...)
	if out, err := build.CombinedOutput(); err != nil {
		return "", string(out), err
	}
	var out, errs bytes.Buffer
	program := exec.CommandContext(t.Context(), binary, args...)
	program.Stdout, program.Stderr = &out, &errs
	program.Env = append(os.Environ(), "GORACE=atexit_sleep_ms=0")
	err = program.Run()
	return out.String(), errs.String(), err
}
