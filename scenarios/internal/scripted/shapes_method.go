package scripted

import (
	"time"

	"github.com/s3chaos/s3chaos/retry"
)

// Types that say it by a method.
type (
	httpStatusCode struct {
		plain
		status int
	}
	statusCode struct {
		plain
		status int
	}
	httpCode struct {
		plain
		status int
	}
	errorCode struct {
		plain
		code string
	}
	codeMethod struct {
		plain
		code string
	}
	retryableError struct {
		plain
		is bool
	}
	canceledError struct {
		plain
		is bool
	}
	connectionError struct {
		plain
		is bool
	}
	timeout struct {
		plain
		is bool
	}
	temporary struct {
		plain
		is bool
	}
	retryAfter struct {
		plain
		after time.Duration
	}
	retryAfterOK struct {
		plain
		after time.Duration
		ok    bool
	}
	retryHint struct {
		plain
		hint retry.Hint
		ok   bool
	}
	smithy struct {
		plain
		status int
		code   string
	}
)

func (e *httpStatusCode) HTTPStatusCode() int             { return e.status }
func (e *statusCode) StatusCode() int                     { return e.status }
func (e *httpCode) HTTPCode() int                         { return e.status }
func (e *errorCode) ErrorCode() string                    { return e.code }
func (e *codeMethod) Code() string                        { return e.code }
func (e *retryableError) RetryableError() bool            { return e.is }
func (e *canceledError) CanceledError() bool              { return e.is }
func (e *connectionError) ConnectionError() bool          { return e.is }
func (e *timeout) Timeout() bool                          { return e.is }
func (e *temporary) Temporary() bool                      { return e.is }
func (e *retryAfter) RetryAfter() time.Duration           { return e.after }
func (e *retryAfterOK) RetryAfter() (time.Duration, bool) { return e.after, e.ok }
func (e *retryHint) RetryHint() (retry.Hint, bool)        { return e.hint, e.ok }
func (e *smithy) HTTPStatusCode() int                     { return e.status }
func (e *smithy) ErrorCode() string                       { return e.code }
