package faultproxy

import "errors"

var (
	// ErrClosed is what Serve returns after Close or Shutdown.
	ErrClosed = errors.New("proxy closed")

	// ErrNoProgress says that a drill had more exchanges than Config.MaxExchanges: a client that
	// retries without pause.
	ErrNoProgress = errors.New("no progress in time")

	// ErrPanic says that a goroutine of the proxy panicked.
	ErrPanic = errors.New("panic in the proxy")
)
