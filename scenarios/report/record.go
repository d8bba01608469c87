package report

import (
	_ "embed"
	"slices"
	"time"

	"github.com/s3chaos/s3chaos/faultproxy/journal"
	"github.com/s3chaos/s3chaos/scenarios"
)

// This file is the json format as Go types: a header line, then a line for each drill. It holds all
// that the other formats show, so that each of them can be made from a file of this one;
// schema.json describes it for readers in other languages.

// SchemaVersion is the version in the header line of the json format. Within a version new fields
// may appear, and existing ones keep their names.
const SchemaVersion = 1

//go:embed schema.json
var schema []byte

// Schema returns the JSON Schema (draft 2020-12) of a line of the json format.
func Schema() []byte { return slices.Clone(schema) }

// Header is the first line of the json format.
type Header struct {
	Type          string     `json:"type"` // "header"
	SchemaVersion int        `json:"schema_version"`
	Version       string     `json:"version,omitempty"`    // of the program
	StartedAt     *time.Time `json:"started_at,omitempty"` // when the run began
	Host          string     `json:"host,omitempty"`

	Suite     string `json:"suite,omitempty"`     // what was selected, as on the command line
	Seeds     string `json:"seeds,omitempty"`     // A..B
	Drills    int    `json:"drills,omitempty"`    // of the whole run, not of the shard
	Selection string `json:"selection,omitempty"` // a digest of the drills: the same for all shards of a run
	Shard     *Shard `json:"shard,omitempty"`     // nil: the whole run
}

// Shard is a part of a run: see package suite.
type Shard struct {
	Index int `json:"index"` // from 1
	Of    int `json:"of"`
}

// drill is a line of the json format.
type drill struct {
	Type          string    `json:"type"`
	Number        int       `json:"number,omitempty"` // among the drills of the whole run, from 1
	ID            string    `json:"id"`
	Name          string    `json:"name"`
	File          string    `json:"file,omitempty"`
	Client        string    `json:"client"`
	ClientVersion string    `json:"client_version,omitempty"`
	Level         string    `json:"level,omitempty"`      // of the conformance block: must, should, info or own
	FileLevel     string    `json:"file_level,omitempty"` // the same, also for the drill's own client
	Suite         int       `json:"suite,omitempty"`      // version of the conformance suite that the drill is part of
	Known         string    `json:"known,omitempty"`      // why the failure is known; if the drill passes, it is gone
	Quick         bool      `json:"quick,omitempty"`      // the client's adapter made long back-offs short
	Unfit         bool      `json:"unfit,omitempty"`      // the budget of the run left no time for the drill
	Seed          uint64    `json:"seed"`
	Clock         string    `json:"clock"`
	Verdict       string    `json:"verdict"`
	Reasons       []string  `json:"reasons"`            // as text
	Findings      []finding `json:"findings,omitempty"` // the reasons and the notes as data
	Attempts      int       `json:"attempts"`
	Sends         int       `json:"sends"`
	WaitsMS       []float64 `json:"waits_ms"`
	FaultsFired   int       `json:"faults_fired"`
	ElapsedMS     float64   `json:"elapsed_ms"`
	WallMS        float64   `json:"wall_ms"`

	ExitCode      *int           `json:"exit_code,omitempty"` // of a program
	Requests      map[string]int `json:"requests"`            // by operation; "": not an S3 operation
	BytesSent     int64          `json:"bytes_sent"`          // by the client, on the wire
	BytesReceived int64          `json:"bytes_received"`
	Stdout        string         `json:"stdout,omitempty"` // the end of a program's output
	Stderr        string         `json:"stderr,omitempty"`

	JournalSHA256 *string   `json:"journal_sha256"`        // null in real time
	Runs          int       `json:"runs,omitempty"`        // with --repeat: how often the drill was played
	Spread        *spreadOf `json:"spread,omitempty"`      // in real time: the differences between the runs
	Jitter        *jitter   `json:"jitter,omitempty"`      // how far the waits of many seeds keep to a law
	Unordered     int       `json:"unordered,omitempty"`   // requests that did not pass ClientConfig.Wrap
	Concurrent    bool      `json:"concurrent,omitempty"`  // attempts are requests: see scenarios.Group
	Interrupted   bool      `json:"interrupted,omitempty"` // the run ended before the drill did
	Steps         []step    `json:"steps"`
	Events        []event   `json:"events,omitempty"`
	Replay        string    `json:"replay,omitempty"`

	Faults  []fault  `json:"faults,omitempty"`
	YAML    []quoted `json:"yaml,omitempty"`     // the lines of the file that say what was expected
	Groups  []group  `json:"groups,omitempty"`   // the journal by logical request
	LeftOut int      `json:"left_out,omitempty"` // logical requests that are not in groups
}

// event is what the drill did to its client from outside.
type event struct {
	Event string   `json:"event"`
	Line  int      `json:"line"`
	AtMS  *float64 `json:"at_ms"` // null: it did not happen
}

type finding struct {
	Kind     string   `json:"kind"`
	Severity string   `json:"severity,omitempty"` // of the oracle's findings: fail or note
	Step     string   `json:"step,omitempty"`
	Line     int      `json:"line,omitempty"`
	Expected string   `json:"expected,omitempty"`
	Got      string   `json:"got"`
	Measured *numbers `json:"measured,omitempty"`
	Evidence []string `json:"evidence,omitempty"` // journal lines
}

// numbers are a bound and what was measured instead.
type numbers struct {
	Unit string  `json:"unit"` // count, bytes or ns
	Min  *int64  `json:"min,omitempty"`
	Max  *int64  `json:"max,omitempty"`
	Got  []int64 `json:"got"`
}

// fault is a declared fault and how often it acted.
type fault struct {
	Name  string `json:"name"`
	Rule  string `json:"rule"` // in YAML
	Line  int    `json:"line,omitempty"`
	Fired int    `json:"fired"`
	Unmet string `json:"unmet,omitempty"` // why the drill is vacuous because of it
}

type quoted struct {
	Line int    `json:"line"`
	Text string `json:"text"`
}

// group is a logical request with its attempts.
type group struct {
	Step       string    `json:"step,omitempty"`
	Operation  string    `json:"operation"`
	Bucket     string    `json:"bucket,omitempty"`
	Key        string    `json:"key,omitempty"`
	Part       int       `json:"part,omitempty"`
	Concurrent bool      `json:"concurrent,omitempty"`
	Attempts   []attempt `json:"attempts"`
}

type attempt struct {
	N         int        `json:"n"`
	WaitMS    float64    `json:"wait_ms"`
	Allowed   *window    `json:"allowed,omitempty"` // the waits that the drill allows before the attempt
	Exchanges []exchange `json:"exchanges"`
}

type window struct {
	MinMS float64  `json:"min_ms"`
	MaxMS *float64 `json:"max_ms,omitempty"` // absent: no upper bound
}

// exchange is a record of the journal, without headers and digests.
type exchange struct {
	Seq            int              `json:"seq,omitempty"`
	Kind           string           `json:"kind"` // exchange or connection
	Connection     int              `json:"connection,omitempty"`
	Reused         bool             `json:"reused,omitempty"`
	AtMS           float64          `json:"at_ms"`
	EndMS          float64          `json:"end_ms"`
	Method         string           `json:"method,omitempty"`
	Range          string           `json:"range,omitempty"`
	Rule           string           `json:"rule,omitempty"`
	Fault          string           `json:"fault,omitempty"`
	Fired          []journal.Firing `json:"fired,omitempty"`
	Status         int              `json:"status,omitempty"`
	UpstreamStatus int              `json:"upstream_status,omitempty"`
	ErrorCode      string           `json:"error_code,omitempty"`
	Committed      bool             `json:"committed,omitempty"`
	BytesSent      int64            `json:"bytes_sent"` // by the client
	BytesReceived  int64            `json:"bytes_received"`
	Done           bool             `json:"done"`
	Ended          string           `json:"ended,omitempty"`
	Why            string           `json:"why,omitempty"`
}

type spreadOf struct {
	Verdicts     map[scenarios.Verdict]int `json:"verdicts"`
	Attempts     [2]int                    `json:"attempts"`   // least and most
	ElapsedMilli [2]float64                `json:"elapsed_ms"` // least and most
}

// jitter has the fields of scenarios.Jitter.
type jitter struct {
	Law      string  `json:"law"`
	Seeds    int     `json:"seeds"`
	Waits    int     `json:"waits"`
	Outside  int     `json:"outside"`
	Test     string  `json:"test"`
	Distance float64 `json:"distance"`
	P        float64 `json:"p"`
}

type step struct {
	ID        string    `json:"id,omitempty"`
	Name      string    `json:"name"`
	Operation string    `json:"operation"`
	Line      int       `json:"line,omitempty"`
	Depth     int       `json:"depth,omitempty"` // of a step inside a step
	StartMS   float64   `json:"start_ms"`
	EndMS     float64   `json:"end_ms"`
	Outcome   string    `json:"outcome"`
	Error     string    `json:"error,omitempty"`
	ErrorCode string    `json:"error_code"`
	ErrorKind string    `json:"error_kind,omitempty"`
	Attempts  int       `json:"attempts"`
	Sends     int       `json:"sends"`
	WaitsMS   []float64 `json:"waits_ms"`
	Load      *load     `json:"load,omitempty"` // of a load, whose waits_ms is empty
}

// load is a load in numbers.
type load struct {
	Workers             int             `json:"workers"`
	Operations          int             `json:"operations"`
	Failed              int             `json:"failed"`
	ElapsedMS           float64         `json:"elapsed_ms"`
	OperationsPerSecond float64         `json:"operations_per_second"`
	BytesSent           int64           `json:"bytes_sent"`
	BytesReceived       int64           `json:"bytes_received"`
	Retries             int             `json:"retries"`
	WaitedMS            float64         `json:"waited_ms"`
	LongestWaitMS       float64         `json:"longest_wait_ms"`
	Of                  []loadOperation `json:"of"`
}

// loadOperation is how long the operations of one kind took.
type loadOperation struct {
	Operation string  `json:"operation"`
	Count     int     `json:"count"`
	Failed    int     `json:"failed"`
	P50MS     float64 `json:"p50_ms"`
	P90MS     float64 `json:"p90_ms"`
	P99MS     float64 `json:"p99_ms"`
	MaxMS     float64 `json:"max_ms"`
}
