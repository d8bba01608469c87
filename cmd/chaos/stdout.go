package main

// Standard output, and what happens when nothing can be written to it any more.

import (
	"errors"
	"io"
	"sync"
	"syscall"
)

// standardOutput keeps the first error of a write. It calls gone when the reader of the output has
// closed it, as `head` does, so that the command ends and clears away what it has made.
type standardOutput struct {
	w    io.Writer
	gone func(error)

	mu  sync.Mutex
	err error
}

func (o *standardOutput) Write(p []byte) (int, error) {
	n, err := o.w.Write(p)
	if err != nil {
		o.mu.Lock()
		defer o.mu.Unlock()
		if o.err == nil {
			o.err = err
		}
		if errors.Is(err, syscall.EPIPE) {
			o.gone(err)
		}
	}
	return n, err
}

// failure returns the first error of a write, or nil.
func (o *standardOutput) failure() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.err
}
