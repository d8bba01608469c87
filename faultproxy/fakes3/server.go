package fakes3

import (
	"errors"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/framing"
	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/s3err"
	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/sigv4"
)

const (
	defaultRegion      = "us-east-1"
	defaultMinPartSize = 5 << 20
	maxObjectSize      = 5 << 30
	maxKeyLength       = 1024
)

// Server is an S3 server in memory. It is safe for concurrent use; make it with [New] or [NewWith].
type Server struct {
	options  Options
	region   string
	minPart  int64
	requests atomic.Uint64
	verifier *sigv4.Verifier // nil: signatures are not verified
	store    *store

	keysMu sync.RWMutex
	keys   map[string]sigv4.Key // by access key
}

// New returns an empty server with the zero [Options].
func New() *Server { return NewWith(Options{}) }

// NewWith returns an empty server.
func NewWith(options Options) *Server {
	s := &Server{options: options, region: options.Region, minPart: options.MinPartSize}
	if s.region == "" {
		s.region = defaultRegion
	}
	if s.minPart == 0 {
		s.minPart = defaultMinPartSize
	}
	if c := options.Credentials; c != nil {
		s.verifier = &sigv4.Verifier{Keys: s.keyOf, Region: options.Region, Now: s.now}
		if options.WrongRegion.Redirect {
			s.verifier.Region = "" // checkRegion refuses another region
		}
		s.Grant(*c)
	}
	s.store = newStore(options.DiscardHistory, s.now)
	return s
}

// now returns the time of the server's clock.
func (s *Server) now() time.Time { return time.Now().Add(s.options.ClockOffset) }

// ServeHTTP answers one S3 request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if expectsContinue(r) && r.ContentLength == 0 {
		// net/http sends 100 when a handler reads the body, and an empty body is not read. A client
		// that asks for 100 still waits for it: botocore waits one second for each request.
		w.WriteHeader(http.StatusContinue)
	}
	id := fmt.Sprintf("%016X", s.requests.Add(1))
	out := &response{ResponseWriter: w, id: id}
	body := &bodyReader{ReadCloser: r.Body}
	if r.Body == nil { // the request did not come over a connection
		body.ReadCloser = http.NoBody
	}
	r = r.WithContext(r.Context()) // the caller's request keeps its body
	r.Body = body
	header := w.Header()
	header.Set("Server", "AmazonS3")
	header.Set("Date", s.now().UTC().Format(http.TimeFormat))
	header.Set("X-Amz-Request-Id", id)
	header.Set("X-Amz-Id-2", out.hostID())

	defer func() {
		recovered := recover()
		if recovered == nil {
			return
		}
		if err, ok := recovered.(error); out.started || ok && errors.Is(err, http.ErrAbortHandler) {
			// The client has received a part of the response, or the handler wants the connection
			// to end: net/http closes it.
			panic(http.ErrAbortHandler)
		}
		s.refuse(out, r, body, s3err.New(s3err.InternalError).With("Reason", fmt.Sprint(recovered)))
	}()
	if err := s.serve(out, r); err != nil {
		s.refuse(out, r, body, err)
	}
}

// serve addresses, authenticates and routes the request.
func (s *Server) serve(w *response, r *http.Request) error {
	req, err := s.address(r)
	if err != nil {
		return err
	}
	handle, err := route(req)
	if err != nil {
		return err
	}
	if err := s.checkRegion(req); err != nil {
		return err
	}
	if err := s.authenticate(req); err != nil {
		return s.explainRegion(req, err)
	}
	if err := req.checkUnreadBody(); err != nil {
		return err
	}
	req.takeQueryHeaders()
	if err := s.checkSupported(req); err != nil {
		return err
	}
	return handle(s, w, req)
}

// checkUnreadBody verifies the SHA-256 of a request whose handler does not read a body. S3 refuses
// a wrong sum before it looks for the bucket.
func (r *request) checkUnreadBody() error {
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodDelete:
	default:
		return nil
	}
	if want, err := sigv4.PayloadSum(r.Header.Get(sigv4.HeaderPayload)); want == nil || r.ContentLength < 0 {
		return err
	}
	_, err := framing.Read(r.Request, r.signature, maxDocument)
	return err
}
