package s3client

import (
	"log/slog"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/s3chaos/s3chaos/retry"
)

const (
	// DefaultPartSize is the part size of multipart uploads, and the largest object that is sent in
	// one request.
	DefaultPartSize = 8 << 20
	// MaxPartSize is the largest part that S3 accepts, in bytes.
	MaxPartSize = 5 << 30
	// MaxParts is how many parts S3 accepts in one upload.
	MaxParts = 10_000
	// DefaultConcurrency is how many parts of one upload are sent at once.
	DefaultConcurrency = 4
	// DefaultStreamMemory is how many bytes of content an upload from a stream may hold.
	DefaultStreamMemory = 1 << 30
	// DefaultAttemptTimeout is how long an attempt may go without a byte moving either way.
	DefaultAttemptTimeout = 30 * time.Second
	// DefaultCleanupTimeout bounds the clean-up after a failed upload.
	DefaultCleanupTimeout = 10 * time.Second
)

// Config says where the objects are and how patient the client is. Bucket and credentials are
// required; every other field may be zero.
type Config struct {
	// Endpoint is the URL of the server, such as "http://127.0.0.1:9000". Empty: AWS, by Region.
	Endpoint string
	// Region is signed into every request. A bucket in another region costs one attempt, when S3
	// tells the right region; the client remembers it. Empty: us-east-1.
	Region string
	// Bucket holds the objects: its name, or the ARN or alias of an access point. The name of a
	// directory bucket (S3 Express) makes the SDK open a session. [Client.WithBucket] switches to
	// another.
	Bucket string
	// Prefix is put before every key, and no key can leave it. A missing slash at its end is added.
	// Empty: the whole bucket.
	Prefix string

	// AccessKey and SecretKey sign the requests, with SessionToken when it is not empty.
	AccessKey, SecretKey, SessionToken string
	// Credentials takes the place of the three fields above. aws.AnonymousCredentials{} sends
	// unsigned requests.
	Credentials aws.CredentialsProvider

	// UsePathStyle puts the bucket into the path of the URL. It is implied by Endpoint.
	UsePathStyle bool
	// VirtualHosted puts the bucket into the host name although Endpoint is set.
	VirtualHosted bool

	// ExpectedBucketOwner is the AWS account, of 12 digits, that owns the buckets of the client,
	// including the source bucket of a copy. S3 refuses requests to buckets of another account.
	// Empty: any.
	ExpectedBucketOwner string
	// RequesterPays confirms that this account pays for the requests to a bucket of that kind.
	RequesterPays bool
	// Options changes the options of the SDK before the client is made: endpoints with FIPS or dual
	// stack, acceleration, ARNs of other regions, middleware. It must leave HTTPClient and Retryer
	// alone, and Endpoint and Region are better set above. Nil: no changes.
	Options func(*s3.Options)

	// HTTPClient sends the requests. The client does not call its CheckRedirect: it follows the
	// redirections 307 and 308 that stay inside the endpoint's domain, and no others. Nil: a client
	// with a connection pool of its own, see [Client.CloseIdleConnections].
	HTTPClient *http.Client

	// Retry is the policy of every request; nil: retry.DefaultConfig().
	//
	// Its AttemptTimeout has a meaning of its own here: the time an attempt may spend without a
	// byte moving either way, so that a large object takes as long as it moves. Zero:
	// [DefaultAttemptTimeout].
	Retry *retry.Config

	// PartSize is the size of the parts of a multipart upload in bytes, up to [MaxPartSize], and
	// the largest object sent in one request. AWS refuses parts below 5 MiB, other servers may not.
	// It grows by itself where a file would need more than MaxParts parts. Zero: [DefaultPartSize].
	PartSize int64
	// CopyPartSize is the size of the parts of a copy in bytes, up to [MaxCopySize], and the
	// largest object copied in one request. AWS refuses parts below 5 MiB, other servers may not.
	// Parts are copied at the same time, so a large object is copied sooner. Zero: objects up to
	// [MaxCopySize] in one request, larger ones in parts of 512 MiB.
	CopyPartSize int64
	// MaxParts is how many parts the server accepts in one upload, 1 to [MaxParts]. Some stores
	// accept fewer than S3: Scaleway 1,000. Zero: [MaxParts].
	MaxParts int
	// Concurrency is how many parts of one upload or copy are sent at once. Zero:
	// [DefaultConcurrency].
	Concurrency int
	// StreamMemory is how many bytes of content an upload from a stream of unknown length holds at
	// most; PartSize or more. It holds PartSize × Concurrency bytes until it has sent a tenth of
	// MaxParts. Then its parts grow with what was sent, until one of them has this size, and fewer
	// parts are sent at once. 64 MiB are enough for a stream of 500 GiB, 1 GiB for the 5 TiB that
	// S3 allows. Zero: [DefaultStreamMemory], or PartSize × Concurrency where that is more.
	StreamMemory int64
	// MinRate is how many bytes a second an attempt must move, averaged over AttemptTimeout, in the
	// body that it sends or receives; slower is a [*StallError]. Zero: any byte within
	// AttemptTimeout is enough.
	MinRate int64
	// CleanupTimeout bounds the clean-up after a failed upload, which runs even though the caller's
	// context has ended. Zero: [DefaultCleanupTimeout].
	CleanupTimeout time.Duration

	// FindLostUploads makes an upload whose response to CreateMultipartUpload was lost look for the
	// upload that the server may have opened, by key and time, and abort it. Do not set it where
	// two writers upload the same key at the same time. Without it the error of a failed upload
	// names the loss, see [*OrphanError].
	FindLostUploads bool

	// IgnoreETag accepts an object whose ETag looks like an MD5 but is not one. Without it an
	// object stored without a checksum is compared with its ETag, which is the MD5 of the content
	// in S3 and nearly everywhere else.
	IgnoreETag bool

	// NoSync lets a downloaded file reach the disk when the operating system likes, after Download
	// has returned: faster, and fit for files that need not outlive a power failure.
	NoSync bool

	// Logger receives one line per operation and retry. Nil: no logs.
	Logger *slog.Logger
	// Observer is told of every attempt. Nil: no observer.
	Observer Observer
}
