package s3client

import "github.com/s3chaos/s3chaos/retry"

// hinted is an error with the hint of its response: how long to wait before the next attempt.
type hinted struct {
	error
	hint retry.Hint
}

func (h *hinted) Unwrap() error { return h.error }

// RetryHint returns the hint to the retry engine.
func (h *hinted) RetryHint() (retry.Hint, bool) { return h.hint, true }
