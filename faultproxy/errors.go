package faultproxy

import "errors"

var (
	// ErrClosed is returned by Serve after Close or Shutdown.
	ErrClosed = errors.New("proxy closed")

	// ErrNoProgress means that there were more exchanges than Config.MaxExchanges, for example
	// because a client retries without a wait.
	ErrNoProgress = errors.New("no progress in time")

	// ErrPanic means that a goroutine of the proxy panicked, which is a defect of this package.
	ErrPanic = errors.New("panic in the proxy")
)
