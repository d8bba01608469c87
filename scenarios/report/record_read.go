package report

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"

	"github.com/s3chaos/s3chaos/scenarios"
	"github.com/s3chaos/s3chaos/scenarios/oracle"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

// Read reads a report in the json format: its header, and then the results one after another, so
// that its memory is that of one result. The results can be passed to a [Writer] of any format.
// They lack the headers, targets and digests of the journal's records, and what [Result.LeftOut]
// counts. Lines of an unknown type are passed over. The iterator ends at the first error.
//
// [Result.LeftOut]: https://pkg.go.dev/github.com/s3chaos/s3chaos/scenarios#Result
func Read(r io.Reader) (Header, iter.Seq2[*scenarios.Result, error], error) {
	lines := &lineReader{from: bufio.NewReader(r)}
	var head Header
	text, err := lines.next()
	if errors.Is(err, io.EOF) {
		return head, nil, errors.New("report is empty: want a header line")
	}
	if err != nil {
		return head, nil, err
	}
	if err := decode(text, &head); err != nil {
		return head, nil, fmt.Errorf("line 1: %w\n  hint: %s", err, wantJSON)
	}
	if head.Type != "header" {
		return head, nil, fmt.Errorf("line 1: type %q: want a header line\n  hint: %s", head.Type, wantJSON)
	}
	if head.SchemaVersion != SchemaVersion {
		return head, nil, fmt.Errorf("line 1: schema_version %d: want %d", head.SchemaVersion, SchemaVersion)
	}
	return head, lines.results, nil
}

const wantJSON = "chaos run --output json=FILE writes such a file"

// errCut is the error of a last line without an end.
var errCut = errors.New("the line is cut: the run has not finished writing, or the file is not whole")

// decode reads a line.
func decode(text []byte, into any) error {
	err := json.Unmarshal(text, into)
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) && !bytes.HasSuffix(text, []byte("\n")) && syntax.Offset >= int64(len(text)) {
		return errCut
	}
	return err
}

// A lineReader reads the lines of a report.
type lineReader struct {
	from   *bufio.Reader
	number int
}

// next returns the next line that is not empty, or io.EOF after the last.
func (l *lineReader) next() ([]byte, error) {
	for {
		text, err := l.from.ReadBytes('\n')
		if len(text) == 0 && err != nil {
			return nil, err
		}
		l.number++
		if len(text) > 1 || text[0] != '\n' {
			return text, nil
		}
	}
}

func (l *lineReader) results(yield func(*scenarios.Result, error) bool) {
	for {
		text, err := l.next()
		if errors.Is(err, io.EOF) {
			return
		}
		var line drill
		if err == nil {
			err = decode(text, &line)
		}
		if err != nil {
			yield(nil, fmt.Errorf("line %d: %w", max(l.number, 1), err))
			return
		}
		if line.Type != "drill" {
			continue
		}
		if !yield(line.result(), nil) {
			return
		}
	}
}

// result is the inverse of line.
func (d *drill) result() *scenarios.Result {
	r := &scenarios.Result{
		Number: d.Number,
		ID:     d.ID, File: d.File, Name: d.Name, Client: d.Client, Seed: d.Seed, Clock: script.Clock(d.Clock),
		ClientVersion: d.ClientVersion, Level: script.Level(d.Level), FileLevel: script.Level(d.FileLevel),
		Verdict:  scenarios.Verdict(d.Verdict),
		Attempts: d.Attempts, Sends: d.Sends, Waits: durations(d.WaitsMS),
		Elapsed: duration(d.ElapsedMS), Wall: duration(d.WallMS), ExitCode: d.ExitCode,
		Requests: d.Requests, BytesSent: d.BytesSent, BytesReceived: d.BytesReceived,
		Runs: d.Runs, Unordered: d.Unordered, Stdout: d.Stdout, Stderr: d.Stderr, Replay: d.Replay, LeftOut: d.LeftOut,
	}
	r.Suite, r.Unfit, r.Quick = d.Suite, d.Unfit, d.Quick
	if d.Known != "" {
		r.Known = &scenarios.KnownFailure{Client: d.Client, Drill: d.ID, Reason: d.Known}
	}
	if d.Interrupted {
		r.SetInterrupted()
	}
	if d.JournalSHA256 != nil {
		r.JournalSHA256 = *d.JournalSHA256
	}
	if s := d.Spread; s != nil {
		r.Spread = &scenarios.Spread{
			Verdicts: s.Verdicts, MinAttempts: s.Attempts[0], MaxAttempts: s.Attempts[1],
			MinElapsed: duration(s.ElapsedMilli[0]), MaxElapsed: duration(s.ElapsedMilli[1]),
		}
	}
	if j := d.Jitter; j != nil {
		r.Jitter = &scenarios.Jitter{
			Law: j.Law, Seeds: j.Seeds, Waits: j.Waits, Outside: j.Outside, D: j.Distance, P: j.P, Test: j.Test,
		}
	}
	for _, f := range d.Findings {
		reason := scenarios.Reason{
			Kind: f.Kind, Severity: oracle.Severity(f.Severity), Step: f.Step, Line: f.Line,
			Expected: f.Expected, Got: f.Got, Evidence: f.Evidence,
		}
		if m := f.Measured; m != nil {
			reason.Measured = &scenarios.Measured{Unit: scenarios.Unit(m.Unit), Min: m.Min, Max: m.Max, Got: m.Got}
		}
		if reason.Severity == scenarios.SeverityNote {
			r.Notes = append(r.Notes, reason)
		} else {
			r.Reasons = append(r.Reasons, reason)
		}
	}
	for _, f := range d.Faults {
		r.Faults = append(r.Faults, scenarios.FaultResult{
			Name: f.Name, Text: f.Rule, Line: f.Line, Fired: f.Fired, Unmet: f.Unmet,
		})
	}
	for _, q := range d.YAML {
		r.Quoted = append(r.Quoted, scenarios.QuotedLine(q))
	}
	for _, e := range d.Events {
		event := scenarios.Event{Text: e.Event, Line: e.Line, Happened: e.AtMS != nil}
		if e.AtMS != nil {
			event.At = duration(*e.AtMS)
		}
		r.Events = append(r.Events, event)
	}
	for _, s := range d.Steps {
		r.Steps = append(r.Steps, s.result())
	}
	for _, g := range d.Groups {
		r.Groups = append(r.Groups, g.result())
	}
	r.Journal = journalOf(r.Groups)
	return r
}

func (s *step) result() scenarios.StepResult {
	return scenarios.StepResult{
		ID: s.ID, Name: s.Name, Operation: s.Operation, Line: s.Line, Depth: s.Depth,
		Start: duration(s.StartMS), End: duration(s.EndMS), Outcome: script.Outcome(s.Outcome),
		Err: s.Error, ErrorCode: s.ErrorCode, ErrorKind: script.ErrorKind(s.ErrorKind),
		Attempts: s.Attempts, Sends: s.Sends, Waits: durations(s.WaitsMS), Load: s.Load.result(),
	}
}
