package scenarios

import (
	"context"
	"net/http"
	"time"

	"github.com/s3chaos/s3chaos/retry"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

// This file declares what a client may have beyond the plain operations: options of uploads and
// lists, uploads that can be resumed, presigned requests, and a policy for each step.

// UploadOptions say how an upload is stored.
type UploadOptions struct {
	Condition
	*script.WriteOptions           // what S3 keeps besides the content
	RetainUntil          time.Time // the end of the Retention; zero without one
}

// An OptionUploader is a [Client] that can perform uploads with options.
type OptionUploader interface {
	// UploadWith stores the file at path with the options.
	UploadWith(ctx context.Context, bucket, key, path string, o UploadOptions, progress func(done int64)) error
	// UploadStreamWith stores the content of the stream with the options.
	UploadStreamWith(ctx context.Context, bucket, key string, stream Stream, o UploadOptions) error
}

// A Resumer is a [Client] that can perform `resume` steps and uploads with a resume file.
type Resumer interface {
	// UploadResumable stores the file at path. If it fails, it keeps the parts that S3 has, and the
	// file state. With such a file it goes on with that upload. After a success the file is gone.
	UploadResumable(
		ctx context.Context, bucket, key, path, state string, o UploadOptions, progress func(done int64),
	) error
}

// An OptionLister is a [Client] that can perform lists with options.
type OptionLister interface {
	// ListWith returns the keys below prefix as the options ask for them, in the order of S3. A
	// common prefix stands for its keys, and with Versions a key is there once for each version and
	// delete marker. It asks for at most maxKeys entries a page; 0 leaves the page size to the
	// server.
	ListWith(ctx context.Context, bucket, prefix string, maxKeys int, o script.ListOptions) ([]string, error)
}

// An OptionReader is a [Client] that can perform `download` and `stat` steps with a version, a
// condition or an encryption key.
type OptionReader interface {
	// DownloadWith writes the object, or the range of it that the options name, to the file at
	// path. It fails if a condition of the options does not hold.
	DownloadWith(
		ctx context.Context, bucket, key, path string, options GetOptions, progress func(done int64),
	) error
	// StatWith returns the size of the object in bytes. The options have no range.
	StatWith(ctx context.Context, bucket, key string, options GetOptions) (size int64, err error)
}

// An OptionDeleter is a [Client] that can perform `delete` steps with a version or a condition.
type OptionDeleter interface {
	// DeleteWith deletes the object, or a version of it. It fails if the condition does not hold.
	DeleteWith(ctx context.Context, bucket, key string, o DeleteOptions) error
}

// DeleteOptions say what is deleted, and under which condition. One of its fields is set.
type DeleteOptions struct {
	VersionID string // the version to delete for good
	IfMatch   string // an ETag with its quotes: delete only the object that has it
}

// An OptionCopier is a [Client] that can perform `copy` steps with options.
type OptionCopier interface {
	// CopyWith copies an object within S3. It fails if a condition does not hold.
	CopyWith(ctx context.Context, o CopyOptions) error
}

// CopyOptions say what is copied, and how.
type CopyOptions struct {
	FromBucket, FromKey string
	FromVersionID       string // the version to copy; empty: the current one
	FromIfMatch         string // an ETag with its quotes: copy only the object that has it; empty: any
	FromCustomerKey     []byte // the key that the source is encrypted with (SSE-C); nil: none
	ToBucket, ToKey     string
	UploadOptions       // of the target, in place of what the source has
	// The directives are COPY, REPLACE or empty: then REPLACE where the options have something to
	// replace, else COPY.
	MetadataDirective, TaggingDirective string
}

// A PrefixDeleter is a [Client] that can perform `delete_prefix` steps.
type PrefixDeleter interface {
	// DeletePrefix deletes the objects below prefix. With an error, failed names the keys that the
	// client does not report as deleted. An empty failed then means all keys.
	DeletePrefix(ctx context.Context, bucket, prefix string) (failed []string, err error)
}

// A Presigner is a [Client] that can perform `presign` steps.
type Presigner interface {
	// Presign signs a request without sending it.
	Presign(ctx context.Context, o PresignOptions) (*PresignedRequest, error)
}

// PresignOptions say which request a client is to sign.
type PresignOptions struct {
	Method      string // GET or PUT
	Bucket, Key string
	Expires     time.Duration

	Upload   UploadOptions     // of a PUT
	Get      GetOptions        // of a GET
	Response map[string]string // of a GET: headers, by name, in place of those that the object was stored with
}

// A PresignedRequest is a request that a program without credentials can send.
type PresignedRequest struct {
	Method, URL string
	Header      http.Header // to be sent with the request
}

// A PolicyChanger is a [Client] that can perform steps with a retry policy of their own.
type PolicyChanger interface {
	// WithRetry returns a client with another policy that shares everything else.
	WithRetry(policy retry.Config) (Client, error)
}
