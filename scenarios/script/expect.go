package script

import (
	"strings"
	"time"

	"github.com/s3chaos/s3chaos/internal/strictyaml"
)

// Expect is what must come of a drill, or of one step. What is nil or empty is not checked.
// [Block.At] names the line of each key.
type Expect struct {
	strictyaml.Block `yaml:"-"`

	Outcome  Outcome        `yaml:"outcome"`
	Error    *ErrorExpect   `yaml:"error"`
	Attempts Counts         `yaml:"attempts"` // every one must hold
	Sends    Counts         `yaml:"sends"`    // every one must hold
	Waits    *Waits         `yaml:"waits"`
	Elapsed  *DurationBound `yaml:"elapsed"` // scenario time

	Requests      []RequestExpect `yaml:"requests"`
	BytesSent     *SizeBound      `yaml:"bytes_sent"`     // client to proxy
	BytesReceived *SizeBound      `yaml:"bytes_received"` // proxy to client

	Exists  *bool          `yaml:"exists"`
	Keys    []string       `yaml:"keys"` // nil: unchecked; empty: there must be none
	Objects []ObjectExpect `yaml:"objects"`

	ExitCode *IntBound   `yaml:"exit_code"`
	Stdout   *TextExpect `yaml:"stdout"`
	Stderr   *TextExpect `yaml:"stderr"`

	QuietFor time.Duration `yaml:"quiet_for,positive"`
	Files    []FileExpect  `yaml:"files"`
	Progress Progress      `yaml:"progress"`
	Violates []Finding     `yaml:"violates"`
}

// Outcome is success when every step succeeded, failure when one failed.
type Outcome string

// The outcomes. For a drill the empty Outcome means success, unless another expectation implies
// failure; for a step it is unchecked, and the drill's holds. Any is unchecked.
const (
	Success Outcome = "success"
	Failure Outcome = "failure"
	Any     Outcome = "any"
)

// ErrorExpect is what the last error must be; what is empty is unchecked.
type ErrorExpect struct {
	strictyaml.Block `yaml:"-"`
	Code             string    `yaml:"code"` // of S3: NoSuchKey
	Kind             ErrorKind `yaml:"kind"`
}

// ErrorKind is why a client gave up.
type ErrorKind string

// The kinds of error.
const (
	KindExhausted ErrorKind = "exhausted"
	KindPermanent ErrorKind = "permanent"
	KindCanceled  ErrorKind = "canceled"
	KindDeadline  ErrorKind = "deadline"
	KindBudget    ErrorKind = "budget"
	KindIntegrity ErrorKind = "integrity"
	KindUnknown   ErrorKind = "unknown" // the outcome of the write is unknown
)

// CountBound bounds a count, of one S3 operation where Of names it.
type CountBound struct {
	Of string
	IntBound
}

// Waits bounds the waits between attempts: by the declared retry policy, or one by one.
type Waits struct {
	strictyaml.Place
	Policy bool
	Each   []DurationBound // one a wait; empty and not Policy: there must be none
}

// RequestExpect is what the Nth request of an operation must look like.
type RequestExpect struct {
	strictyaml.Block `yaml:"-"`
	Operation        string            `yaml:"operation,required"`
	Nth              int               `yaml:"nth,positive"` // from 1; default 1
	RangeStart       *Size             `yaml:"range_start"`
	Headers          map[string]string `yaml:"headers"` // name → pattern of the value
}

// ObjectExpect is what a bucket must hold at a key.
type ObjectExpect struct {
	strictyaml.Block `yaml:"-"`
	Bucket           string  `yaml:"bucket,required"`
	Key              string  `yaml:"key,required"`
	SameAs           *SameAs `yaml:"same_as"`
	Content          *string `yaml:"content"`
}

// FileExpect is what a file below the work directory must hold.
type FileExpect struct {
	strictyaml.Block `yaml:"-"`
	Path             string  `yaml:"path,required"`
	SameAs           *SameAs `yaml:"same_as"`
	Content          *string `yaml:"content"`
}

// SameAs names bytes: those of the drill's upload to that key, of an object, or of a file declared
// under files.
type SameAs struct {
	strictyaml.Block `yaml:"-"`
	Upload           bool   `yaml:"-"`
	Bucket           string `yaml:"bucket"`
	Key              string `yaml:"key"`
	File             string `yaml:"file"`
}

// TextExpect is what a program's output must contain.
type TextExpect struct {
	strictyaml.Block `yaml:"-"`
	Contains         string `yaml:"contains,required"`
}

// Progress is a promise about the bytes told to a progress callback.
type Progress string

// Monotonic progress never goes back.
const Monotonic Progress = "monotonic"

// Finding is what the oracle can find wrong.
type Finding string

// The oracle's findings.
const (
	LostWrite      Finding = "lost-write"
	TornObject     Finding = "torn-object"
	WrongRead      Finding = "wrong-read"
	PhantomSuccess Finding = "phantom-success"
	OrphanUpload   Finding = "orphan-upload"
	Leak           Finding = "leak"
	Hang           Finding = "hang"
	LateRequest    Finding = "late-request"
	TornFile       Finding = "torn-file"
	Destroyed      Finding = "destroyed"
	FalseFailure   Finding = "false-failure"
)

// Findings lists all findings.
func Findings() []Finding {
	return []Finding{
		LostWrite, TornObject, WrongRead, PhantomSuccess, OrphanUpload, Leak, Hang, LateRequest, TornFile, Destroyed,
		FalseFailure,
	}
}

// String prints the expectation as the format writes it.
func (e *ErrorExpect) String() string {
	var parts []string
	if e.Code != "" {
		parts = append(parts, "code: "+e.Code)
	}
	if e.Kind != "" {
		parts = append(parts, "kind: "+string(e.Kind))
	}
	if len(parts) == 0 {
		return "an error"
	}
	return "{" + strings.Join(parts, ", ") + "}"
}
