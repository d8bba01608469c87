package s3client

import (
	"errors"
	"fmt"
	"io"
	"runtime/debug"
)

// This file keeps the caller's code from ending the process: readers and progress callbacks run in
// goroutines of net/http too. A panic in them becomes an error, and so does a reader that lies.

// PanicError is a panic of the caller's code during a transfer: a reader or a [Progress]. The
// transfer fails as after any other error of the source.
type PanicError struct {
	Value any    // what the code panicked with
	Stack []byte // of the goroutine that panicked
}

func (e *PanicError) Error() string { return fmt.Sprintf("panic in the caller's code: %v", e.Value) }

// Unwrap returns the value of the panic if it is an error.
func (e *PanicError) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}

var errBadCount = errors.New("the reader returned a count outside of its buffer")

// guard turns a panic of the function that defers it into an error.
func guard(err *error) {
	if value := recover(); value != nil {
		*err = &PanicError{Value: value, Stack: debug.Stack()}
	}
}

// guardedReader reads from code of the caller.
type guardedReader struct{ r io.Reader }

func (g guardedReader) Read(p []byte) (n int, err error) {
	defer guard(&err)
	n, err = g.r.Read(p)
	if n < 0 || n > len(p) {
		return 0, errBadCount
	}
	return n, err
}

// guardedReaderAt reads from code of the caller.
type guardedReaderAt struct{ at io.ReaderAt }

func (g guardedReaderAt) ReadAt(p []byte, offset int64) (n int, err error) {
	defer guard(&err)
	n, err = g.at.ReadAt(p, offset)
	switch {
	case n < 0 || n > len(p):
		return 0, errBadCount
	case n < len(p) && err == nil:
		return n, io.ErrNoProgress // io.ReaderAt promises an error
	}
	return n, err
}
