package main

// What the program does when standard output cannot be written, or standard input does not end.

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

const smallDrill = `version: 1
name: small
objects: [{bucket: demo, key: a, content: hi}]
client: {builtin: {}}
steps: [{download: {bucket: demo, key: a}}]
`

// full is a device without space.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space left on device") }

func TestACommandFailsWhenItsOutputCannotBeWritten(t *testing.T) {
	file := filepath.Join(t.TempDir(), "small.yaml")
	require.NoError(t, os.WriteFile(file, []byte(smallDrill), 0o600))
	for _, args := range [][]string{
		{"validate", file},
		{"list"},
		{"show", "retry/503-twice"},
		{"version"},
		{"--version"},
		{"--help"},
		{"run", file},
		{"completion", "bash"},
	} {
		t.Run(args[0], func(t *testing.T) {
			var stderr bytes.Buffer
			require.Equal(t, exitBroken, run(context.Background(), args, strings.NewReader(""), full{}, &stderr))
			require.Contains(t, stderr.String(), "no space left on device")
			require.Equal(t, 1, strings.Count(stderr.String(), "\n"), "one message: %s", &stderr)
		})
	}
}

// closed is the standard output of a command whose reader has read enough, as `head` does.
type closed struct{}

func (closed) Write([]byte) (int, error) {
	return 0, &os.PathError{Op: "write", Path: "/dev/stdout", Err: syscall.EPIPE}
}

func TestAReaderThatHasReadEnoughGetsNoMessage(t *testing.T) {
	for _, command := range []string{"list", "version"} {
		var stderr bytes.Buffer
		code := run(context.Background(), []string{command}, strings.NewReader(""), closed{}, &stderr)
		require.Equal(t, exitBroken, code)
		require.Empty(t, stderr.String())
	}
}

func TestAScenarioIsReadFromStandardInput(t *testing.T) {
	var stdout, stderr bytes.Buffer
	chaos := func(command, input string) int {
		return run(context.Background(), []string{command, "-"}, strings.NewReader(input), &stdout, &stderr)
	}
	require.Equal(t, 0, chaos("validate", smallDrill))
	require.Equal(t, "-: ok\n", stdout.String())
	require.Equal(t, 0, chaos("run", smallDrill))
	require.Contains(t, stdout.String(), "1 drill: 1 pass")
	require.Equal(t, exitUsage, chaos("run", "version: 2\n"))
	require.Contains(t, stderr.String(), "-:1:10: version 2 is not known")
}

func TestAnInterruptEndsTheWaitForAScenario(t *testing.T) {
	silent, writer := io.Pipe() // as a pipe into which no program writes
	defer writer.Close()
	for _, command := range []string{"run", "validate"} {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		var stderr bytes.Buffer
		require.Equal(t, exitInterrupted, run(ctx, []string{command, "-"}, silent, io.Discard, &stderr))
		require.Equal(t, "chaos: interrupted while reading standard input\n", stderr.String())
	}
}
