package retryhttp

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/s3chaos/s3chaos/retry"
)

// sending is one request on its way.
type sending struct {
	base http.RoundTripper
	req  *http.Request

	mu     sync.Mutex // attempts may run side by side
	failed *reply     // the newest response whose status is a failure
}

// reply is a response that can be thrown away.
type reply struct{ *http.Response }

// Close closes the body.
func (r *reply) Close() error { return r.Body.Close() }

// attempt sends the request once.
func (s *sending) attempt(ctx context.Context, _ int) (*reply, error) {
	s.keep(nil)
	// The response body outlives the attempt, so the request gets a context of
	// its own, which ends with the attempt's only until the attempt is over.
	own, cancel := context.WithCancelCause(s.req.Context())
	detach := context.AfterFunc(ctx, func() { cancel(context.Cause(ctx)) })
	resp, err := s.send(own)
	if err != nil {
		detach()
		cancel(nil)
		return nil, err
	}
	resp.Body = &owned{resp.Body, cancel}
	got, failure := &reply{resp}, &StatusError{Response: resp, received: time.Now()}
	failed := retry.Classify(failure).Retryable()
	if failed {
		buffer(resp)
	}
	switch over := !detach(); {
	case failed:
		s.keep(got)
		return got, failure
	case over:
		_ = got.Close()
		return nil, context.Cause(ctx)
	}
	return got, nil
}

// send sends a copy of the request.
func (s *sending) send(ctx context.Context) (*http.Response, error) {
	req := s.req.Clone(ctx)
	if s.req.Body != nil && s.req.Body != http.NoBody {
		body, err := s.req.GetBody()
		if err != nil {
			return nil, retry.Permanent(err)
		}
		req.Body = body
	}
	return s.base.RoundTrip(req)
}

// keep replaces the failed response that may be the last word.
func (s *sending) keep(got *reply) {
	s.mu.Lock()
	before := s.failed
	s.failed = got
	s.mu.Unlock()
	if before != nil {
		_ = before.Close() // nobody reads it
	}
}

// lastWord returns the response of the last attempt of a call that failed, if
// it had one. A call whose context ended has none: nobody waits for it.
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

// finish closes what nobody will read: the last failed response, and the
// request's own body, of which the attempts sent copies.
func (s *sending) finish() {
	s.keep(nil)
	if s.req.Body != nil {
		_ = s.req.Body.Close()
	}
}

// drained is how much of a failed response is read at once.
const drained = 64 << 10

// buffer reads a short body into memory, which sets its connection free during
// the wait. A longer one keeps its connection until it is closed.
func buffer(resp *http.Response) {
	var start bytes.Buffer
	_, err := io.CopyN(&start, resp.Body, drained)
	switch {
	case err == nil:
		resp.Body = struct {
			io.Reader
			io.Closer
		}{io.MultiReader(&start, resp.Body), resp.Body}
	default:
		_ = resp.Body.Close()
		resp.Body = io.NopCloser(io.MultiReader(&start, ended{err}))
	}
}

// ended is a reader that only has an error left.
type ended struct{ err error }

func (e ended) Read([]byte) (int, error) { return 0, e.err }

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
