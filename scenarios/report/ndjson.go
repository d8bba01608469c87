package report

import (
	"encoding/json"
	"io"
	"math"
	"time"

	"github.com/s3chaos/s3chaos/scenarios"
)

// SchemaVersion is the version in the header line of the json format. Within a version new fields
// may appear, and existing ones keep their names.
const SchemaVersion = 1

type header struct {
	Type          string `json:"type"`
	SchemaVersion int    `json:"schema_version"`
	Version       string `json:"version,omitempty"`
}

// drill is a line of the json format.
type drill struct {
	Type          string    `json:"type"`
	ID            string    `json:"id"`
	Name          string    `json:"name"`
	File          string    `json:"file,omitempty"`
	Client        string    `json:"client"`
	ClientVersion string    `json:"client_version,omitempty"`
	Level         string    `json:"level,omitempty"` // of the conformance block: must, should, info or own
	Seed          uint64    `json:"seed"`
	Clock         string    `json:"clock"`
	Verdict       string    `json:"verdict"`
	Reasons       []string  `json:"reasons"`
	Findings      []finding `json:"findings,omitempty"` // the oracle's findings, with those of severity note
	Attempts      int       `json:"attempts"`
	Sends         int       `json:"sends"`
	WaitsMS       []float64 `json:"waits_ms"`
	FaultsFired   int       `json:"faults_fired"`
	ElapsedMS     float64   `json:"elapsed_ms"`
	WallMS        float64   `json:"wall_ms"`
	JournalSHA256 *string   `json:"journal_sha256"`        // null in real time
	Runs          int       `json:"runs,omitempty"`        // with --repeat: how often the drill was played
	Spread        *spreadOf `json:"spread,omitempty"`      // in real time: the differences between the runs
	Unordered     int       `json:"unordered,omitempty"`   // requests that did not pass ClientConfig.Wrap
	Concurrent    bool      `json:"concurrent,omitempty"`  // attempts are requests: see scenarios.Group
	Interrupted   bool      `json:"interrupted,omitempty"` // the run ended before the drill did
	Steps         []step    `json:"steps"`
	Events        []event   `json:"events,omitempty"`
	Replay        string    `json:"replay,omitempty"`
}

// event is what the drill did to its client from outside.
type event struct {
	Event string   `json:"event"`
	Line  int      `json:"line"`
	AtMS  *float64 `json:"at_ms"` // null: it did not happen
}

type finding struct {
	Kind     string   `json:"kind"`
	Severity string   `json:"severity"` // fail or note
	Step     string   `json:"step,omitempty"`
	Line     int      `json:"line,omitempty"`
	Got      string   `json:"got"`
	Evidence []string `json:"evidence,omitempty"`
}

type spreadOf struct {
	Verdicts     map[scenarios.Verdict]int `json:"verdicts"`
	Attempts     [2]int                    `json:"attempts"`   // least and most
	ElapsedMilli [2]float64                `json:"elapsed_ms"` // least and most
}

type step struct {
	Name      string    `json:"name"`
	Operation string    `json:"operation"`
	Outcome   string    `json:"outcome"`
	ErrorCode string    `json:"error_code"`
	Attempts  int       `json:"attempts"`
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

func loadOf(l *scenarios.LoadResult) *load {
	if l == nil {
		return nil
	}
	perSecond, _ := l.PerSecond()
	out := &load{
		Workers: l.Workers, Operations: l.Operations, Failed: l.Failed, ElapsedMS: millisecond(l.Elapsed),
		OperationsPerSecond: math.Round(perSecond*1000) / 1000,
		BytesSent:           l.Sent, BytesReceived: l.Received,
		Retries: l.Retries, WaitedMS: millisecond(l.Waited), LongestWaitMS: millisecond(l.LongestWait),
		Of: []loadOperation{},
	}
	for _, o := range l.Of {
		out.Of = append(out.Of, loadOperation{
			o.Operation, o.Count, o.Failed,
			millisecond(o.P50), millisecond(o.P90), millisecond(o.P99), millisecond(o.Max),
		})
	}
	return out
}

type ndjson struct {
	encoder *json.Encoder
	options Options
	begun   bool
}

func newNDJSON(w io.Writer, o Options) Writer {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	return &ndjson{encoder: encoder, options: o}
}

func (n *ndjson) begin() error {
	if n.begun {
		return nil
	}
	n.begun = true
	return n.encoder.Encode(header{Type: "header", SchemaVersion: SchemaVersion, Version: n.options.Version})
}

func (n *ndjson) Drill(r *scenarios.Result) error {
	if err := n.begin(); err != nil {
		return err
	}
	return n.encoder.Encode(line(r))
}

func (n *ndjson) Close() error { return n.begin() }

func line(r *scenarios.Result) drill {
	d := drill{
		Type: "drill", ID: r.ID, Name: r.Name, File: r.File, Client: r.Client,
		ClientVersion: r.ClientVersion, Level: string(r.Level), Seed: r.Seed, Clock: string(r.Clock),
		Verdict: string(r.Verdict), Reasons: []string{}, Attempts: r.Attempts, Sends: r.Sends,
		WaitsMS:     milliseconds(r.Waits),
		FaultsFired: r.FaultsFired(), ElapsedMS: millisecond(r.Elapsed), WallMS: millisecond(r.Wall), Steps: []step{},
		Replay: r.Replay,
	}
	if r.JournalSHA256 != "" {
		d.JournalSHA256 = &r.JournalSHA256
	}
	d.Interrupted = r.Interrupted()
	d.Runs, d.Unordered, d.Concurrent = r.Runs, r.Unordered, scenarios.Concurrent(r.Groups)
	if s := r.Spread; s != nil {
		d.Spread = &spreadOf{
			s.Verdicts,
			[2]int{s.MinAttempts, s.MaxAttempts},
			[2]float64{millisecond(s.MinElapsed), millisecond(s.MaxElapsed)},
		}
	}
	for _, reason := range r.Reasons {
		d.Reasons = append(d.Reasons, reason.String())
	}
	for _, f := range findings(r) {
		d.Findings = append(d.Findings, finding{f.Kind, string(f.Severity), f.Step, f.Line, f.Got, f.Evidence})
	}
	for _, e := range r.Events {
		line := event{Event: e.Text, Line: e.Line}
		if e.Happened {
			at := millisecond(e.At)
			line.AtMS = &at
		}
		d.Events = append(d.Events, line)
	}
	for _, s := range r.Steps {
		d.Steps = append(d.Steps, step{
			Name: s.Name, Operation: s.Operation, Outcome: string(s.Outcome), ErrorCode: s.ErrorCode,
			Attempts: s.Attempts, WaitsMS: milliseconds(s.Waits),
			Load: loadOf(s.Load),
		})
	}
	return d
}

func milliseconds(list []time.Duration) []float64 {
	out := make([]float64, len(list))
	for i, d := range list {
		out[i] = millisecond(d)
	}
	return out
}

// millisecond returns d in milliseconds, with a precision of one nanosecond.
func millisecond(d time.Duration) float64 {
	return math.Round(float64(d)) / float64(time.Millisecond)
}
