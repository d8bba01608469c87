//go:build !unix

package scenarios

import (
	"errors"
	"os"
	"os/exec"
	"syscall"

	"github.com/s3chaos/s3chaos/scenarios/script"
)

// signalNumbers is empty, because the system has no such signals. A drill that sends one is
// skipped.
var signalNumbers map[script.SignalName]syscall.Signal

// ownGroup does nothing, because the system has no process groups.
func ownGroup(*exec.Cmd) {}

// start starts the program.
func start(cmd *exec.Cmd) error { return cmd.Start() }

// endGroup returns false: the system cannot show whether the program left processes behind.
func endGroup(int) bool { return false }

// endStrays returns false, as endGroup does.
func endStrays(string) bool { return false }

// signalGroup kills the program's own process.
func signalGroup(pid int, signal syscall.Signal) error {
	process, err := os.FindProcess(pid)
	if err != nil {
		return err
	}
	return errors.Join(process.Kill(), process.Release())
}
