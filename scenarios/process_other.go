//go:build !unix

package scenarios

import (
	"errors"
	"os"
	"os/exec"
	"syscall"
)

// ownGroup does nothing where there are no process groups.
func ownGroup(*exec.Cmd) {}

// endGroup cannot tell whether the program left anything.
func endGroup(int) bool { return false }

// signalGroup ends the one process it knows of.
func signalGroup(pid int, signal syscall.Signal) error {
	process, err := os.FindProcess(pid)
	if err != nil {
		return err
	}
	return errors.Join(process.Kill(), process.Release())
}
