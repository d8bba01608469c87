package report

import (
	"encoding/json"
	"io"
	"slices"

	"github.com/s3chaos/s3chaos/scenarios"
)

// ndjson writes the json format. It keeps no result.
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
	return n.encoder.Encode(n.options.header())
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
		Type: "drill", Number: r.Number, ID: r.ID, Name: r.Name, File: r.File, Client: r.Client,
		ClientVersion: r.ClientVersion, Level: string(r.Level), FileLevel: string(r.FileLevel),
		Seed: r.Seed, Clock: string(r.Clock),
		Verdict: string(r.Verdict), Reasons: []string{}, Attempts: r.Attempts, Sends: r.Sends,
		WaitsMS:     milliseconds(r.Waits),
		FaultsFired: r.FaultsFired(), ElapsedMS: millisecond(r.Elapsed), WallMS: millisecond(r.Wall), Steps: []step{},
		Replay: r.Replay, Suite: r.Suite, Unfit: r.Unfit, Quick: r.Quick,
	}
	if r.Known != nil {
		d.Known = r.Known.Reason
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
	if j := r.Jitter; j != nil {
		d.Jitter = &jitter{j.Law, j.Seeds, j.Waits, j.Outside, j.Test, j.D, j.P}
	}
	for _, reason := range r.Reasons {
		d.Reasons = append(d.Reasons, reason.String())
	}
	d.Findings = findingLines(r)
	d.measure(r)
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
			ID: s.ID, Name: s.Name, Operation: s.Operation, Line: s.Line, Depth: s.Depth,
			StartMS: millisecond(s.Start), EndMS: millisecond(s.End),
			Outcome: string(s.Outcome), Error: s.Err, ErrorCode: s.ErrorCode, ErrorKind: string(s.ErrorKind),
			Attempts: s.Attempts, Sends: s.Sends, WaitsMS: milliseconds(s.Waits),
			Load: loadOf(s.Load),
		})
	}
	return d
}

// findingLines returns the reasons of a result, then its notes.
func findingLines(r *scenarios.Result) []finding {
	var lines []finding
	for _, f := range slices.Concat(r.Reasons, r.Notes) {
		line := finding{
			Kind: f.Kind, Severity: string(f.Severity), Step: f.Step, Line: f.Line,
			Expected: f.Expected, Got: f.Got, Evidence: f.Evidence,
		}
		if m := f.Measured; m != nil {
			line.Measured = &numbers{string(m.Unit), m.Min, m.Max, m.Got}
		}
		lines = append(lines, line)
	}
	return lines
}

// measure fills in what the proxy and the program showed.
func (d *drill) measure(r *scenarios.Result) {
	d.ExitCode, d.Requests = r.ExitCode, r.Requests
	if d.Requests == nil {
		d.Requests = map[string]int{}
	}
	d.BytesSent, d.BytesReceived = r.BytesSent, r.BytesReceived
	d.Stdout, d.Stderr = lastBytes(r.Stdout), lastBytes(r.Stderr)
	for _, f := range r.Faults {
		d.Faults = append(d.Faults, fault{f.Name, f.Text, f.Line, f.Fired, f.Unmet})
	}
	for _, q := range r.Quoted {
		d.YAML = append(d.YAML, quoted(q))
	}
	var left int
	d.Groups, left = groupLines(r.Groups)
	d.LeftOut = r.LeftOut + left
}

// outputTail is how many bytes of each output stream of a program a line holds.
const outputTail = 4 << 10

// lastBytes returns the end of a text, from the start of a character on.
func lastBytes(s string) string {
	if cut := len(s) - outputTail; cut > 0 {
		for cut < len(s) && s[cut]&0xC0 == 0x80 {
			cut++
		}
		s = s[cut:]
	}
	return s
}
