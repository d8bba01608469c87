//go:build unix

package scenarios_test

import (
	"syscall"
	"time"
)

// spent calls f n times and returns the processor time that the process used for it.
func spent(n int, f func()) time.Duration {
	before := processorTime()
	for range n {
		f()
	}
	return processorTime() - before
}

// processorTime returns the processor time that this process has used.
func processorTime() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
