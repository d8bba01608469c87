package scenarios

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/smithy-go"

	"github.com/s3chaos/s3chaos/retry"
	"github.com/s3chaos/s3chaos/s3client"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

// A Client performs the operations of a drill's steps. A method returns nil only if S3 acknowledged
// the operation; the oracle checks this. Keys are those of the steps, without the client's prefix.
// `parallel` steps call the methods concurrently. A client with more operations also implements
// optional interfaces, such as [Statter], [Copier], [Mover] and [ManyDeleter].
type Client interface {
	// Upload stores the file at path. progress, if not nil, receives the number of bytes sent so
	// far.
	Upload(ctx context.Context, bucket, key, path string, progress func(done int64)) error
	// UploadStream stores the content of the stream.
	UploadStream(ctx context.Context, bucket, key string, stream Stream) error
	// Download writes the object to the file at path, or of the object the range span; nil is the
	// whole object.
	Download(ctx context.Context, bucket, key, path string, span *Range, progress func(done int64)) error
	// List returns all keys below prefix. It asks for at most maxKeys keys a page; 0 leaves the
	// page size to the server.
	List(ctx context.Context, bucket, prefix string, maxKeys int) ([]string, error)
	// Delete deletes the object. Without an object it succeeds, as S3 does.
	Delete(ctx context.Context, bucket, key string) error
	// Exists reports whether the object exists. That S3 says it does not (404) is no error.
	Exists(ctx context.Context, bucket, key string) (bool, error)
}

// A Stream is the content that an `upload_stream` step stores.
type Stream struct {
	Reader      io.Reader // also an io.Seeker if the step is `seekable`
	Size        int64
	IfNoneMatch string // "*": store only if the object does not exist
	IfMatch     string // an ETag with its quotes: store only over the object that has it
	Progress    func(done int64)
}

// ClientConfig is what a client needs to know of its drill.
type ClientConfig struct {
	Scenario *Scenario
	Endpoint string // URL of the proxy
	Region   string
	// AccessKey, SecretKey and SessionToken are what the client signs with when the drill starts.
	// All are empty for a client that signs nothing.
	AccessKey    string
	SecretKey    string
	SessionToken string
	// Credentials returns what the client signs with now. The client must ask it again when the
	// credentials have expired, as with [aws.NewCredentialsCache]. Nil: AccessKey, SecretKey and
	// SessionToken stay valid.
	Credentials aws.CredentialsProvider
	// VirtualHosted says that the client must put the bucket into the host name.
	VirtualHosted bool
	Bucket        string   // the first bucket of the drill
	Seed          uint64   // seed for the client's own jitter
	Witness       *Witness // the client reports each attempt to it; optional

	// HTTPClient is ready to use: it reaches the endpoint, and follows redirects as net/http does.
	HTTPClient *http.Client
	// DialContext connects to the endpoint, for a client that keeps its own transport.
	DialContext func(ctx context.Context, network, addr string) (net.Conn, error)
	// TLS is the configuration with which a transport trusts the endpoint. Nil means that the
	// endpoint speaks plain HTTP.
	TLS *tls.Config
	// Wrap returns a transport that sends with the client's transport and keeps the order of
	// concurrent requests in virtual time. The client's transport must dial with DialContext. A
	// drill with concurrent requests that do not pass Wrap is not repeatable, and its result says
	// so.
	Wrap func(http.RoundTripper) http.RoundTripper

	virtual bool // the drill runs in virtual time
}

// credentials returns the provider of the client's credentials.
func (c *ClientConfig) credentials() aws.CredentialsProvider {
	if c.Credentials != nil {
		return c.Credentials
	}
	return credentials.NewStaticCredentialsProvider(c.AccessKey, c.SecretKey, c.SessionToken)
}

// A Try is one attempt as the client saw it.
type Try struct {
	Step         string        // the step's number in the file, as in [StepResult]
	Operation    string        // of S3, such as "GetObject"
	InvocationID string        // of the call that the attempt belongs to
	Number       int           // from 1
	Start, End   time.Duration // in scenario time
	Err          error         // nil: the attempt succeeded
	Class        string        // of the error, as [retry.Class] prints it; empty without an error

	class retry.Class
}

// A Witness collects the attempts that the client reports. The proxy's journal is the independent
// account of them.
type Witness struct {
	mu    sync.Mutex
	start time.Time
	tries []Try
	lines []logged
}

// Saw records an attempt that has ended. It is safe for concurrent use.
func (w *Witness) Saw(t Try) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.tries = append(w.tries, t)
}

// at converts a time to scenario time.
func (w *Witness) at(t time.Time) time.Duration { return t.Sub(w.start) }

func (w *Witness) list() []Try {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]Try(nil), w.tries...)
}

func (w *Witness) log() []logged {
	w.mu.Lock()
	defer w.mu.Unlock()
	lines := slices.Clone(w.lines)
	slices.SortStableFunc(lines, compareLogged)
	return lines
}

// classifyFailure classifies a client's error by kind, code and status.
func classifyFailure(err error) *failureOf {
	if err == nil {
		return nil
	}
	f := &failureOf{Text: err.Error()}
	if load, ok := errors.AsType[*loadError](err); ok && load.first != nil {
		f.Code, f.Kinds = load.first.failure.Code, load.first.failure.Kinds
		return f
	}
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

// kindsOfError lists the kinds, the most important first: an unknown outcome, then why the client
// stopped, then the last cause.
var kindsOfError = []struct {
	kind script.ErrorKind
	is   func(error) bool
}{
	{script.KindUnknown, isA(s3client.ErrOutcomeUnknown)},
	{script.KindBudget, isA(retry.ErrBudget)},
	{script.KindBreaker, isA(retry.ErrBreakerOpen)},
	{script.KindExhausted, func(err error) bool { return errors.Is(err, retry.ErrExhausted) || sdkExhausted(err) }},
	{script.KindCanceled, isA(context.Canceled, retry.ErrCanceled)},
	{script.KindDeadline, isA(retry.ErrDeadline)},
	{script.KindIntegrity, isA(s3client.ErrIntegrity, s3client.ErrObjectChanged, s3client.ErrSourceChanged)},
	{script.KindPermanent, func(err error) bool {
		return errors.Is(err, retry.ErrPermanent) || errors.Is(err, s3client.ErrInvalidKey) ||
			errors.Is(err, s3client.ErrUnsafeKey) || sdkPermanent(err)
	}},
	{script.KindDeadline, func(err error) bool {
		return errors.Is(err, context.DeadlineExceeded) && !errors.Is(err, retry.ErrExhausted) &&
			!errors.Is(err, retry.ErrDeadline)
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
