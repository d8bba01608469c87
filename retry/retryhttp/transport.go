package retryhttp

import (
	"errors"
	"net/http"
	"sync"
	"time"

	"github.com/s3chaos/s3chaos/retry"
)

// Transport is an [http.RoundTripper] that retries. It is safe for concurrent use if Base is.
type Transport struct {
	// Base sends each attempt; nil means [http.DefaultTransport].
	Base http.RoundTripper
	// Retryer decides; nil means the default [retry.Config].
	Retryer *retry.Retryer
	// Call names a request; nil means its method and URL without the query, and the host as the
	// partition of budget and breaker. The Transport sets the field Idempotent.
	Call func(*http.Request) retry.Call
	// Idempotent reports whether a request may be sent twice; nil means [Idempotent].
	Idempotent func(*http.Request) bool
	// RetryAfter also retries requests that may not be sent twice, such as a POST, when the
	// response is 429 or 503 and says when to come back. Such a server says that it did not do the
	// work. The zero value returns these responses to the caller.
	RetryAfter bool
}

// StatusError is a response whose status is a failure, as classifiers see it and as [retry.Error]
// remembers it.
type StatusError struct {
	// Response has its header; its body may be read and closed already.
	Response *http.Response
	received time.Time
}

// Error returns the status line.
func (e *StatusError) Error() string { return "http status " + e.Response.Status }

// HTTPStatusCode returns the status, for [retry.Classify].
func (e *StatusError) HTTPStatusCode() int { return e.Response.StatusCode }

// RetryHint returns what the headers ask for.
func (e *StatusError) RetryHint() (retry.Hint, bool) {
	return retry.ParseHint(e.Response.Header, e.received)
}

// Idempotent reports whether req may be sent twice: by its method (RFC 9110, section 9.2.2), or
// because its header has Idempotency-Key or X-Idempotency-Key, with whatever value.
func Idempotent(req *http.Request) bool {
	switch req.Method {
	case "", http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodTrace, http.MethodPut, http.MethodDelete:
		return true
	}
	_, key := req.Header["Idempotency-Key"]
	_, old := req.Header["X-Idempotency-Key"]
	return key || old
}

// RoundTrip sends req as often as needed. Its error, if any, wraps a *[retry.Error].
func (t *Transport) RoundTrip(req *http.Request) (*http.Response, error) {
	r := t.Retryer
	if r == nil {
		var err error
		if r, err = standard(); err != nil {
			return nil, err
		}
	}
	s := &sending{base: t.Base, req: req, attempts: r.MaxAttempts(), retryAfter: t.RetryAfter}
	s.body.init(req)
	if s.base == nil {
		s.base = http.DefaultTransport
	}
	if t.Idempotent != nil {
		s.idempotent = t.Idempotent(req)
	} else {
		s.idempotent = Idempotent(req)
	}
	defer s.finish()
	call := t.call(req)
	call.Idempotent = s.idempotent && s.body.repeats()
	got, err := retry.DoValueCall(req.Context(), r, call, s.attempt)
	if err != nil {
		got = s.lastWord(req.Context(), err)
	}
	if got == nil {
		return nil, unnamed(err)
	}
	return got.Response, nil
}

var standard = sync.OnceValues(func() (*retry.Retryer, error) { return retry.New(retry.Config{}) })

func (t *Transport) call(req *http.Request) retry.Call {
	if t.Call != nil {
		return t.Call(req)
	}
	method := req.Method
	if method == "" {
		method = http.MethodGet
	}
	if u := req.URL; u.Opaque == "" && u.Host != "" {
		return retry.Call{Name: method + " " + u.Scheme + "://" + u.Host + u.EscapedPath(), Key: u.Host}
	}
	plain := *req.URL
	plain.RawQuery, plain.Fragment, plain.User = "", "", nil
	return retry.Call{Name: method + " " + plain.String(), Key: plain.Host}
}

// callError is the error of a call. An http.Client puts method and URL before the text of a
// transport's error, so this text leaves out the name of the call.
type callError struct{ failed *retry.Error }

// unnamed wraps the error of a call.
func unnamed(err error) error {
	var failed *retry.Error
	if errors.As(err, &failed) {
		return &callError{failed}
	}
	return err
}

func (e *callError) Error() string {
	short := *e.failed
	short.Name = ""
	return short.Error()
}

func (e *callError) Unwrap() error { return e.failed }

// Timeout reports whether the last attempt took too long, for callers that ask a net.Error.
func (e *callError) Timeout() bool {
	var slow interface{ Timeout() bool }
	return errors.As(e.failed.Cause, &slow) && slow.Timeout()
}
