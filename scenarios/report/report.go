// Package report writes the results of drills: [New] returns a [Writer] for a format, and the
// caller passes it one result after another.
//
// The formats are text (a timeline of attempts, waits and faults for people), json (NDJSON: a
// header line, then a line for each drill, which [Read] reads back), junit, github (annotations of
// a workflow run, and a summary), tap, html (one file without any other), markdown (the matrix of
// clients and scenarios), trace (for ui.perfetto.dev) and comparison (what clients did with the
// suite, in Markdown).
//
//	w, err := report.New("text", os.Stdout, report.Options{})
//	if err != nil {
//		return err
//	}
//	scenarios.RunAll(ctx, list, options, func(r *scenarios.Result) { err = errors.Join(err, w.Drill(r)) })
//	err = errors.Join(err, w.Close())
package report

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/s3chaos/s3chaos/scenarios"
	"github.com/s3chaos/s3chaos/scenarios/internal/evidence"
)

// A Writer writes results in one format. It is not safe for concurrent use.
type Writer interface {
	// Drill writes one result, or keeps it for Close if the format needs that.
	Drill(r *scenarios.Result) error
	// Close writes the end of the report. It does not close the underlying io.Writer.
	Close() error
}

// Options adjusts a [Writer]. The zero value works.
type Options struct {
	Color   bool   // text: use ANSI colours, for a terminal
	Width   int    // text: columns of the terminal, from 60; 0 breaks no line
	Quiet   bool   // text: show only drills that failed, broke or are vacuous
	Verbose bool   // text: show every request of every drill
	Version string // version of the program for headers; empty leaves it out

	Started time.Time // when the run began; the zero time leaves it out
	Host    string    // name of the machine; empty leaves it out

	// Run is the header's part that says which run the report is about: Suite, Seeds, Drills,
	// Selection and Shard. Other fields have no effect.
	Run Header
	// Summary is where github writes the matrix as Markdown, as the file that GITHUB_STEP_SUMMARY
	// names. Nil: nowhere.
	Summary io.Writer
}

// header returns the header line of the json format.
func (o Options) header() Header {
	h := o.Run
	h.Type, h.SchemaVersion, h.Version, h.Host, h.StartedAt = "header", SchemaVersion, o.Version, o.Host, nil
	if !o.Started.IsZero() {
		h.StartedAt = new(o.Started.UTC().Truncate(time.Second))
	}
	return h
}

// Options returns the options of a [Writer] that continues a report with this header.
func (h Header) Options() Options {
	o := Options{Version: h.Version, Host: h.Host, Run: Header{
		Suite: h.Suite, Seeds: h.Seeds, Drills: h.Drills, Selection: h.Selection, Shard: h.Shard,
	}}
	if h.StartedAt != nil {
		o.Started = *h.StartedAt
	}
	return o
}

// formats lists all formats in the order of the documentation.
var formats = []struct {
	name string
	make func(io.Writer, Options) Writer
}{
	{"text", newText},
	{"json", newNDJSON},
	{"junit", newJUnit},
	{"github", newGitHub},
	{"tap", newTAP},
	{"html", newHTML},
	{"markdown", newMarkdown},
	{"trace", newTrace},
	{"comparison", newComparison},
}

// Formats returns the names of all formats.
func Formats() []string {
	names := make([]string, len(formats))
	for i, f := range formats {
		names[i] = f.name
	}
	return names
}

// New returns a writer for a format. It returns an error if the format is unknown.
func New(format string, w io.Writer, o Options) (Writer, error) {
	for _, f := range formats {
		if f.name == format {
			return f.make(w, o), nil
		}
	}
	return nil, fmt.Errorf("unknown output format %q: want one of %s", format, strings.Join(Formats(), ", "))
}

// A tally counts the drills of a run by verdict.
type tally struct {
	drills      int
	of          map[scenarios.Verdict]int
	interrupted int
}

func (t *tally) add(r *scenarios.Result) {
	if t.of == nil {
		t.of = make(map[scenarios.Verdict]int)
	}
	t.drills++
	if r.Interrupted() {
		t.interrupted++
		return
	}
	t.of[r.Verdict]++
}

// String returns the counts as text: "25 drills: 24 pass, 1 fail".
func (t *tally) String() string {
	var parts []string
	for _, v := range []scenarios.Verdict{
		scenarios.Pass, scenarios.Fail, scenarios.Error, scenarios.Vacuous,
		scenarios.Skip,
	} {
		if n := t.of[v]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, v))
		}
	}
	if t.interrupted > 0 {
		parts = append(parts, fmt.Sprintf("%d interrupted", t.interrupted))
	}
	noun := "drills"
	if t.drills == 1 {
		noun = "drill"
	}
	if len(parts) == 0 {
		return fmt.Sprintf("%d %s", t.drills, noun)
	}
	return fmt.Sprintf("%d %s: %s", t.drills, noun, strings.Join(parts, ", "))
}

// Interrupted returns the message for a run that was interrupted, or "" if it played all its
// drills.
func (t *tally) Interrupted() string {
	if t.interrupted == 0 {
		return ""
	}
	return fmt.Sprintf("interrupted: %d of %s not played to the end", t.interrupted, count(t.drills, "drill"))
}

// where returns the place of a reason: "file:12", or the file if the reason has no line, or "".
func where(r *scenarios.Result, reason scenarios.Reason) string {
	switch {
	case r.File == "" || reason.Line == 0:
		return r.File
	}
	return fmt.Sprintf("%s:%d", r.File, reason.Line)
}

// findings returns the oracle's findings: first those that fail the drill, then the notes.
func findings(r *scenarios.Result) []scenarios.Reason {
	var list []scenarios.Reason
	for _, reason := range slices.Concat(r.Reasons, r.Notes) {
		if reason.Severity != "" {
			list = append(list, reason)
		}
	}
	return list
}

// graded formats a reason. The first line ends with the severity if the reason is a finding.
func graded(reason scenarios.Reason) string {
	if reason.Severity == "" {
		return reason.String()
	}
	first, rest, more := strings.Cut(reason.String(), "\n")
	first += " (severity: " + string(reason.Severity) + ")"
	if more {
		first += "\n" + rest
	}
	return first
}

// said returns the last lines of a program's output if its drill did not pass: they often show the
// cause.
func said(r *scenarios.Result) []string {
	if !bad(r) {
		return nil
	}
	const last = 5
	var said []string
	for _, stream := range []struct{ name, text string }{{"stdout", r.Stdout}, {"stderr", r.Stderr}} {
		lines := strings.Split(strings.TrimRight(stream.text, "\n"), "\n")
		for _, line := range lines[max(0, len(lines)-last):] {
			if line != "" {
				said = append(said, stream.name+": "+shorten(strings.Map(plain, line), 200))
			}
		}
	}
	return said
}

// plain replaces a control character, so that a program's output cannot steer the terminal.
func plain(c rune) rune {
	if unicode.IsControl(c) && c != '\t' {
		return '·'
	}
	return c
}

// visibleNames returns the result with what is not printable in its names made visible, so that the
// name of a file cannot steer a terminal or end a line of a workflow's log.
func visibleNames(r *scenarios.Result) *scenarios.Result {
	own := *r
	for _, text := range []*string{&own.ID, &own.File, &own.Name, &own.Client, &own.ClientVersion, &own.Replay} {
		*text = evidence.Visible(*text)
	}
	return &own
}

// excused returns why a drill that did not pass does not fail the run: its failure is known, or its
// level is not must. It returns "" for every other drill.
func excused(r *scenarios.Result) string {
	switch {
	case !bad(r) || scenarios.ExitCodeWith(0, r) != 0:
		return ""
	case r.Known != nil:
		return "known: " + r.Known.Reason
	}
	return "level " + string(r.Level) + ": reported only"
}

// bad reports whether the drill's verdict is fail, error or vacuous.
func bad(r *scenarios.Result) bool {
	return slices.Contains([]scenarios.Verdict{scenarios.Fail, scenarios.Error, scenarios.Vacuous}, r.Verdict)
}
