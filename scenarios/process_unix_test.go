//go:build unix

package scenarios

import (
	"fmt"
	"os/exec"
	"os/signal"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A shell cannot trap a signal that was ignored when it began (POSIX, trap), as INT is for what
// another shell runs in the background.
func TestAProgramCanTrapWhatThisProcessIgnores(t *testing.T) {
	for _, s := range []syscall.Signal{syscall.SIGINT, syscall.SIGHUP, syscall.SIGTERM} {
		if signal.Ignored(s) {
			t.Logf("%v is ignored by what started the tests", s)
		} else {
			signal.Ignore(s)
			defer signal.Reset(s)
		}
		cmd := exec.Command("sh", "-c", fmt.Sprintf("trap 'exit 42' HUP INT TERM; kill -%d $$; exit 1", s))
		require.NoError(t, start(cmd))
		_ = cmd.Wait() // the exit code says it
		assert.Equal(t, 42, cmd.ProcessState.ExitCode(), "%v", s)
		assert.True(t, signal.Ignored(s), "%v is ignored as before", s)
	}
}

// A group that is killed ends one process at a time. What is on its way out was not left behind.
func TestAProcessThatIsEndingDoesNotRun(t *testing.T) {
	const running, group = "4194560", 99 // flags
	for name, c := range map[string]struct {
		stat string
		runs bool
	}{
		"sleeps":        {"123 (curl) S 1 99 99 0 -1 " + running + " 0 0", true},
		"computes":      {"123 (curl) R 1 99 99 0 -1 " + running + " 0 0", true},
		"strange name":  {"123 (a) R 1 7 b) S 1 99 99 0 -1 " + running + " 0 0", true},
		"is stopped":    {"123 (curl) T 1 99 99 0 -1 " + running + " 0 0", true},
		"other group":   {"123 (curl) S 1 98 99 0 -1 " + running + " 0 0", false},
		"zombie":        {"123 (curl) Z 1 99 99 0 -1 " + running + " 0 0", false},
		"dead":          {"123 (curl) X 1 99 99 0 -1 " + running + " 0 0", false},
		"closing files": {"123 (curl) R 1 99 99 0 -1 4194564 0 0", false},
		"cut short":     {"123 (curl) S", false},
	} {
		assert.Equal(t, c.runs, runsIn(group, c.stat), name)
	}
	const kill, term, none = "0000000000000100", "0000000000004000", "0000000000000000"
	for name, c := range map[string]struct {
		thread, process, blocked, ignored, caught string
		ends                                      bool
	}{
		"nothing":      {none, none, none, none, none, false},
		"killed":       {none, kill, none, none, none, true},
		"its thread":   {kill, none, none, none, none, true},
		"terminated":   {none, term, none, none, none, true},
		"TERM blocked": {none, term, term, none, none, false},
		"TERM ignored": {none, term, none, term, none, false},
		"TERM caught":  {none, term, none, none, term, false},
		"other caught": {none, term, none, none, kill, true},
	} {
		status := fmt.Sprintf(
			"Name:\tcurl\nSigPnd:\t%s\nShdPnd:\t%s\nSigBlk:\t%s\nSigIgn:\t%s\nSigCgt:\t%s\nCapInh:\t%s\n",
			c.thread, c.process, c.blocked, c.ignored, c.caught, kill)
		assert.Equal(t, c.ends, deadly(status), name)
	}
}
