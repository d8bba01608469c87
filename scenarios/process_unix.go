//go:build unix

package scenarios

import (
	"os/exec"
	"syscall"
)

// ownGroup gives the program a process group, so that what it starts can be ended with it.
func ownGroup(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

// signalGroup signals every process of the group; an error means that there is none.
func signalGroup(pid int, signal syscall.Signal) error { return syscall.Kill(-pid, signal) }
