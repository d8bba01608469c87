package script

import (
	"time"

	"github.com/s3chaos/s3chaos/internal/strictyaml"
)

// Step is one thing the client does. Exactly one of the operations is set.
type Step struct {
	strictyaml.Block `yaml:"-"`

	// ID is the step's ordinal in the file: "1", and "2.1" for the first step inside the second. It
	// is unique, and safe in a header.
	ID string `yaml:"-"`

	Name        string        `yaml:"name"`                  // unique where given
	Deadline    time.Duration `yaml:"deadline,positive"`     // zero: none
	CancelAfter time.Duration `yaml:"cancel_after,positive"` // zero: never
	Expect      Expect        `yaml:"expect"`

	Upload       *Upload       `yaml:"upload"`
	UploadStream *UploadStream `yaml:"upload_stream"`
	Download     *Download     `yaml:"download"`
	List         *List         `yaml:"list"`
	Delete       *Delete       `yaml:"delete"`
	DeleteMany   *DeleteMany   `yaml:"delete_many"`
	Copy         *Copy         `yaml:"copy"`
	Exists       *Exists       `yaml:"exists"`
	Stat         *Stat         `yaml:"stat"`
	Wait         time.Duration `yaml:"wait,positive"` // scenario time passes
	Parallel     []Step        `yaml:"parallel"`      // together; ends when all have ended
	Repeat       *Repeat       `yaml:"repeat"`
}

// operations are the keys of a step of which it has exactly one.
var operations = []string{
	"upload", "upload_stream", "download", "list", "delete", "delete_many", "copy", "exists", "stat",
	"wait", "parallel", "repeat",
}

// Operation is the step's word in the format: "upload", "wait", "parallel" … It is empty for a Step
// without one.
func (s *Step) Operation() string {
	switch {
	case s.Upload != nil:
		return "upload"
	case s.UploadStream != nil:
		return "upload_stream"
	case s.Download != nil:
		return "download"
	case s.List != nil:
		return "list"
	case s.Delete != nil:
		return "delete"
	case s.DeleteMany != nil:
		return "delete_many"
	case s.Copy != nil:
		return "copy"
	case s.Exists != nil:
		return "exists"
	case s.Stat != nil:
		return "stat"
	case s.Wait != 0:
		return "wait"
	case s.Parallel != nil:
		return "parallel"
	case s.Repeat != nil:
		return "repeat"
	}
	return ""
}

// Target is the bucket and the key that the step's operation names, for copy those that it writes;
// both are empty for wait, parallel and repeat, and the key for list and delete_many.
func (s *Step) Target() (bucket, key string) {
	switch {
	case s.Upload != nil:
		return s.Upload.Bucket, s.Upload.Key
	case s.UploadStream != nil:
		return s.UploadStream.Bucket, s.UploadStream.Key
	case s.Download != nil:
		return s.Download.Bucket, s.Download.Key
	case s.List != nil:
		return s.List.Bucket, ""
	case s.Delete != nil:
		return s.Delete.Bucket, s.Delete.Key
	case s.DeleteMany != nil:
		return s.DeleteMany.Bucket, ""
	case s.Copy != nil:
		return s.Copy.To.Bucket, s.Copy.To.Key
	case s.Exists != nil:
		return s.Exists.Bucket, s.Exists.Key
	case s.Stat != nil:
		return s.Stat.Bucket, s.Stat.Key
	}
	return "", ""
}

// Label is what reports call the step: its name, or its operation and ID.
func (s *Step) Label() string {
	if s.Name != "" {
		return s.Name
	}
	return s.Operation() + " " + s.ID
}

// Upload stores a local file of Size drawn bytes, or of Content.
type Upload struct {
	strictyaml.Block `yaml:"-"`
	Bucket           string  `yaml:"bucket,required"`
	Key              string  `yaml:"key,required"`
	Size             Size    `yaml:"size"`
	Content          *string `yaml:"content"`
}

// UploadStream stores what a reader gives: Size drawn bytes, or Content.
type UploadStream struct {
	strictyaml.Block `yaml:"-"`
	Bucket           string  `yaml:"bucket,required"`
	Key              string  `yaml:"key,required"`
	Size             Size    `yaml:"size"`
	Content          *string `yaml:"content"`
	Seekable         bool    `yaml:"seekable"`      // default false
	IfNoneMatch      string  `yaml:"if_none_match"` // "*": only where there is no such object
}

// Download reads an object, or a Range of it, to a file.
type Download struct {
	strictyaml.Block `yaml:"-"`
	Bucket           string `yaml:"bucket,required"`
	Key              string `yaml:"key,required"`
	Range            *Range `yaml:"range"` // nil: the whole object
	To               string `yaml:"to"`    // below the work directory; empty: a name of the runner's choice
}

// List lists the keys of a bucket.
type List struct {
	strictyaml.Block `yaml:"-"`
	Bucket           string `yaml:"bucket,required"`
	Prefix           string `yaml:"prefix"`
	MaxKeys          int    `yaml:"max_keys,positive"` // keys a page; zero: the server's default
}

// Delete deletes an object.
type Delete struct {
	strictyaml.Block `yaml:"-"`
	Bucket           string `yaml:"bucket,required"`
	Key              string `yaml:"key,required"`
}

// DeleteMany deletes objects with as few requests as the client can.
type DeleteMany struct {
	strictyaml.Block `yaml:"-"`
	Bucket           string   `yaml:"bucket,required"`
	Keys             []string `yaml:"keys,required"` // one or more
}

// Copy lets S3 copy an object.
type Copy struct {
	strictyaml.Block `yaml:"-"`
	From             ObjectRef `yaml:"from,required"`
	To               ObjectRef `yaml:"to,required"`
}

// ObjectRef names an object.
type ObjectRef struct {
	strictyaml.Block `yaml:"-"`
	Bucket           string `yaml:"bucket,required"`
	Key              string `yaml:"key,required"`
}

// Stat asks for the size of an object.
type Stat struct {
	strictyaml.Block `yaml:"-"`
	Bucket           string `yaml:"bucket,required"`
	Key              string `yaml:"key,required"`
}

// Exists asks whether there is such an object.
type Exists struct {
	strictyaml.Block `yaml:"-"`
	Bucket           string `yaml:"bucket,required"`
	Key              string `yaml:"key,required"`
}

// Repeat takes one step again and again, one after another.
type Repeat struct {
	strictyaml.Block `yaml:"-"`
	Times            int  `yaml:"times,required,positive"`
	Step             Step `yaml:"step,required"`
}
