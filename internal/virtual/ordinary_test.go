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

// The mechanism belongs to package testing: this notices if a Go release takes it away from ordinary programs,
// or begins to print from inside it.
func TestItWorksInAnOrdinaryBinary(t *testing.T) {
	stdout, stderr, err := ordinary(t, nil)
	require.NoError(t, err, "%s", stderr)
	require.Equal(t, []string{
		"hours 60 in less than a minute: true", "hang true", "leak true", "panic true", "exit true",
	}, strings.Split(strings.TrimSpace(stdout), "\n"))
	require.Empty(t, stderr)
}

// ordinary builds a program that is no test with the given flags, and runs it with the given arguments.
func ordinary(t *testing.T, flags []string, args ...string) (stdout, stderr string, err error) {
	t.Helper()
	if testing.Short() {
		t.Skip("builds a program")
	}
	binary := filepath.Join(t.TempDir(), "ordinary.exe")
	build := exec.CommandContext(t.Context(), "go", append(append([]string{"build", "-o", binary}, flags...), "./testdata/ordinary")...)
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
