package fakes3

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/framing"
	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/s3err"
	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/sigv4"
)

// Options adjusts a [Server]. The zero value is a server that verifies no signature and has the
// limits of S3.
type Options struct {
	// Credentials, when set, makes the server verify the Signature Version 4 of every request, of
	// its chunks and of its trailer. Nil: the server verifies no signature and serves every
	// request.
	Credentials *Credentials

	// AllowUnsigned lets unsigned requests pass. The server verifies each request that names an
	// access key that it knows, and serves every other request without a check. Without Credentials
	// it has no effect.
	AllowUnsigned bool

	// HideSigned leaves the strings that were signed out of the body of SignatureDoesNotMatch. They
	// hold headers that clients draw at random, such as amz-sdk-invocation-id, so that two runs of
	// a drill would differ.
	HideSigned bool

	// Region is the region the server says it is in, and, when Credentials are set, the one
	// requests must be signed for. Empty: us-east-1, and any region's signature is good.
	Region string

	// WrongRegion is the response to a request that is signed for another region than Region.
	WrongRegion WrongRegion

	// ClockOffset is how far the server's clock is ahead of package time; negative: behind. The
	// Date of every response, the dates of objects and the validity of signatures depend on it.
	ClockOffset time.Duration

	// BaseHosts are the host names below which a bucket may be addressed as a label: with
	// "s3.test", a request to demo.s3.test is for the bucket demo. Empty: path style only.
	BaseHosts []string

	// Scheme is the scheme of the URL that clients use, if a proxy in front of the server ends TLS:
	// http or https. The Location of an upload has it. Empty: https if the request came over TLS,
	// else http.
	Scheme string

	// MinPartSize is the least size in bytes of each part of a multipart upload but the last. Zero:
	// 5 MiB, as S3. Negative: no least size, for drills with small objects.
	MinPartSize int64

	// DiscardHistory drops the content of overwritten and deleted objects: memory then holds the
	// live objects only. [Server.History] has no content for the dropped ones. Servers that run for
	// long set it.
	DiscardHistory bool
}

// Credentials are keys of the one user of a [Server].
type Credentials struct {
	AccessKey string
	SecretKey string
	// SessionToken, when set, must come with every request.
	SessionToken string
	// Expires is when the server, by its own clock, begins to refuse the keys with ExpiredToken.
	// Zero: never.
	Expires time.Time
}

// WrongRegion says how a [Server] answers a request that is signed for another region. The zero
// value answers as the endpoint of the bucket's region does: 400 AuthorizationHeaderMalformed with
// the right region in its body and in x-amz-bucket-region.
type WrongRegion struct {
	// Redirect answers as the endpoint of another region does: 301 PermanentRedirect, whose body
	// does not have the region. GetBucketLocation and ListBuckets take any region then.
	Redirect bool
	// NoHeader leaves x-amz-bucket-region out of every response, as some S3 servers do.
	NoHeader bool
}

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

// WithCredentials returns the [Options] of a server that verifies what is signed with this key, and
// serves unsigned requests too.
func WithCredentials(accessKey, secretKey string) Options {
	return Options{
		Credentials:   &Credentials{AccessKey: accessKey, SecretKey: secretKey},
		AllowUnsigned: true,
	}
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

// Grant lets requests be signed with further keys, as a server does after it has issued temporary
// credentials. They replace keys with the same access key. It has no effect on a server whose
// Options have no Credentials.
func (s *Server) Grant(c Credentials) {
	s.keysMu.Lock()
	defer s.keysMu.Unlock()
	if s.keys == nil {
		s.keys = make(map[string]sigv4.Key)
	}
	s.keys[c.AccessKey] = sigv4.Key{Secret: c.SecretKey, Token: c.SessionToken, Expires: c.Expires}
}

func (s *Server) keyOf(accessKey string) (sigv4.Key, bool) {
	s.keysMu.RLock()
	defer s.keysMu.RUnlock()
	key, ok := s.keys[accessKey]
	return key, ok
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
		return s.withRegion(req, err)
	}
	if err := req.checkNoBody(); err != nil {
		return err
	}
	req.takeQueryHeaders()
	if err := s.checkPromises(req); err != nil {
		return err
	}
	return handle(s, w, req)
}

// checkNoBody verifies the SHA-256 of a request whose handler does not read a body. S3 refuses a
// wrong sum before it looks for the bucket.
func (r *request) checkNoBody() error {
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

// authenticate verifies the signature of a request. A browser form carries its own, among its
// fields.
func (s *Server) authenticate(r *request) error {
	if s.verifier == nil || r.isForm() || s.options.AllowUnsigned && !s.verifier.Names(r.Request, r.query) {
		return nil
	}
	var err error
	r.signature, err = s.verifier.Request(r.Request, r.path, r.query)
	return err
}

// expectsContinue reports whether the client waits for 100 Continue.
func expectsContinue(r *http.Request) bool {
	return r.ProtoAtLeast(1, 1) && strings.EqualFold(r.Header.Get("Expect"), "100-continue")
}

// response is a ResponseWriter that records whether the response has begun.
type response struct {
	http.ResponseWriter
	id      string
	started bool
}

func (w *response) WriteHeader(status int) {
	w.started = w.started || status >= http.StatusOK
	w.ResponseWriter.WriteHeader(status)
}

func (w *response) Write(p []byte) (int, error) {
	w.started = true
	return w.ResponseWriter.Write(p)
}

// Unwrap lets http.ResponseController reach the connection.
func (w *response) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// bodyReader records whether a handler has begun to read. At the first read net/http sends 100 to a
// client that waits for it.
type bodyReader struct {
	io.ReadCloser
	begun bool
}

func (b *bodyReader) Read(p []byte) (int, error) {
	b.begun = true
	return b.ReadCloser.Read(p)
}

// hostID stands for S3's extended request id.
func (w *response) hostID() string {
	return base64.StdEncoding.EncodeToString([]byte("s3chaos/" + w.id))
}
