//go:build unix

package transfer

import (
	"syscall"
	"time"
)

// cpuTime returns the processor time that this process has used on all processors, garbage
// collection included.
func cpuTime() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
