package virtual

import (
	"errors"
	"fmt"
	"runtime/debug"
	"time"
)

// What a [Run] can end with, for errors.Is.
var (
	ErrHang  = errors.New("still busy when its time was up")
	ErrLeak  = errors.New("goroutines left blocked for ever")
	ErrPanic = errors.New("panic")
	// ErrExit says that the function ended its goroutine with [runtime.Goexit], as the FailNow of package testing does.
	ErrExit = errors.New("ended its goroutine without returning")
)

// errRace is all that is left to say when package testing ends a bubble by itself; the detector has printed the rest.
var errRace = errors.New("the race detector found a race")

// HangError says that the function was still busy when its time was up. It matches [ErrHang].
type HangError struct {
	Timeout time.Duration // virtual
	Stacks  string        // the goroutines inside at that instant
}

func (e *HangError) Error() string { return fmt.Sprintf("%v: %v", ErrHang, e.Timeout) }

// Unwrap returns [ErrHang].
func (e *HangError) Unwrap() error { return ErrHang }

// LeakError says that goroutines started inside can never run again. It matches [ErrLeak].
// They stay in memory until the program ends: Go has no way to end them.
type LeakError struct {
	Report any    // how package synctest put it
	Stacks string // the goroutines left
}

func (e *LeakError) Error() string { return fmt.Sprintf("%v: %v", ErrLeak, e.Report) }

// Unwrap returns [ErrLeak].
func (e *LeakError) Unwrap() error { return ErrLeak }

// PanicError is a panic that was recovered in its own goroutine. It matches [ErrPanic], and the value too if that is an error.
type PanicError struct {
	Value any
	Stack []byte
}

func (e *PanicError) Error() string { return fmt.Sprintf("%v: %v", ErrPanic, e.Value) }

// Unwrap returns [ErrPanic] and the value of the panic if it is an error.
func (e *PanicError) Unwrap() []error {
	if err, ok := e.Value.(error); ok {
		return []error{ErrPanic, err}
	}
	return []error{ErrPanic}
}

// Protect calls f and turns a panic in it into a [*PanicError]. A panic cannot be recovered from another
// goroutine, so each one that calls code of others needs this.
func Protect(f func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &PanicError{Value: v, Stack: debug.Stack()}
		}
	}()
	return f()
}
