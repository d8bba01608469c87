// Package virtual runs a function under virtual time in any binary: [Run]
// starts it, and [ErrHang], [ErrLeak] and [ErrPanic] say how it ended if it
// did not end well.
//
// Inside, the package time sees a clock that begins on 1 January 2000 and
// jumps ahead whenever every goroutine started inside is blocked. An hour of
// back-off takes no time:
//
//	err := virtual.Run(0, func(ctx context.Context) error {
//		time.Sleep(time.Hour)
//		return nil
//	})
//
// Whatever blocks must block on something made inside: a socket of the
// operating system never counts as blocked, so time would stand still.
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

// initialize registers the flags that package testing reads. In a test binary it does nothing.
var initialize = sync.OnceFunc(testing.Init)

// Run calls f under virtual time and returns when f has returned and every
// goroutine started inside has ended, or when those that are left can never
// run again. Calls may run at the same time; each has its own clock. A call
// inside another one fails.
//
// The timeout is virtual; zero means none. When it passes, the context of f
// is cancelled with cause [ErrHang], and f is expected to cut what holds it.
//
// The error joins what f returned with a [*HangError] when the timeout
// passed, a [*PanicError] when f panicked, and a [*LeakError] when goroutines
// were left blocked for ever; f itself may be among those. It matches
// [ErrExit] when f ended its goroutine instead of returning.
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

// call delivers what f returned, panicked with, or that it did neither.
func call(ctx context.Context, f func(ctx context.Context) error, done chan<- error) {
	err := ErrExit
	defer func() { done <- err }()
	err = Protect(func() error { return f(ctx) })
}

// wait returns what done delivers; when the timeout passes first, it calls late once and goes on waiting.
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

// bubble runs f in a bubble of package synctest. It returns the panic with
// which synctest reports goroutines that can never run again, or refuses to
// start. The goroutine is there to be lost: package testing ends it when the
// race detector has found something.
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

// outcome gathers errors from inside the bubble; after a leak its goroutines
// still exist, so reading needs the lock as writing does.
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

// explain turns the panic of package synctest into an error.
func (o *outcome) explain(failure any) error {
	text := fmt.Sprint(failure)
	if strings.HasPrefix(text, "deadlock: ") {
		return &LeakError{Report: failure, Stacks: stacks(o.bubble)}
	}
	return fmt.Errorf("virtual time: %s", text)
}
