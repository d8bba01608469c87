//go:build unix

package scenarios

import (
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"

	"github.com/s3chaos/s3chaos/scenarios/script"
)

// signalNumbers are the signals that a drill can send to a program.
var signalNumbers = map[script.SignalName]syscall.Signal{
	script.SignalInt: syscall.SIGINT, script.SignalTerm: syscall.SIGTERM, script.SignalKill: syscall.SIGKILL,
	script.SignalStop: syscall.SIGSTOP, script.SignalCont: syscall.SIGCONT,
}

// ownGroup gives the program a process group, so that one signal reaches its child processes too.
func ownGroup(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

// starting is held while a program starts, because start changes what this process does on signals.
var starting sync.Mutex

// start starts the program with the default action for the signals that end a program. A shell
// starts what runs in the background with INT ignored, and nohup ignores HUP; a program that
// inherits that cannot trap the signal and would be blamed for it. Package os/exec resets in the
// child what this process has asked for.
func start(cmd *exec.Cmd) error {
	starting.Lock()
	defer starting.Unlock()
	for _, s := range []os.Signal{syscall.SIGINT, syscall.SIGHUP, syscall.SIGTERM} {
		if signal.Ignored(s) {
			asked := make(chan os.Signal, 1)
			signal.Notify(asked, s)
			defer func() {
				signal.Stop(asked)
				signal.Ignore(s)
			}()
		}
	}
	return cmd.Start()
}

// signalGroup signals every process of the group. An error means that the group has no process.
func signalGroup(pid int, signal syscall.Signal) error { return syscall.Kill(-pid, signal) }

// endGroup kills the processes of the group and reports whether any of them still ran.
func endGroup(pid int) bool {
	if signalGroup(pid, 0) != nil {
		return false
	}
	running := groupRuns(pid)
	return signalGroup(pid, syscall.SIGKILL) == nil && running
}

// groupRuns reports whether a process of the group still runs. Zombies, which signals reach too, do
// not count. Without /proc it returns true.
func groupRuns(pid int) bool {
	files, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil || len(files) == 0 {
		return true
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			continue // the process has just ended
		}
		// "123 (the name) S 1 99 …": state, parent, group
		_, rest, _ := strings.Cut(string(text[strings.LastIndexByte(string(text), ')')+1:]), " ")
		fields := strings.Fields(rest)
		if len(fields) > 2 && fields[2] == strconv.Itoa(pid) && fields[0] != "Z" && fields[0] != "X" {
			return true
		}
	}
	return false
}
