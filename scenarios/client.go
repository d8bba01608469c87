package scenarios

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/aws/smithy-go"

	"github.com/s3chaos/s3chaos/retry"
	"github.com/s3chaos/s3chaos/s3client"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

// A Client does what a drill's steps ask. Its methods return nil only for what S3 acknowledged; the
// oracle holds them to it. Keys are as the steps name them, without the client's prefix. They are
// called concurrently by `parallel` steps. A client that can do more implements [Statter], [Copier]
// and [ManyDeleter].
type Client interface {
	// Upload stores the file at path. progress, when not nil, is told the bytes moved so far.
	Upload(ctx context.Context, bucket, key, path string, progress func(done int64)) error
	// UploadStream stores what the stream gives.
	UploadStream(ctx context.Context, bucket, key string, stream Stream) error
	// Download writes the object, or the part of it that span names, to the file at path.
	Download(ctx context.Context, bucket, key, path string, span *Range, progress func(done int64)) error
	// List returns the keys below prefix, at most maxKeys a page; 0 leaves that to the server.
	List(ctx context.Context, bucket, prefix string, maxKeys int) ([]string, error)
	Delete(ctx context.Context, bucket, key string) error
	Exists(ctx context.Context, bucket, key string) (bool, error)
}

// A Stream is what an `upload_stream` step sends.
type Stream struct {
	Reader      io.Reader // an io.Seeker too where the step says so
	Size        int64
	IfNoneMatch string // "*": only where there is no such object
	Progress    func(done int64)
}

// ClientConfig is the world as a client sees it.
type ClientConfig struct {
	Scenario  *Scenario
	Endpoint  string // URL of the proxy
	Region    string
	AccessKey string
	SecretKey string
	Bucket    string   // the first of the drill
	Seed      uint64   // what the client's own jitter is to be drawn from
	Witness   *Witness // to be told of every attempt; optional

	// HTTPClient is a client that is ready: it reaches the endpoint, and follows redirects as
	// net/http does.
	HTTPClient *http.Client
	// DialContext connects to the endpoint, for a client that keeps its own transport.
	DialContext func(ctx context.Context, network, addr string) (net.Conn, error)
	// TLS is what a transport needs to trust the endpoint; nil: the endpoint speaks plain HTTP.
	TLS *tls.Config
	// Wrap returns a transport of the client's own, which dials with DialContext, as one whose
	// requests keep their order in virtual time. Without it a drill in which requests run together
	// is not repeatable, and its result says so.
	Wrap func(http.RoundTripper) http.RoundTripper

	virtual bool // the drill runs in virtual time
}

// A Try is one attempt as the client saw it.
type Try struct {
	Step         string
	Operation    string
	InvocationID string
	Number       int // from 1
	Start, End   time.Duration
	Err          error
	Class        string

	class retry.Class
}

// A Witness collects what the client says of its attempts. The proxy's journal is the other
// witness.
type Witness struct {
	mu    sync.Mutex
	start time.Time
	tries []Try
}

// Saw notes an attempt that has ended. It may be called concurrently.
func (w *Witness) Saw(t Try) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.tries = append(w.tries, t)
}

// at is a moment in scenario time.
func (w *Witness) at(t time.Time) time.Duration { return t.Sub(w.start) }

func (w *Witness) list() []Try {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]Try(nil), w.tries...)
}

// tellFailure tells a client's error apart.
func tellFailure(err error) *failureOf {
	if err == nil {
		return nil
	}
	f := &failureOf{Text: err.Error()}
	if api, ok := errors.AsType[smithy.APIError](err); ok {
		f.Code = api.ErrorCode()
	}
	for _, kind := range kindsOfError {
		if kind.is(err) {
			f.Kinds = append(f.Kinds, kind.kind)
		}
	}
	return f
}

// kindsOfError are the kinds in the order in which they tell most: what the caller must not assume,
// why the client stopped, then what the last cause was.
var kindsOfError = []struct {
	kind script.ErrorKind
	is   func(error) bool
}{
	{script.KindUnknown, isA(s3client.ErrOutcomeUnknown)},
	{script.KindBudget, isA(retry.ErrBudget)},
	{script.KindExhausted, func(err error) bool { return errors.Is(err, retry.ErrExhausted) || sdkExhausted(err) }},
	{script.KindCanceled, isA(context.Canceled, retry.ErrCanceled)},
	{script.KindDeadline, isA(retry.ErrDeadline)},
	{script.KindIntegrity, isA(s3client.ErrIntegrity, s3client.ErrObjectChanged)},
	{script.KindPermanent, func(err error) bool {
		return errors.Is(err, retry.ErrPermanent) || errors.Is(err, s3client.ErrInvalidKey) || sdkPermanent(err)
	}},
	{script.KindDeadline, func(err error) bool {
		return errors.Is(err, context.DeadlineExceeded) && !errors.Is(err, retry.ErrExhausted) && !errors.Is(err, retry.ErrDeadline)
	}},
}

func isA(targets ...error) func(error) bool {
	return func(err error) bool {
		for _, target := range targets {
			if errors.Is(err, target) {
				return true
			}
		}
		return false
	}
}
