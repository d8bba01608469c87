// Package virtual runs a function under virtual time in any program. [Run] calls the function, and
// [ErrHang], [ErrLeak] and [ErrPanic] tell how it failed.
//
// The function and the goroutines that it starts are a bubble of testing/synctest. In the bubble
// the clock of package time starts on 1 January 2000, and jumps ahead when every goroutine is
// blocked. An hour of back-off takes no time:
//
//	err := virtual.Run(0, func(ctx context.Context) error {
//		time.Sleep(time.Hour)
//		return nil
//	})
//
// The goroutines must block on what the bubble made, such as its channels, timers and connections
// in memory. A goroutine that waits for a socket of the operating system never counts as blocked,
// so virtual time stands still.
package virtual

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// initialize registers the flags that package testing reads. In a test binary they already exist.
var initialize = sync.OnceFunc(testing.Init)

// Run calls f under virtual time. It returns when f and every goroutine of the bubble have ended,
// or when the remaining goroutines can never run again. Several calls may run at the same time;
// each has its own clock. A call inside the f of another call fails.
//
// The timeout is in virtual time; 0 means no timeout. When it passes, Run cancels the context of f
// with the cause [ErrHang], and f must close whatever keeps it waiting.
//
// The error joins the error of f with a [*HangError] if the timeout passed, a [*PanicError] if f
// panicked, and a [*LeakError] if goroutines stay blocked for ever; f itself can be one of them.
// The error matches [ErrExit] if f ended its goroutine instead of returning.
func Run(timeout time.Duration, f func(ctx context.Context) error) error {
	initialize()
	var o outcome
	failure := bubble(func() {
		o.id(bubbleID())
		ctx, cancel := context.WithCancelCause(context.Background())
		defer cancel(nil)
		done := make(chan error, 1)
		go call(ctx, f, done)
		o.add(wait(done, timeout, func() {
			o.add(&HangError{Timeout: timeout, Stacks: stacks(o.bubble)})
			cancel(ErrHang)
		}))
	})
	return o.err(failure)
}

// call runs f and sends its error, its panic as a PanicError, or ErrExit if f ends the goroutine.
func call(ctx context.Context, f func(ctx context.Context) error, done chan<- error) {
	err := ErrExit
	defer func() { done <- err }()
	err = Protect(func() error { return f(ctx) })
}

// wait returns the error from done. If the timeout passes before, wait calls late once and
// continues to wait.
func wait(done <-chan error, timeout time.Duration, late func()) error {
	if timeout > 0 {
		timer := time.NewTimer(timeout)
		defer timer.Stop()
		select {
		case err := <-done:
			return err
		case <-timer.C:
			late()
		}
	}
	return <-done
}

// bubble runs f in a bubble of package synctest. It returns the panic value of synctest, which
// reports goroutines that can never run again or a bubble that cannot start. It runs the bubble in
// an extra goroutine, because package testing ends the goroutine of a test in which the race
// detector found a race.
func bubble(f func()) (failure any) {
	ended := make(chan any, 1)
	go func() {
		var failure any = errRace
		defer func() {
			if v := recover(); v != nil {
				failure = v
			}
			ended <- failure
		}()
		synctest.Test(new(testing.T), func(*testing.T) { f() })
		failure = nil
	}()
	return <-ended
}

// outcome collects the errors from the bubble. After a leak the bubble's goroutines still exist, so
// reads need the lock too.
type outcome struct {
	mu     sync.Mutex
	bubble string
	errs   []error
}

func (o *outcome) id(bubble string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.bubble = bubble
}

func (o *outcome) add(err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.errs = append(o.errs, err)
}

func (o *outcome) err(failure any) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if failure != nil {
		o.errs = append(o.errs, o.explain(failure))
	}
	return errors.Join(o.errs...)
}

// explain turns the panic value of package synctest into an error.
func (o *outcome) explain(failure any) error {
	text := fmt.Sprint(failure)
	if strings.HasPrefix(text, "deadlock: ") {
		return &LeakError{Report: failure, Stacks: stacks(o.bubble)}
	}
	return fmt.Errorf("virtual time: %s", text)
}
