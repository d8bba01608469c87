package s3client

import "github.com/s3chaos/s3chaos/retry"

// hinted is an error whose answer said when to come back.
type hinted struct {
	error
	hint retry.Hint
}

func (h *hinted) Unwrap() error { return h.error }

// RetryHint tells the retry engine.
func (h *hinted) RetryHint() (retry.Hint, bool) { return h.hint, true }
