//go:build unix

package scenarios

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// ownGroup gives the program a process group, so that what it starts can be ended with it.
func ownGroup(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

// signalGroup signals every process of the group; an error means that there is none.
func signalGroup(pid int, signal syscall.Signal) error { return syscall.Kill(-pid, signal) }

// endGroup ends what still runs of the group, and says whether anything did.
func endGroup(pid int) bool {
	if signalGroup(pid, 0) != nil {
		return false
	}
	running := groupRuns(pid)
	return signalGroup(pid, syscall.SIGKILL) == nil && running
}

// groupRuns says whether any process of the group is more than an entry that nobody has collected
// yet, which signals reach all the same. Where there is no /proc to tell, it is.
func groupRuns(pid int) bool {
	files, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil || len(files) == 0 {
		return true
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			continue // it has just gone
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
