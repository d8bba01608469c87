package scenarios

import (
	"time"

	"github.com/s3chaos/s3chaos/faultproxy"
	"github.com/s3chaos/s3chaos/scenarios/oracle"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

// A Verdict is the judgement on one drill.
type Verdict string

// The verdicts, in the order in which they are considered: the first that holds is the drill's.
const (
	Skip    Verdict = "skip"    // a required program is missing, or the client lacks an operation
	Error   Verdict = "error"   // the harness, or the world before any fault, broke: nothing is known of the client
	Fail    Verdict = "fail"    // an expectation or the oracle was violated
	Vacuous Verdict = "vacuous" // all was well, but a declared fault never fired, so nothing was proved
	Pass    Verdict = "pass"
)

// A Reason says why a drill did not pass.
type Reason struct {
	Kind     string   // the key of the expectation ("attempts"), the finding ("lost-write"), "unfired", "harness" or "skip"
	Severity Severity // of a finding; empty for every other reason
	Step     string   // the step it is about, as in StepResult.ID; empty: the whole drill
	Line     int      // the line of the scenario file that expected otherwise; 0: none did
	Expected string   // what was expected, in the words of the file; empty for findings
	Got      string   // what happened
	Evidence []string // the few journal lines that prove it
}

// String is the reason in one line.
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

// The severities. A drill fails for a finding that the client could have avoided. What no client
// could have known is a note: the drill shows it, and does not fail for it.
const (
	SeverityFail = oracle.Fail
	SeverityNote = oracle.Note
)

// A Result is all that is known of one drill.
type Result struct {
	ID     string // the built-in scenario's id, else the file
	File   string
	Name   string
	Client string // "builtin", "sdk", "run", or "custom" for one given by Options.NewClient
	Seed   uint64
	Clock  script.Clock

	Verdict Verdict
	Reasons []Reason // what did not hold, unfired faults first; for pass, none
	Notes   []Reason // findings that no client could have avoided; they leave the verdict as it is

	Attempts int             // tries the client decided on, over all steps
	Sends    int             // requests on the wire
	Waits    []time.Duration // by logical request in order of first arrival, each one's together
	Faults   []FaultResult   // one for each declared fault, in the file's order
	Elapsed  time.Duration   // scenario time, first step's start to last step's end
	Wall     time.Duration   // real time

	JournalSHA256 string // empty in real time, where no two runs are alike
	Runs          int    // how often the drill was played; 0: once
	Spread        *Spread
	Unordered     int // requests that came past ClientConfig.Wrap: the drill is not repeatable if they run together
	Steps         []StepResult
	Groups        []Group             // the journal by logical request: what the timeline shows
	Journal       []faultproxy.Record // every exchange and refused connection

	Stdout, Stderr string // of a `run:` client, bounded
	Replay         string // the command that plays the drill again

	interrupted bool // by the end of Run's context
}

// Interrupted reports whether the drill was not played to its end because the run was interrupted.
// Its verdict is then skip or error, and says nothing of the client.
func (r *Result) Interrupted() bool { return r.interrupted }

// FaultsFired is how often any fault acted.
func (r *Result) FaultsFired() int {
	sum := 0
	for _, f := range r.Faults {
		sum += f.Fired
	}
	return sum
}

// A FaultResult says what became of a declared fault.
type FaultResult struct {
	Name  string // as in the journal
	Text  string // the rule as text that parses back
	Line  int
	Fired int
	Unmet string // why its not firing leaves the drill vacuous; empty when it does not
}

// Unreached is the outcome of a step that the drill never came to.
const Unreached script.Outcome = "unreached"

// A StepResult is what one step did. Steps inside `parallel` and `repeat` follow the step that
// holds them.
type StepResult struct {
	ID        string // "1", "2.1", "3.17": place in the file, and in `repeat` the turn
	Name      string // the step's name, else its operation and key
	Operation string // "upload", "download", …, "parallel", "repeat", "run"
	Line      int
	Depth     int // 0 for a step of the list, 1 for one inside it, …

	Start, End time.Duration // scenario time
	Outcome    script.Outcome
	Err        string           // the client's error
	ErrorCode  string           // S3's code, as the client reported it
	ErrorKind  script.ErrorKind // empty: unknown

	Attempts int
	Sends    int
	Waits    []time.Duration
}

// ExitCode is the exit status a run with these results deserves: 1 with a fail, 3 with an error or
// a vacuous drill, else 0.
func ExitCode(results []*Result) int {
	code := 0
	for _, r := range results {
		switch r.Verdict {
		case Fail:
			return 1
		case Error, Vacuous:
			code = 3
		}
	}
	return code
}
