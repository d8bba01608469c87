package retryhttp

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"sync"
	"sync/atomic"
	"time"

	"github.com/s3chaos/s3chaos/retry"
)

// sending is one request and its attempts.
type sending struct {
	base       http.RoundTripper
	req        *http.Request
	body       body
	attempts   int  // the most that the call may make
	idempotent bool // the request may be sent twice
	retryAfter bool // even if it may not, after 429 and 503 with a hint

	mu     sync.Mutex // attempts may run side by side
	failed *reply     // the newest response whose status is a failure
}

// reply is a response that the engine can throw away.
type reply struct{ *http.Response }

// Close closes the body.
func (r *reply) Close() error { return r.Body.Close() }

// attempt sends the request once.
func (s *sending) attempt(ctx context.Context, number int) (*reply, error) {
	s.keep(nil)
	if ctx == s.req.Context() {
		resp, err := s.send(ctx) //nolint:bodyclose // the caller of RoundTrip, or the engine, closes it
		if err != nil {
			return nil, err
		}
		return s.judge(ctx, &reply{resp}, number)
	}
	// The response body outlives the attempt, so the request gets a context of its own, which ends
	// with the attempt's only until the attempt is over.
	own, cancel := context.WithCancelCause(s.req.Context())
	detach := context.AfterFunc(ctx, func() { cancel(context.Cause(ctx)) })
	resp, err := s.send(own)
	if err != nil {
		detach()
		cancel(nil)
		return nil, err
	}
	resp.Body = own101(resp, cancel)
	got, failure := s.judge(ctx, &reply{resp}, number)
	if !detach() && failure == nil {
		_ = got.Close() // the attempt ended before the response head came
		return nil, context.Cause(ctx)
	}
	return got, failure
}

// judge decides whether a response is a failure that another attempt may mend.
func (s *sending) judge(ctx context.Context, got *reply, number int) (*reply, error) {
	if got.StatusCode < 400 {
		return got, nil
	}
	failure := &StatusError{Response: got.Response, received: time.Now()}
	if !retry.Classify(failure).Retryable() || !s.repeatable(failure) {
		return got, nil
	}
	if number < s.attempts {
		got.Body = drain(ctx, got.Body)
	}
	s.keep(got)
	return got, failure
}

// repeatable reports whether the request may be sent again after such a response.
func (s *sending) repeatable(failure *StatusError) bool {
	if !s.idempotent {
		status := failure.Response.StatusCode
		_, hinted := failure.RetryHint()
		if !s.retryAfter || !hinted || status != http.StatusTooManyRequests && status != http.StatusServiceUnavailable {
			return false
		}
	}
	return s.body.fresh()
}

// send sends the request, or a copy with a body of its own. An error after which the request may
// not be sent again is marked.
func (s *sending) send(ctx context.Context) (*http.Response, error) {
	req := s.req
	var watch *watch
	if !s.idempotent {
		watch, ctx = newWatch(ctx)
	}
	if ctx != req.Context() {
		req = req.WithContext(ctx)
	}
	if s.body.original != nil {
		body, err := s.body.next()
		if err != nil {
			return nil, retry.Permanent(err)
		}
		if req == s.req {
			req = req.WithContext(ctx)
		}
		req.Body = body
	}
	resp, err := s.base.RoundTrip(req)
	if err != nil && (!s.body.fresh() || watch != nil && watch.mayBeSent(err)) {
		err = retry.Permanent(err)
	}
	return resp, err
}

// watch sees whether a request got a connection. Before that, no byte of it was sent.
type watch struct{ asked, got atomic.Bool }

func newWatch(ctx context.Context) (*watch, context.Context) {
	w := &watch{}
	return w, httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GetConn: func(string) { w.asked.Store(true) },
		GotConn: func(httptrace.GotConnInfo) { w.got.Store(true) },
	})
}

// mayBeSent reports whether the server may have seen the request that failed with err. A base that
// tells nothing of its connections is trusted only if it could not dial.
func (w *watch) mayBeSent(err error) bool {
	if w.asked.Load() {
		return w.got.Load()
	}
	var op *net.OpError
	return !errors.As(err, &op) || op.Op != "dial"
}

// keep stores a failed response, which the caller gets if no later attempt succeeds. It closes the
// response that was stored before.
func (s *sending) keep(got *reply) {
	s.mu.Lock()
	before := s.failed
	s.failed = got
	s.mu.Unlock()
	if before != nil {
		_ = before.Close() // the caller does not get it
	}
}

// lastWord returns the response of the last attempt of a call that failed, if it had one. A call
// whose context ended has none: the caller has given up.
func (s *sending) lastWord(ctx context.Context, err error) *reply {
	var failed *retry.Error
	var status *StatusError
	if ctx.Err() != nil || !errors.As(err, &failed) || !errors.As(failed.Cause, &status) {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	got := s.failed
	s.failed = nil
	return got
}

// finish closes what the caller does not get: the last failed response, and the request's body.
func (s *sending) finish() {
	s.keep(nil)
	s.body.close()
}

// owned is a response body that ends its request's context with itself.
type owned struct {
	io.ReadCloser
	cancel context.CancelCauseFunc
}

// Read ends the context at the end, for callers that read all and do not close.
func (b *owned) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err != nil {
		b.cancel(nil)
	}
	return n, err
}

// Close closes the body and ends the context.
func (b *owned) Close() error {
	defer b.cancel(nil)
	return b.ReadCloser.Close()
}

// upgraded is the body of a 101 response: the connection itself. Its two directions end apart, so
// that only Close ends the context.
type upgraded struct {
	io.ReadWriteCloser
	cancel context.CancelCauseFunc
}

func (b *upgraded) Close() error {
	defer b.cancel(nil)
	return b.ReadWriteCloser.Close()
}

// own101 returns the body of resp, with the context that it ends.
func own101(resp *http.Response, cancel context.CancelCauseFunc) io.ReadCloser {
	if both, ok := resp.Body.(io.ReadWriteCloser); ok && resp.StatusCode == http.StatusSwitchingProtocols {
		return &upgraded{both, cancel}
	}
	return &owned{resp.Body, cancel}
}
