//go:build unix

package mutation

import (
	"os/exec"
	"syscall"
)

// ownGroup puts the program into a process group of its own, and kills the whole group at the end
// of its context: tests start programs too.
func ownGroup(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
}
