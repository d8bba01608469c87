package script

import (
	"time"

	"github.com/s3chaos/s3chaos/internal/strictyaml"
)

// Step is one action of the client. Exactly one of its operations is set.
type Step struct {
	strictyaml.Block `yaml:"-"`

	// ID is the step's position in the file: "1", and "2.1" for the first step inside the second.
	// It is unique and safe in an HTTP header.
	ID string `yaml:"-"`

	Name        string        `yaml:"name"`                  // unique if not empty
	Deadline    time.Duration `yaml:"deadline,positive"`     // zero: no deadline
	CancelAfter time.Duration `yaml:"cancel_after,positive"` // zero: never
	Retry       *RetryPolicy  `yaml:"retry"`                 // nil: the policy of the client
	Expect      Expect        `yaml:"expect"`

	Upload       *Upload       `yaml:"upload"`
	Resume       *Upload       `yaml:"resume"` // goes on with an upload, in a client of its own
	UploadStream *UploadStream `yaml:"upload_stream"`
	UploadDir    *UploadDir    `yaml:"upload_dir"`
	Download     *Download     `yaml:"download"`
	DownloadDir  *DownloadDir  `yaml:"download_dir"`
	Get          *Get          `yaml:"get"`
	List         *List         `yaml:"list"`
	Delete       *Delete       `yaml:"delete"`
	DeleteMany   *DeleteMany   `yaml:"delete_many"`
	DeletePrefix *DeletePrefix `yaml:"delete_prefix"`
	Presign      *Presign      `yaml:"presign"`
	Copy         *Copy         `yaml:"copy"`
	Move         *Copy         `yaml:"move"` // a copy that then deletes its source
	Exists       *Exists       `yaml:"exists"`
	Stat         *Stat         `yaml:"stat"`
	Call         *Call         `yaml:"call"`          // runs a scripted operation with the client's retry engine
	Wait         time.Duration `yaml:"wait,positive"` // lets scenario time pass
	Rules        *Rules        `yaml:"rules"`
	Raw          *Raw          `yaml:"raw"`      // a connection beside the client
	Parallel     []Step        `yaml:"parallel"` // runs the steps together and ends after the last one
	Repeat       *Repeat       `yaml:"repeat"`
	Load         *Workload     `yaml:"load"`
}

// operations are the keys of the operations. A step has exactly one of them.
var operations = []string{
	"upload", "resume", "upload_stream", "upload_dir", "download", "download_dir", "get", "list", "delete",
	"delete_many", "delete_prefix", "presign", "copy", "move", "exists", "stat", "call",
	"wait", "rules", "raw", "parallel", "repeat", "load",
}

// Operation returns the key of the step's operation, such as "upload", "wait" or "parallel". It is
// empty for a Step without an operation.
func (s *Step) Operation() string {
	switch {
	case s.Upload != nil:
		return "upload"
	case s.UploadStream != nil:
		return "upload_stream"
	case s.UploadDir != nil:
		return "upload_dir"
	case s.Download != nil:
		return "download"
	case s.DownloadDir != nil:
		return "download_dir"
	case s.Get != nil:
		return "get"
	case s.List != nil:
		return "list"
	case s.Delete != nil:
		return "delete"
	case s.DeleteMany != nil:
		return "delete_many"
	case s.DeletePrefix != nil:
		return "delete_prefix"
	case s.Presign != nil:
		return "presign"
	case s.Resume != nil:
		return "resume"
	case s.Copy != nil:
		return "copy"
	case s.Move != nil:
		return "move"
	case s.Exists != nil:
		return "exists"
	case s.Stat != nil:
		return "stat"
	case s.Call != nil:
		return "call"
	case s.Wait != 0:
		return "wait"
	case s.Rules != nil:
		return "rules"
	case s.Raw != nil:
		return "raw"
	case s.Parallel != nil:
		return "parallel"
	case s.Repeat != nil:
		return "repeat"
	case s.Load != nil:
		return "load"
	}
	return ""
}

// Target returns the bucket and the key of the step's operation. For copy and move, these are the
// bucket and key that it writes. Both are empty for call, wait, rules, raw, parallel, repeat and
// load. The key is empty for list, upload_dir, download_dir, delete_many and delete_prefix.
func (s *Step) Target() (bucket, key string) {
	_, bucket, key = s.target()
	return bucket, key
}

// target returns what Target does, with the mapping of the operation. The mapping is nil for an
// operation without a bucket.
func (s *Step) target() (b *strictyaml.Block, bucket, key string) {
	switch {
	case s.Upload != nil:
		return &s.Upload.Block, s.Upload.Bucket, s.Upload.Key
	case s.UploadStream != nil:
		return &s.UploadStream.Block, s.UploadStream.Bucket, s.UploadStream.Key
	case s.UploadDir != nil:
		return &s.UploadDir.Block, s.UploadDir.Bucket, ""
	case s.Download != nil:
		return &s.Download.Block, s.Download.Bucket, s.Download.Key
	case s.DownloadDir != nil:
		return &s.DownloadDir.Block, s.DownloadDir.Bucket, ""
	case s.Get != nil:
		return &s.Get.Block, s.Get.Bucket, s.Get.Key
	case s.List != nil:
		return &s.List.Block, s.List.Bucket, ""
	case s.Delete != nil:
		return &s.Delete.Block, s.Delete.Bucket, s.Delete.Key
	case s.DeleteMany != nil:
		return &s.DeleteMany.Block, s.DeleteMany.Bucket, ""
	case s.DeletePrefix != nil:
		return &s.DeletePrefix.Block, s.DeletePrefix.Bucket, ""
	case s.Presign != nil:
		return &s.Presign.Block, s.Presign.Bucket, s.Presign.Key
	case s.Resume != nil:
		return &s.Resume.Block, s.Resume.Bucket, s.Resume.Key
	case s.Copy != nil:
		return &s.Copy.To.Block, s.Copy.To.Bucket, s.Copy.To.Key
	case s.Move != nil:
		return &s.Move.To.Block, s.Move.To.Bucket, s.Move.To.Key
	case s.Exists != nil:
		return &s.Exists.Block, s.Exists.Bucket, s.Exists.Key
	case s.Stat != nil:
		return &s.Stat.Block, s.Stat.Bucket, s.Stat.Key
	}
	return nil, "", ""
}

// inner returns how many steps the step takes directly inside it: those of a parallel, the
// repetitions of a repeat, and at most all steps of the workers of a load.
func (s *Step) inner() int {
	switch {
	case s.Parallel != nil:
		return len(s.Parallel)
	case s.Repeat != nil:
		return s.Repeat.Times
	case s.Load != nil:
		return max(1, s.Load.planned())
	}
	return 0
}

// OfClient reports whether the client has a part in the step.
func (s *Step) OfClient() bool { return s.Wait == 0 && s.Rules == nil && s.Raw == nil }

// Refused reports whether the step expects the client to refuse it as invalid. What the step asks
// for is then not checked when the file is read, as far as it is the client that has to check it.
func (s *Step) Refused() bool { return s.Expect.Error != nil && s.Expect.Error.Kind == KindInvalid }

// RefusesClient reports whether the drill expects that the client cannot be made as the file
// describes it. That description is then not checked when the file is read, as far as it is the
// client that has to check it.
func (s *Scenario) RefusesClient() bool {
	return s.Expect.Error != nil && s.Expect.Error.Kind == KindInvalid
}

// Label returns the name of the step in reports: its own name, or its operation and ID.
func (s *Step) Label() string {
	if s.Name != "" {
		return s.Name
	}
	return s.Operation() + " " + s.ID
}

// Upload stores a local file with Size drawn bytes, or with Content, or the declared file From.
type Upload struct {
	strictyaml.Block `yaml:"-"`
	Bucket           string  `yaml:"bucket,required"`
	Key              string  `yaml:"key,required"`
	Size             Size    `yaml:"size"`
	Content          *string `yaml:"content"`
	From             string  `yaml:"from"` // below the work directory
	// ResumeFile is the file by which a resume step goes on with this upload, below the work
	// directory. Empty: an upload that fails leaves nothing behind.
	ResumeFile string `yaml:"resume_file"`
	Condition
	WriteOptions
}

// Condition is the precondition of a write. The zero Condition writes unconditionally.
type Condition struct {
	IfNoneMatch string `yaml:"if_none_match"` // "*": only if the object does not exist
	IfMatch     string `yaml:"if_match"`      // an ETag, or CurrentETag
}

// CurrentETag as if_match means the ETag that the object has when the step starts. The steps of a
// parallel all take the ETag from before the first of them.
const CurrentETag = "current"

// Unconditional reports whether c has no precondition.
func (c Condition) Unconditional() bool { return c == Condition{} }

// UploadStream stores the bytes of a reader: Size drawn bytes, or Content.
type UploadStream struct {
	strictyaml.Block `yaml:"-"`
	Bucket           string  `yaml:"bucket,required"`
	Key              string  `yaml:"key,required"`
	Size             Size    `yaml:"size"`
	Content          *string `yaml:"content"`
	Seekable         bool    `yaml:"seekable"` // default false
	// Source is what goes wrong with the reader. Nil: nothing.
	Source *StreamSource `yaml:"source"`
	Condition
	WriteOptions
}

// Download reads an object, or a Range of it, to a file.
type Download struct {
	strictyaml.Block `yaml:"-"`
	Bucket           string `yaml:"bucket,required"`
	Key              string `yaml:"key,required"`
	Range            *Range `yaml:"range"` // nil: the whole object
	To               string `yaml:"to"`    // below the work directory; empty: the runner chooses a name
	ReadOptions
}

// UploadDir stores the files of a directory as objects below Prefix.
type UploadDir struct {
	strictyaml.Block `yaml:"-"`
	Bucket           string `yaml:"bucket,required"`
	Prefix           string `yaml:"prefix"`
	From             string `yaml:"from,required"` // below the work directory
	Delete           bool   `yaml:"delete"`        // also delete the objects below Prefix that have no file
}

// DownloadDir stores the objects below Prefix as files of a directory.
type DownloadDir struct {
	strictyaml.Block `yaml:"-"`
	Bucket           string `yaml:"bucket,required"`
	Prefix           string `yaml:"prefix"`
	To               string `yaml:"to,required"` // below the work directory
	Delete           bool   `yaml:"delete"`      // also delete the files of the directory that have no object
}

// Mirrors reports whether the step transfers a directory and also deletes what its source lacks.
func (s *Step) Mirrors() bool {
	return s.UploadDir != nil && s.UploadDir.Delete || s.DownloadDir != nil && s.DownloadDir.Delete
}

// Get reads an object, or a Range of it, as a stream.
type Get struct {
	strictyaml.Block `yaml:"-"`
	Bucket           string `yaml:"bucket,required"`
	Key              string `yaml:"key,required"`
	Range            *Range `yaml:"range"` // nil: the whole object
	ReadOptions
	Pause time.Duration `yaml:"pause,positive"` // how long the reader rests after its first bytes
	// StopAfter is how many bytes the caller reads before it closes the stream. Zero: all.
	StopAfter Size `yaml:"stop_after,positive"`
}

// List lists the keys of a bucket.
type List struct {
	strictyaml.Block `yaml:"-"`
	Bucket           string `yaml:"bucket,required"`
	Prefix           string `yaml:"prefix"`
	MaxKeys          int    `yaml:"max_keys,positive"` // keys on a page; zero: the server's default
	ListOptions
}

// Delete deletes an object, or one version of it for good.
type Delete struct {
	strictyaml.Block `yaml:"-"`
	Bucket           string `yaml:"bucket,required"`
	Key              string `yaml:"key,required"`
	// Version counts from the oldest version, which is 1. Zero: the object, which leaves a delete
	// marker in a bucket with versions.
	Version int    `yaml:"version,positive"`
	IfMatch string `yaml:"if_match"` // an ETag, or CurrentETag; empty: no condition
}

// DeleteMany deletes objects with as few requests as the client can.
type DeleteMany struct {
	strictyaml.Block `yaml:"-"`
	Bucket           string   `yaml:"bucket,required"`
	Keys             []string `yaml:"keys,required"` // one or more
}

// Copy asks S3 to copy an object.
type Copy struct {
	strictyaml.Block `yaml:"-"`
	From             CopySource `yaml:"from,required"`
	To               CopyTarget `yaml:"to,required"`
}

// CopySource is the object that a copy reads.
type CopySource struct {
	strictyaml.Block `yaml:"-"`
	Bucket           string      `yaml:"bucket,required"`
	Key              string      `yaml:"key,required"`
	Version          int         `yaml:"version,positive"` // from the oldest, which is 1; zero: the current one
	IfMatch          string      `yaml:"if_match"`         // an ETag, or CurrentETag; empty: no condition
	CustomerKey      CustomerKey `yaml:"customer_key"`     // with which the source is encrypted
}

// CopyTarget is the object that a copy writes.
type CopyTarget struct {
	strictyaml.Block `yaml:"-"`
	Bucket           string `yaml:"bucket,required"`
	Key              string `yaml:"key,required"`
	Condition
	WriteOptions // in place of those of the source
	// The directives are COPY and REPLACE, as S3 writes them. Empty: REPLACE where WriteOptions has
	// something to replace, else COPY.
	MetadataDirective string `yaml:"metadata_directive"`
	TaggingDirective  string `yaml:"tagging_directive"`
}

// Plain reports whether the copy has no options.
func (c *Copy) Plain() bool {
	return c.From.Version == 0 && c.From.IfMatch == "" && c.From.CustomerKey == "" && c.To.Unconditional() &&
		c.To.None() && c.To.MetadataDirective == "" && c.To.TaggingDirective == ""
}

// Stat asks for the size of an object.
type Stat struct {
	strictyaml.Block `yaml:"-"`
	Bucket           string `yaml:"bucket,required"`
	Key              string `yaml:"key,required"`
	ReadOptions
}

// Exists asks whether an object exists.
type Exists struct {
	strictyaml.Block `yaml:"-"`
	Bucket           string `yaml:"bucket,required"`
	Key              string `yaml:"key,required"`
}

// Repeat takes one step several times, one after another.
type Repeat struct {
	strictyaml.Block `yaml:"-"`
	Times            int  `yaml:"times,required,positive"`
	Step             Step `yaml:"step,required"`
}
