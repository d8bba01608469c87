package scenarios

import (
	"cmp"
	"context"
	"fmt"
	"io"

	"github.com/s3chaos/s3chaos/scenarios/script"
)

// This file declares the operations that a client may lack, one interface for each. A drill whose
// steps need an operation that its client lacks is not played. Its verdict is skip, and the reason
// names the operation.

// A Condition is the precondition of a write. One of its fields is set.
type Condition struct {
	IfNoneMatch string // "*": store only if the object does not exist
	IfMatch     string // an ETag with its quotes: store only over the object that has it
}

// A ConditionalUploader is a [Client] that can perform `upload` steps with a precondition.
type ConditionalUploader interface {
	// UploadIf stores the file at path if the condition holds, and fails if it does not.
	UploadIf(ctx context.Context, bucket, key, path string, c Condition, progress func(done int64)) error
}

// A Statter is a [Client] that can perform `stat` steps.
type Statter interface {
	// Stat returns the size of the object in bytes.
	Stat(ctx context.Context, bucket, key string) (size int64, err error)
}

// A Getter is a [Client] that can perform `get` steps.
type Getter interface {
	// Get opens the object for reading. It fails if a condition of the options does not hold.
	Get(ctx context.Context, bucket, key string, options GetOptions) (io.ReadCloser, error)
}

// GetOptions say what a step reads, and under which conditions.
type GetOptions struct {
	Range       *Range // nil: the whole object
	IfMatch     string // an ETag with its quotes: read only the object that has it; empty: any
	IfNoneMatch string // an ETag with its quotes: read only an object with another; empty: any
	VersionID   string // the version to read; empty: the current one
	CustomerKey []byte // the key that the object is encrypted with (SSE-C); nil: none
	PartNumber  int    // of an object that was uploaded in parts: the part to read; 0: the whole
}

// A DirDownloader is a [Client] that can perform `download_dir` steps.
type DirDownloader interface {
	// DownloadDir stores the objects below prefix as files below the directory dir, each under the
	// rest of its key. The prefix ends with a slash or is empty.
	DownloadDir(ctx context.Context, bucket, prefix, dir string) error
}

// A DirUploader is a [Client] that can perform `upload_dir` steps.
type DirUploader interface {
	// UploadDir stores the files of the directory dir as objects below prefix, which ends with a
	// slash or is empty.
	UploadDir(ctx context.Context, bucket, dir, prefix string) error
}

// A Mirrorer is a [Client] that can perform `upload_dir` and `download_dir` steps with `delete:
// true`.
type Mirrorer interface {
	// MirrorUp does what a [DirUploader] does, and deletes the objects that have no file.
	MirrorUp(ctx context.Context, bucket, dir, prefix string) error
	// MirrorDown does what a [DirDownloader] does, and deletes the files that have no object.
	MirrorDown(ctx context.Context, bucket, prefix, dir string) error
}

// A Copier is a [Client] that can perform `copy` steps.
type Copier interface {
	// Copy copies an object within S3.
	Copy(ctx context.Context, fromBucket, fromKey, toBucket, toKey string) error
}

// A Mover is a [Client] that can perform `move` steps.
type Mover interface {
	// Move copies an object within S3 and then deletes the source. With an error, copied says that
	// the client reports the copy as stored all the same.
	Move(ctx context.Context, fromBucket, fromKey, toBucket, toKey string) (copied bool, err error)
}

// A ManyDeleter is a [Client] that can perform `delete_many` steps.
type ManyDeleter interface {
	// DeleteMany deletes objects. With an error, failed names the keys that the client does not
	// report as deleted. An empty failed then means all keys.
	DeleteMany(ctx context.Context, bucket string, keys []string) (failed []string, err error)
}

// optionalOperations maps each operation and option that a client may lack to a function that
// reports whether a client has it.
var optionalOperations = map[string]func(Client) bool{
	"stat":          has[Statter],
	"copy":          has[Copier],
	"move":          has[Mover],
	"delete_many":   has[ManyDeleter],
	"delete_prefix": has[PrefixDeleter],
	"get":           has[Getter],
	"download_dir":  has[DirDownloader],
	"upload_dir":    has[DirUploader],
	"presign":       has[Presigner],
	"call":          has[Caller],

	conditionalUpload: has[ConditionalUploader],
	resumableUpload:   has[Resumer],
	uploadOptions:     has[OptionUploader],
	listOptions:       has[OptionLister],
	readOptions:       has[OptionReader],
	deleteOptions:     has[OptionDeleter],
	copyOptions:       has[OptionCopier],
	mirror:            has[Mirrorer],
	stepPolicy:        has[PolicyChanger],
}

// The options that a client may lack.
const (
	conditionalUpload = "conditional upload"
	resumableUpload   = "upload that can be resumed"
	uploadOptions     = "options of an upload"
	listOptions       = "options of a list"
	readOptions       = "version or condition of a read"
	deleteOptions     = "version or condition of a deletion"
	copyOptions       = "options of a copy"
	stepPolicy        = "retry policy of one step"
	mirror            = "transfer of a directory that deletes"
)

// needs returns what a client needs for a step: its operation and its options.
func needs(s *script.Step) []string {
	list := []string{s.Operation()}
	add := func(asked bool, option string) {
		if asked {
			list = append(list, option)
		}
	}
	for _, u := range []*script.Upload{s.Upload, s.Resume} {
		if u != nil {
			add(!u.Unconditional(), conditionalUpload)
			add(u.ResumeFile != "", resumableUpload)
			add(!u.None(), uploadOptions)
		}
	}
	add(s.UploadStream != nil && !s.UploadStream.None(), uploadOptions)
	add(s.List != nil && s.List.ListOptions != (script.ListOptions{}), listOptions)
	read, _ := s.Read()
	add(read != nil && s.Get == nil && !read.None(), readOptions)
	add(s.Delete != nil && (s.Delete.Version > 0 || s.Delete.IfMatch != ""), deleteOptions)
	add(s.Copy != nil && !s.Copy.Plain(), copyOptions)
	add(s.Mirrors(), mirror)
	add(s.Retry != nil, stepPolicy)
	return list
}

func has[T any](c Client) bool {
	_, ok := c.(T)
	return ok
}

// missingOperation is the error for a step whose operation the client lacks.
type missingOperation struct {
	step      string
	line      int
	operation string
	reason    string // "": "the client has no " and the operation
}

func (l *missingOperation) Error() string {
	return fmt.Sprintf("step %s: %s", l.step, l.why())
}

// why returns the reason to skip the drill.
func (l *missingOperation) why() string {
	return cmp.Or(l.reason, "the client has no "+l.operation)
}

// requireOperations returns a *missingOperation for the first step whose operation the client
// lacks, or nil.
func requireOperations(c Client, s *script.Scenario) error {
	var missing *missingOperation
	s.EachStep(func(step *script.Step) {
		for _, operation := range needs(step) {
			if can, optional := optionalOperations[operation]; optional && !can(c) && missing == nil {
				missing = &missingOperation{step: step.ID, line: step.Line, operation: operation}
			}
		}
	})
	if missing == nil {
		return nil
	}
	return missing
}
