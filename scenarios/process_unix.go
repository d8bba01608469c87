//go:build unix

package scenarios

import (
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
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

// groupRuns reports whether a process of the group still runs. Without /proc it returns true.
func groupRuns(pid int) bool {
	stats, known := processStats()
	return !known || slices.ContainsFunc(stats, func(s processStat) bool {
		return runsIn(pid, s.text) && !killed(s.dir)
	})
}

// endStrays kills the processes outside of their group that have that home directory in their
// environment, as the program of the drill had, and reports whether any of them still ran. It finds
// none without /proc, nor those that have cleared their environment.
func endStrays(home string) bool {
	found := false
	stats, _ := processStats()
	for _, s := range stats {
		environment, err := os.ReadFile(filepath.Join(s.dir, "environ"))
		if err != nil || !slices.Contains(strings.Split(string(environment), "\x00"), "HOME="+home) {
			continue // err: it has ended, or is another user's
		}
		pid, err := strconv.Atoi(filepath.Base(s.dir))
		if err == nil && runs(s.text) && !killed(s.dir) {
			found = syscall.Kill(pid, syscall.SIGKILL) == nil || found
		}
	}
	return found
}

// processStat is the file stat of a process, and its folder of /proc.
type processStat struct{ dir, text string }

// processStats reads the processes of the machine. known is false without /proc.
func processStats() (stats []processStat, known bool) {
	files, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil || len(files) == 0 {
		return nil, false
	}
	for _, file := range files {
		// A file that cannot be read is that of a process that has just ended.
		if text, err := os.ReadFile(file); err == nil {
			stats = append(stats, processStat{filepath.Dir(file), string(text)})
		}
	}
	return stats, true
}

// exiting is the flag of a process that is on its way out (PF_EXITING of Linux). It closes its
// files before it becomes a zombie.
const exiting = 0x4

// statFields returns what follows the name in the text of /proc/PID/stat: state, parent, group,
// session, terminal, its group, flags.
func statFields(stat string) []string {
	// "123 (the name) S 1 99 …"
	return strings.Fields(stat[strings.LastIndexByte(stat, ')')+1:])
}

// runsIn reports whether the text of /proc/PID/stat is that of a process of the group that runs.
func runsIn(group int, stat string) bool {
	fields := statFields(stat)
	return len(fields) > 2 && fields[2] == strconv.Itoa(group) && runs(stat)
}

// runs reports whether the text of /proc/PID/stat is that of a process that runs. One that has
// exited does not, even if signals still reach it.
func runs(stat string) bool {
	fields := statFields(stat)
	if len(fields) < 7 || fields[0] == "Z" || fields[0] == "X" {
		return false
	}
	flags, err := strconv.ParseUint(fields[6], 10, 64)
	return err != nil || flags&exiting == 0
}

// killed reports whether the process of that folder of /proc has got a signal that ends it, and has
// not run since.
func killed(dir string) bool {
	text, err := os.ReadFile(filepath.Join(dir, "status"))
	return err == nil && deadly(string(text))
}

// deadly reports whether the text of /proc/PID/status names a signal that waits for the process, or
// for its first thread, and will end it.
func deadly(status string) bool {
	sets := map[string]uint64{}
	for line := range strings.Lines(status) {
		name, set, _ := strings.Cut(line, ":")
		switch name {
		// pending for the thread and for the process, blocked, ignored, caught
		case "SigPnd", "ShdPnd", "SigBlk", "SigIgn", "SigCgt":
			sets[name], _ = strconv.ParseUint(strings.TrimSpace(set), 16, 64) // no number is no signal
		}
	}
	ends := signalSet(syscall.SIGKILL) |
		signalSet(syscall.SIGHUP, syscall.SIGINT, syscall.SIGTERM)&^(sets["SigBlk"]|sets["SigIgn"]|sets["SigCgt"])
	return (sets["SigPnd"]|sets["ShdPnd"])&ends != 0
}

// signalSet returns the signals as /proc shows them.
func signalSet(signals ...syscall.Signal) (set uint64) {
	for _, s := range signals {
		set |= 1 << (s - 1)
	}
	return set
}
