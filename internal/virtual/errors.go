package virtual

// How a Run can fail.

import (
	"errors"
	"fmt"
	"runtime/debug"
	"time"
)

// The errors of [Run], for errors.Is.
var (
	ErrHang  = errors.New("still busy at the end of its timeout")
	ErrLeak  = errors.New("goroutines left blocked for ever")
	ErrPanic = errors.New("panic")
	// ErrExit means that the function ended its goroutine with [runtime.Goexit], as FailNow of
	// package testing does.
	ErrExit = errors.New("ended its goroutine without returning")
)

// errRace means that package testing ended the bubble because of a race. The race detector has
// already printed the details.
var errRace = errors.New("the race detector found a race")

// HangError means that the function was still busy when the timeout passed. It matches [ErrHang].
type HangError struct {
	Timeout time.Duration // in virtual time
	Stacks  string        // of the bubble's goroutines at that instant
}

func (e *HangError) Error() string { return fmt.Sprintf("%v: %v", ErrHang, e.Timeout) }

// Unwrap returns [ErrHang].
func (e *HangError) Unwrap() error { return ErrHang }

// LeakError means that goroutines of the bubble can never run again. It matches [ErrLeak]. These
// goroutines stay in memory until the program ends: Go cannot stop them.
type LeakError struct {
	Report any    // the panic value of package synctest
	Stacks string // of the goroutines left
}

func (e *LeakError) Error() string { return fmt.Sprintf("%v: %v", ErrLeak, e.Report) }

// Unwrap returns [ErrLeak].
func (e *LeakError) Unwrap() error { return ErrLeak }

// PanicError is a panic that its own goroutine recovered. It matches [ErrPanic], and also Value if
// that is an error.
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

// Protect calls f and turns a panic in f into a [*PanicError]. Only the goroutine that panics can
// recover, so every goroutine that calls foreign code needs Protect.
func Protect(f func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &PanicError{Value: v, Stack: debug.Stack()}
		}
	}()
	return f()
}
