package script

import (
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/s3chaos/s3chaos/internal/strictyaml"
)

// Expect is the required result of a drill or of one step. A nil or empty field is not checked.
// [Block.At] returns the line of each key.
type Expect struct {
	strictyaml.Block `yaml:"-"`

	Outcome    Outcome        `yaml:"outcome"`
	Succeed    *IntBound      `yaml:"succeed"`    // how many of the steps inside succeed
	Operations *IntBound      `yaml:"operations"` // how many steps the workers of a load took
	Error      *ErrorExpect   `yaml:"error"`
	Attempts   Counts         `yaml:"attempts"` // all must hold
	Sends      Counts         `yaml:"sends"`    // all must hold
	Waits      *Waits         `yaml:"waits"`
	Jitter     *JitterExpect  `yaml:"jitter"`
	Elapsed    *DurationBound `yaml:"elapsed"` // scenario time

	Requests      []RequestExpect `yaml:"requests"`
	BytesSent     *SizeBound      `yaml:"bytes_sent"`     // client to proxy
	BytesReceived *SizeBound      `yaml:"bytes_received"` // proxy to client

	Exists  *bool          `yaml:"exists"`
	Keys    []string       `yaml:"keys"` // nil: not checked; empty: want no keys
	Objects []ObjectExpect `yaml:"objects"`

	ExitCode *IntBound   `yaml:"exit_code"`
	Stdout   *TextExpect `yaml:"stdout"`
	Stderr   *TextExpect `yaml:"stderr"`

	Call *CallExpect `yaml:"call"`
	Raw  *RawExpect  `yaml:"raw"`

	QuietFor time.Duration `yaml:"quiet_for,positive"`
	Files    []FileExpect  `yaml:"files"`
	Progress Progress      `yaml:"progress"`
	Violates []Finding     `yaml:"violates"`
	Log      []string      `yaml:"log"` // a pattern for each line of the client's log; nil: not checked
}

// None reports whether e expects nothing. The outcome [Any] expects nothing.
func (e *Expect) None() bool {
	c := *e
	c.Block = strictyaml.Block{}
	if c.Outcome == Any {
		c.Outcome = ""
	}
	return reflect.ValueOf(c).IsZero()
}

// Outcome says whether the steps succeed: success if all of them do, failure if at least one fails.
type Outcome string

// The outcomes. Any is not checked. For a drill, the empty Outcome means success, unless another
// expectation implies failure. For a step, the empty Outcome is not checked, and that of the drill
// applies.
const (
	Success Outcome = "success"
	Failure Outcome = "failure"
	Any     Outcome = "any"
)

// ErrorExpect is the required last error. An empty field is not checked.
type ErrorExpect struct {
	strictyaml.Block `yaml:"-"`
	Code             string    `yaml:"code"` // an S3 error code, such as NoSuchKey
	Kind             ErrorKind `yaml:"kind"`
	Text             string    `yaml:"text"` // a pattern of the whole text
}

// ErrorKind says why a client gave up.
type ErrorKind string

// The kinds of error.
const (
	KindExhausted ErrorKind = "exhausted"
	KindPermanent ErrorKind = "permanent"
	KindCanceled  ErrorKind = "canceled"
	KindDeadline  ErrorKind = "deadline"
	KindBudget    ErrorKind = "budget"
	KindBreaker   ErrorKind = "breaker"
	KindIntegrity ErrorKind = "integrity"
	KindUnknown   ErrorKind = "unknown" // the outcome of the write is unknown
	KindInvalid   ErrorKind = "invalid" // the client refuses what it is asked for, and sends nothing
)

// CountBound bounds a count of requests. If Of is set, it counts only that S3 operation.
type CountBound struct {
	Of string
	IntBound
}

// Waits bounds the waits between attempts, either by the declared retry policy or each by its own
// bound.
type Waits struct {
	strictyaml.Place
	Policy bool
	Each   []DurationBound // one for each wait; empty without Policy: want no waits
}

// JitterExpect says from which law the waits of many seeds are drawn.
type JitterExpect struct {
	strictyaml.Block `yaml:"-"`
	Is               JitterName `yaml:"is,required"`
	OverSeeds        int        `yaml:"over_seeds,required,positive"` // from the drill's seed on
}

// RequestExpect describes the Nth request of an operation.
type RequestExpect struct {
	strictyaml.Block `yaml:"-"`
	Operation        string            `yaml:"operation,required"`
	Nth              int               `yaml:"nth,positive"` // from 1; default 1
	RangeStart       *Size             `yaml:"range_start"`
	Headers          map[string]string `yaml:"headers"` // name → pattern of the value
	Absent           []string          `yaml:"absent"`  // headers that the request does not have

	// What the proxy's journal says of the exchange. Times count from the arrival of the request;
	// sizes are bytes on the wire.
	Status    *int           `yaml:"status"`    // that the client was sent; 0: none
	Ended     Ending         `yaml:"ended"`     // empty: not checked
	Rules     []string       `yaml:"rules"`     // that acted, in order; nil: not checked; empty: none did
	Fault     string         `yaml:"fault"`     // a pattern of the text of the faults that acted; empty: not checked
	Committed *bool          `yaml:"committed"` // S3 reported a success to a write
	Received  *DurationBound `yaml:"received"`  // until the last byte of the request was read
	Answered  *DurationBound `yaml:"answered"`  // until the first byte of the response was sent
	Elapsed   *DurationBound `yaml:"elapsed"`   // until the exchange ended for the client

	BytesSent     *SizeBound `yaml:"bytes_sent"`     // client to proxy
	BytesReceived *SizeBound `yaml:"bytes_received"` // proxy to client
}

// Ending says how an exchange ended, in the words of the proxy's journal.
type Ending string

// endings are the words of the journal for exchanges.
var endings = []Ending{"complete", "reset", "closed", "timeout", "client_gone", "upstream_error", "bad_request"}

// ObjectExpect is the required content of a bucket at a key.
type ObjectExpect struct {
	strictyaml.Block `yaml:"-"`
	Bucket           string  `yaml:"bucket,required"`
	Key              string  `yaml:"key,required"`
	SameAs           *SameAs `yaml:"same_as"`
	Content          *string `yaml:"content"`
}

// FileExpect is what a file below the work directory has to be.
type FileExpect struct {
	strictyaml.Block `yaml:"-"`
	Path             string   `yaml:"path,required"`
	SameAs           *SameAs  `yaml:"same_as"`
	Content          *string  `yaml:"content"`
	LinkTo           string   `yaml:"link_to"` // empty: not checked
	Mode             FileMode `yaml:"mode"`    // zero: not checked
}

// SameAs names the bytes to compare with: those that the drill uploaded to the key, those of an
// object, or those of a declared file.
type SameAs struct {
	strictyaml.Block `yaml:"-"`
	Upload           bool   `yaml:"-"`
	Bucket           string `yaml:"bucket"`
	Key              string `yaml:"key"`
	File             string `yaml:"file"`
}

// TextExpect is a text that the output of a program must contain.
type TextExpect struct {
	strictyaml.Block `yaml:"-"`
	Contains         string `yaml:"contains,required"`
}

// Progress is a promise about the byte counts that a progress callback gets.
type Progress string

// Monotonic progress never decreases, with one exception: the last report of a success may be the
// size, also if an attempt brought more bytes of a longer object that was replaced meanwhile.
const Monotonic Progress = "monotonic"

// Complete progress is monotonic, says something new each time, is never ahead of what a download
// has received, and ends a success with its size.
const Complete Progress = "complete"

// Finding is a kind of defect that the oracle can report.
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

// Findings returns all findings.
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
	if e.Text != "" {
		parts = append(parts, "text: "+strconv.Quote(e.Text))
	}
	if len(parts) == 0 {
		return "an error"
	}
	return "{" + strings.Join(parts, ", ") + "}"
}
