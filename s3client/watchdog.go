package s3client

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/s3chaos/s3chaos/retry"
)

// StallError is an attempt given up because no byte moved either way for so long. It is a net.Error
// that timed out, and is retried as such; errors.Is knows it as [retry.ErrAttemptTimeout].
type StallError struct {
	After time.Duration
}

func (e *StallError) Error() string {
	return fmt.Sprintf("attempt timeout: no progress for %s", e.After)
}

// Is reports whether target is [retry.ErrAttemptTimeout].
func (e *StallError) Is(target error) bool { return target == retry.ErrAttemptTimeout }

// Timeout reports true.
func (e *StallError) Timeout() bool { return true }

// Temporary reports true.
func (e *StallError) Temporary() bool { return true }

// watchdog ends an attempt that makes no progress.
type watchdog struct {
	timeout time.Duration
	quota   int64 // bytes that are progress
	moved   atomic.Int64
	timer   *time.Timer
	due     atomic.Int64 // when the timer ends the attempt, in nanoseconds since start
	start   time.Time
	left    time.Duration // until due, while the watchdog is paused
	stopped atomic.Bool
	queued  atomic.Bool // the send queue of the connection tells what moves
}

// watch starts a watchdog that cancels an attempt after timeout without progress. With a rate, in
// bytes a second, only as many bytes as that rate moves in timeout are progress.
func watch(timeout time.Duration, rate int64, cancel context.CancelCauseFunc) *watchdog {
	w := &watchdog{timeout: timeout, quota: max(1, int64(float64(rate)*timeout.Seconds())), start: time.Now()}
	w.due.Store(int64(timeout))
	w.timer = time.AfterFunc(timeout, func() { cancel(&StallError{After: timeout}) })
	return w
}

// progress postpones the end: the response has begun.
func (w *watchdog) progress() { w.allow(w.timeout) }

// bytes postpones the end each time that the quota has moved. The sizes of the pieces do not
// matter, which the scheduler decides.
func (w *watchdog) bytes(n int) {
	if moved := w.moved.Add(int64(n)); moved/w.quota > (moved-int64(n))/w.quota {
		w.progress()
	}
}

// allow postpones the end by d.
func (w *watchdog) allow(d time.Duration) {
	if !w.stopped.Load() {
		w.due.Store(int64(time.Since(w.start) + d))
		w.timer.Reset(d)
	}
}

// pause stops the clock while code of the caller runs: its time must not count as a stall. The
// goroutine that reads the response calls it, and resume after it.
func (w *watchdog) pause() {
	w.timer.Stop()
	w.left = time.Duration(w.due.Load()) - time.Since(w.start)
}

// resume starts the clock again where pause stopped it.
func (w *watchdog) resume() { w.allow(max(w.left, 0)) }

func (w *watchdog) stop() {
	w.stopped.Store(true)
	w.timer.Stop()
}
