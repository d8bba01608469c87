package scenarios

import (
	"time"

	"github.com/s3chaos/s3chaos/faultproxy"
	"github.com/s3chaos/s3chaos/scenarios/oracle"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

// A Verdict is the result of one drill in one word.
type Verdict string

// The verdicts, in order of precedence: a drill gets the first one that applies.
const (
	Skip    Verdict = "skip"    // a required program is missing, or the client lacks an operation
	Error   Verdict = "error"   // the harness or the fake S3 broke, so that nothing is known of the client
	Fail    Verdict = "fail"    // an expectation or the oracle was violated
	Vacuous Verdict = "vacuous" // nothing was violated, but a declared fault did not fire, so the drill proves nothing
	Pass    Verdict = "pass"
)

// A Reason says why a drill did not pass.
type Reason struct {
	Kind     string   // an expectation ("attempts"), a finding ("lost-write"), "unfired", "harness" or "skip"
	Severity Severity // of a finding; empty for every other reason
	Step     string   // id of the step it is about, as in StepResult.ID; empty for the whole drill
	Line     int      // the line of the expectation in the scenario file; 0 without one
	Expected string   // what was expected, in the words of the file; empty for findings
	Got      string   // what happened
	Evidence []string // the last journal lines that prove it

	// Measured are the numbers of Expected and Got; nil if they are not numbers.
	Measured *Measured
}

// Measured is what a reason says in numbers: the bounds that the file expects, and the numbers that
// are not within them.
type Measured struct {
	Unit     Unit
	Min, Max *int64  // nil: no such bound
	Got      []int64 // one number, or every wait
}

// A Unit is the unit of the numbers of [Measured].
type Unit string

// The units.
const (
	Count       Unit = "count"
	Bytes       Unit = "bytes"
	Nanoseconds Unit = "ns"
)

// measured returns the numbers of a bound and of what was measured instead.
func measured[T ~int | ~int64](unit Unit, b script.Bound[T], got ...T) *Measured {
	m := &Measured{Unit: unit, Got: make([]int64, len(got))}
	if lo, has := b.Min(); has {
		m.Min = new(int64(lo))
	}
	if hi, has := b.Max(); has {
		m.Max = new(int64(hi))
	}
	for i, n := range got {
		m.Got[i] = int64(n)
	}
	return m
}

// String returns the reason as one line.
func (r Reason) String() string {
	text := r.Kind + ": "
	if r.Step != "" {
		text = "step " + r.Step + ": " + text
	}
	if r.Expected == "" {
		return text + r.Got
	}
	return text + "expected " + r.Expected + ", got " + r.Got
}

// A Severity says whether the client is to blame for a finding.
type Severity = oracle.Severity

// The severities. A finding that the client could have avoided fails the drill. A finding that no
// client could have avoided is a note: the report shows it, and the drill does not fail.
const (
	SeverityFail = oracle.Fail
	SeverityNote = oracle.Note
)

// A Result is the outcome of one drill: its verdict, the reasons for it, and the journal.
type Result struct {
	Number int    // of the drill in its run, from 1; 0: unknown. The caller of Run sets it.
	ID     string // the id of a built-in scenario, or else the file
	File   string
	Name   string
	Client string // "builtin", "sdk", "run", an adapter's name, or "custom" for one from Options.NewClient
	Seed   uint64
	Clock  script.Clock

	ClientVersion string       // of a client that an adapter describes, as its program reports it
	FileLevel     script.Level // of the file's conformance block, whatever client plays
	Level         script.Level // what a client owes in this drill; empty: the drill tests its own client

	Quick bool          // the adapter set the client to wait less before a retry than it does by itself
	Unfit bool          // the budget of the run left no time for the drill; its verdict is skip
	Suite int           // the version of the suite, SuiteVersion; 0: the drill is not part of it
	Known *KnownFailure // the known failure that the drill has or, if it passes, had; nil: none is known

	Verdict Verdict
	Reasons []Reason // what did not hold, unfired faults first; empty for pass
	Notes   []Reason // findings that no client could have avoided; they do not change the verdict

	Attempts int             // attempts of all steps
	Sends    int             // requests on the wire
	Jitter   *Jitter         // nil: the drill expects no law of jitter of this client
	Waits    []time.Duration // grouped by logical request, in order of first arrival, without those of loads
	Faults   []FaultResult   // one for each declared fault, in the file's order; then those of steps
	Elapsed  time.Duration   // scenario time from the start of the first step to the end of the last
	ExitCode *int            // of a program; nil without one

	Requests                 map[string]int // requests by operation; "" stands for what is not an S3 operation
	BytesSent, BytesReceived int64          // by the client, on the wire

	Wall time.Duration // real time

	JournalSHA256 string // empty in real time, where runs differ
	Runs          int    // how often the drill was played; 0 means once
	Spread        *Spread
	Unordered     int // requests that did not pass ClientConfig.Wrap: not repeatable if concurrent
	Steps         []StepResult
	Events        []Event             // what happened to the client from outside, in the order of the file
	Groups        []Group             // the journal by logical request, as the timeline shows it
	Journal       []faultproxy.Record // every exchange and refused connection
	LeftOut       int                 // logical requests that a report left out of Groups and Journal

	// Quoted are the lines of the file that say what was expected: the blocks expect and
	// conformance, and the lines of the reasons.
	Quoted []QuotedLine

	Stdout, Stderr string // of a `run:` client, bounded
	Replay         string // the command that plays the drill again

	interrupted bool  // Run's context ended before the drill did
	err         error // why the verdict is error; nil if a finding says it
	spreads     []spread
}

// Err returns the error behind the verdict error, or nil. It matches [faultproxy.ErrNoProgress] if
// the client went on without end, and [ErrPanic] if it panicked.
func (r *Result) Err() error { return r.err }

// Interrupted reports whether the drill was not played to its end because the run was interrupted.
// Its verdict is then skip or error, and says nothing of the client.
func (r *Result) Interrupted() bool { return r.interrupted }

// SetInterrupted marks a result that was read from a report: see Interrupted.
func (r *Result) SetInterrupted() { r.interrupted = true }

// FaultsFired returns how often faults acted, all of them together.
func (r *Result) FaultsFired() int {
	sum := 0
	for _, f := range r.Faults {
		sum += f.Fired
	}
	return sum
}

// A FaultResult says how often a fault acted that the file declares or a step has added.
type FaultResult struct {
	Name  string // as in the journal
	Text  string // the rule in YAML, which parses to the same rule
	Line  int
	Fired int
	Unmet string // why the drill is vacuous because of this fault; empty if it is not
}

// An Event is what a drill did to its client from outside: a signal to a program, or a change of a
// file that it sends.
type Event struct {
	Text     string // in the words of the file: "signal KILL"
	Line     int
	Happened bool
	At       time.Duration // scenario time; 0 if it did not happen
	unmet    string        // why it did not happen; empty: the client ended before
}

// Unreached is the outcome of a step that did not start.
const Unreached script.Outcome = "unreached"

// A StepResult is the result of one step. The steps inside a `parallel` or `repeat` step follow it
// in the list.
type StepResult struct {
	ID        string // "1", "2.1", "3.17": the position in the file, and for `repeat` the number of the repetition
	Name      string // the step's name, or else its operation and key
	Operation string // "upload", "download", …, "parallel", "repeat", "load", "run"
	Line      int
	Depth     int // 0 for a step of the list, 1 for a step inside it, and so on

	Start, End time.Duration // scenario time
	Outcome    script.Outcome
	Err        string           // the client's error
	ErrorCode  string           // S3's code, as the client reported it
	ErrorKind  script.ErrorKind // empty: unknown

	Attempts int
	Sends    int
	Waits    []time.Duration // nil for a load

	Load *LoadResult // of a load; else nil
}

// ExitCode returns the exit status for a run with these results: 1 if a drill has the verdict fail,
// else 3 if one has error or vacuous, else 0. A failure of level should or info does not count, nor
// one that is known.
func ExitCode(results []*Result) int {
	code := 0
	for _, r := range results {
		code = ExitCodeWith(code, r)
	}
	return code
}

// ExitCodeWith returns the exit status for a run whose other results have the exit status code: see
// [ExitCode].
func ExitCodeWith(code int, r *Result) int {
	switch {
	case r.Known != nil:
	case r.Verdict == Fail && (r.Level == "" || r.Level == script.Must):
		return 1
	case code == 0 && (r.Verdict == Error || r.Verdict == Vacuous):
		return 3
	}
	return code
}
