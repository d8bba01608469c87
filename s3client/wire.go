package s3client

import (
	"errors"
	"io"
	"net/http"
	"sync/atomic"
	"time"

	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
)

// wire is the HTTP client of the SDK. It sends each request once and counts what moves.
//
// net/http has a retry loop of its own. It silently sends a GET or HEAD again when a kept-alive
// connection dies before the response, and then three attempts are more than three sends. It does
// so only for requests that it can send twice. Therefore wire gives them an empty body without
// GetBody; net/http finds it empty and sends none. The price: a connection that the server closes
// at this moment costs an attempt, unless it is the last one: see send. (Requests with a body have
// no GetBody. A DELETE is sent again only if no byte of it was sent.)
type wire struct {
	client *http.Client
}

func (w wire) Do(req *http.Request) (*http.Response, error) {
	a := attemptFrom(req.Context())
	if a != nil && awsmiddleware.GetOperationName(req.Context()) != a.operation {
		a = nil // the SDK opens a session (S3 Express) on the way
	}
	begun := time.Now()
	if a != nil {
		a.begun, a.url, a.sends = true, req.URL, 1
		if a.cut {
			// The pool's other connections may have died with the last one.
			w.client.CloseIdleConnections()
		}
	}
	switch {
	case req.Body != nil && req.Body != http.NoBody:
		req.GetBody = nil
		if a != nil {
			a.length, a.expects = req.ContentLength, req.Header.Get("Expect") != ""
			a.outgoing = &sending{body: req.Body, size: req.ContentLength, attempt: a}
			req.Body = a.outgoing
			if a.length < 0 || a.length > sendStep {
				// A smaller body is one step of progress: its send queue tells nothing more.
				req = req.WithContext(a.watch.traced(req.Context()))
			}
		}
	case req.Method == http.MethodGet || req.Method == http.MethodHead:
		req.Body, req.GetBody = unreplayable{}, nil
		// net/http would start a goroutine to find out whether the body of a GET is empty, because
		// it would send a longer one in chunks. It sends an identity body without a framing.
		req.TransferEncoding = identity
	}
	resp, err := w.send(req, a)
	if err != nil && a != nil && a.outgoing != nil {
		a.outgoing.over.Store(true)
	}
	if a != nil {
		a.broken = err != nil
	}
	if err != nil || a == nil {
		return resp, err
	}
	a.watch.progress()
	a.header, a.status, a.foreign = resp.Header, resp.StatusCode, foreignError(resp)
	a.noteSkew(req, begun, resp)
	resp.Body = &receiving{body: bounded(a.operation, resp), attempt: a}
	a.body = resp.Body
	return resp, nil
}

var identity = []string{"identity"}

// unreplayable is an empty body. With WriteTo, net/http needs no buffer to copy it.
type unreplayable struct{}

func (unreplayable) Read([]byte) (int, error)         { return 0, io.EOF }
func (unreplayable) WriteTo(io.Writer) (int64, error) { return 0, nil }
func (unreplayable) Close() error                     { return nil }

// sendStep is how many bytes of a body net/http gets at once where the send queue cannot be read.
// Only a whole step is progress then, so a slow network needs small ones.
const sendStep = 8 << 10

// sending is the body of a request on its way out.
type sending struct {
	body    io.ReadCloser
	size    int64
	attempt *attempt
	start   time.Time
	over    atomic.Bool // the request has ended: net/http gets no more bytes
}

var errOver = errors.New("the request has ended")

func (s *sending) Read(p []byte) (int, error) {
	if s.start.IsZero() {
		s.start = time.Now()
	}
	if !s.attempt.watch.queued.Load() {
		p = p[:min(len(p), sendStep)]
	}
	n, err := s.body.Read(p)
	if n > 0 {
		// Count first and check then: a byte that is not counted when the request ends is not sent.
		sent := s.attempt.sent.Add(int64(n))
		if s.over.Load() {
			return 0, errOver
		}
		s.attempt.watch.bytes(n)
		if sent == s.size {
			// The last bytes are in the buffers of the network, where the client may not see them
			// move. They may take as long as all bytes before them.
			s.attempt.watch.allow(max(s.attempt.watch.timeout, time.Since(s.start)))
		}
		if err := s.attempt.piece.reached(sent); err != nil {
			s.attempt.local.Store(localError{err})
			return 0, err
		}
	}
	return n, err
}

func (s *sending) Close() error { return s.body.Close() }

// receiving is the body of a response.
type receiving struct {
	body    io.ReadCloser
	attempt *attempt
}

func (r *receiving) Read(p []byte) (int, error) {
	n, err := r.body.Read(p)
	if n > 0 {
		r.attempt.watch.bytes(n)
		r.attempt.received.Add(int64(n))
		switch r.attempt.status {
		case http.StatusMovedPermanently, http.StatusBadRequest, http.StatusServiceUnavailable:
			r.attempt.refusal.Write(p[:n])
		}
	}
	if err != nil && err != io.EOF {
		r.attempt.broken = true
	}
	return n, err
}

func (r *receiving) Close() error { return r.body.Close() }
