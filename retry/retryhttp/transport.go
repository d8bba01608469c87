package retryhttp

import (
	"net/http"
	"sync"
	"time"

	"github.com/s3chaos/s3chaos/retry"
)

// Transport is an [http.RoundTripper] that retries. It is safe for concurrent
// use if Base is.
type Transport struct {
	// Base sends each attempt; nil means [http.DefaultTransport].
	Base http.RoundTripper
	// Retryer decides; nil means the default [retry.Config].
	Retryer *retry.Retryer
	// Call names a request; nil means its method and URL without the query, and
	// the host as the partition of budget and breaker. Idempotent is set by the
	// Transport.
	Call func(*http.Request) retry.Call
	// Idempotent says which requests may be sent twice; nil means [Idempotent].
	Idempotent func(*http.Request) bool
}

// StatusError is a response whose status is a failure, as classifiers see it,
// and as [retry.Error] remembers it.
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

// Idempotent reports whether req may be sent twice: by its method (RFC 9110,
// section 9.2.2), or because it carries an idempotency key.
func Idempotent(req *http.Request) bool {
	switch req.Method {
	case "", http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodTrace, http.MethodPut, http.MethodDelete:
		return true
	}
	return req.Header.Get("Idempotency-Key") != "" || req.Header.Get("X-Idempotency-Key") != ""
}

// RoundTrip sends req as often as needed.
func (t *Transport) RoundTrip(req *http.Request) (*http.Response, error) {
	base := t.Base
	if base == nil {
		base = http.DefaultTransport
	}
	idempotent := t.Idempotent
	if idempotent == nil {
		idempotent = Idempotent
	}
	if !idempotent(req) || !rewindable(req) {
		return base.RoundTrip(req)
	}
	r := t.Retryer
	if r == nil {
		var err error
		if r, err = standard(); err != nil {
			return nil, err
		}
	}
	s := &sending{base: base, req: req}
	defer s.finish()
	got, err := retry.DoValueCall(req.Context(), r, t.call(req), s.attempt)
	if err != nil {
		got = s.lastWord(req.Context(), err)
	}
	if got == nil {
		return nil, err
	}
	return got.Response, nil
}

var standard = sync.OnceValues(func() (*retry.Retryer, error) { return retry.New(retry.Config{}) })

func (t *Transport) call(req *http.Request) retry.Call {
	var call retry.Call
	if t.Call != nil {
		call = t.Call(req)
	} else {
		plain := *req.URL
		plain.RawQuery, plain.Fragment, plain.User = "", "", nil
		call = retry.Call{Name: req.Method + " " + plain.String(), Key: req.URL.Host}
	}
	call.Idempotent = true
	return call
}

// rewindable reports whether the body can be sent again.
func rewindable(req *http.Request) bool {
	return req.Body == nil || req.Body == http.NoBody || req.GetBody != nil
}
