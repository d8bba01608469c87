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
