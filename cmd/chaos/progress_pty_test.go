//go:build linux

package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// openTerminal returns both ends of a pseudo-terminal of so many columns.
func openTerminal(t *testing.T, columns uint16) (ours, its *os.File) {
	t.Helper()
	ours, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Skip("no pseudo-terminals here: ", err)
	}
	t.Cleanup(func() { _ = ours.Close() })
	fd := fileDescriptor(ours)
	require.NoError(t, unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0))
	number, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	require.NoError(t, err)
	require.NoError(t, unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, &unix.Winsize{Row: 40, Col: columns}))
	its, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|syscall.O_NOCTTY, 0)
	require.NoError(t, err)
	return ours, its
}

// gateDrill is a drill whose program ends when a writer has opened and closed the pipe.
const gateDrill = `version: 1
name: waits for the test, so that the rows of progress have the time to appear
objects: [{bucket: demo, key: a, content: hi}]
client: {run: [cat, %s]}
expect: {outcome: success, stdout: {contains: a word that the program does not print and that makes the line long}}
`

// play runs chaos on a pseudo-terminal. It opens the gate once until has matched the output.
func play(t *testing.T, columns uint16, until string, env ...string) (before, output string) {
	t.Helper()
	dir := t.TempDir()
	gate := filepath.Join(dir, "gate")
	require.NoError(t, unix.Mkfifo(gate, 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "b.yaml"), fmt.Appendf(nil, gateDrill, gate), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "a.yaml"), []byte(smallDrill), 0o600))
	ours, its := openTerminal(t, columns)
	program, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.CommandContext(t.Context(), "chaos", "run", "a.yaml", "b.yaml")
	if path, err := exec.LookPath("chaos"); err != nil || !strings.HasPrefix(path, os.TempDir()) {
		t.Skipf("testscript has not put chaos into the path of %s: %s", program, path)
	}
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, its, its
	cmd.Env = append(append(os.Environ(), "HOME="+dir, "TERM=xterm", "NO_COLOR="), env...)
	require.NoError(t, cmd.Start())
	require.NoError(t, its.Close())
	var all bytes.Buffer
	wanted := regexp.MustCompile(until)
	opened := make(chan error, 1)
	buffer := make([]byte, 4096)
	for {
		n, err := ours.Read(buffer)
		all.Write(buffer[:n])
		if before == "" && wanted.Match(all.Bytes()) {
			before = all.String()
			go func() { opened <- os.WriteFile(gate, nil, 0o600) }()
		}
		if err != nil {
			require.True(t, errors.Is(err, io.EOF) || errors.Is(err, syscall.EIO), "%v", err)
			break
		}
	}
	require.NotEmpty(t, before, "%s", &all)
	require.NoError(t, <-opened)
	var exit *exec.ExitError
	require.ErrorAs(t, cmd.Wait(), &exit)
	require.Equal(t, 1, exit.ExitCode())
	return before, all.String()
}

func TestATerminalShowsProgressBelowTheResults(t *testing.T) {
	for _, columns := range []uint16{60, 80, 200} {
		before, output := play(t, columns, `1 of 2 drills \[=[^\n]*\n[^\n]*\n`)
		rows := screen(t, before)
		require.Contains(t, strings.Join(rows, "\n"), "1 attempt", "results come before the end")
		require.Regexp(t, `^1 of 2 drills \[=+>-+\] 0 failed, \d+m?\d*s left$`, rows[len(rows)-3])
		require.Regexp(t, `^slowest \S+: a \(builtin\)$`, rows[len(rows)-2])

		rows = screen(t, output)
		text := strings.Join(rows, "\n")
		require.NotContains(t, text, "of 2 drills", "the rows are gone at the end")
		require.Contains(t, text, "2 drills: 1 pass, 1 fail")
		require.Equal(t, 2, strings.Count(text, "FAIL "), "a failure comes again at the end")
		for _, row := range append(rows, screen(t, before)...) {
			require.LessOrEqual(t, len([]rune(row)), int(columns), row)
		}
		words := strings.Fields(text)
		for i, word := range words {
			words[i] = strings.Trim(word, "\",")
		}
		for word := range strings.FieldsSeq("a word that the program does not print and that makes the line long") {
			require.Contains(t, words, word, "a word is cut at %d columns", columns)
		}
	}
}

func TestADumbTerminalGetsNoRowsAndNoColours(t *testing.T) {
	_, output := play(t, 80, `1 attempt[^\n]*\n`, "TERM=dumb")
	require.NotContains(t, output, "\x1b")
	_, output = play(t, 80, `1 of 2 drills`, "NO_COLOR=1")
	require.NotRegexp(t, `\x1b\[\d*m`, output)
}
