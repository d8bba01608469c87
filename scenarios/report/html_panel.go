package report

import (
	"fmt"
	"html/template"
	"slices"
	"strings"

	"github.com/s3chaos/s3chaos/scenarios"
	"github.com/s3chaos/s3chaos/scenarios/internal/evidence"
)

// This file turns a result into what its panel on the html page shows.

// Limits of a panel.
const (
	panelGroups   = 24   // logical requests
	panelAttempts = 60   // attempts of all of them
	panelOutput   = 2048 // bytes of each output stream
	panelText     = 2000 // characters of one text
)

// htmlPanel is what the template of a drill shows.
type htmlPanel struct {
	Anchor, Row, ID, Name, Class, Mark, Summary, File, Replay string
	Bad, Brief                                                bool
	Lines                                                     []htmlLine
	Loose                                                     []htmlMiss // reasons without a quoted line
	Timeline                                                  template.HTML
	Groups                                                    []htmlGroup
	Hidden                                                    string
	Events                                                    []string
	Exit, Stdout, Stderr                                      string
}

// htmlLine is a line of the file with the reasons that name it.
type htmlLine struct {
	Line   int
	Text   string
	Misses []htmlMiss
}

type htmlMiss struct {
	Kind, Severity, Expected, Got string
	Evidence                      []string
}

type htmlGroup struct {
	Title    string
	Attempts []htmlAttempt
}

type htmlAttempt struct {
	N                                 int // as in the timeline
	At, Wait, Allowed, Outcome, Fault string
	Good                              bool
	attempt                           scenarios.Attempt
}

func panelOf(r *scenarios.Result, anchor string, brief bool) *htmlPanel {
	row, _, _ := strings.Cut(anchor, "~")
	p := &htmlPanel{
		Anchor: anchor, Row: row, ID: printable(name(r)), Class: class(r), Mark: mark(class(r)),
		Bad: bad(r), Brief: brief,
		Summary: printable(r.Client + " · " + summary(r)),
	}
	if r.ClientVersion != "" {
		p.Summary = printable(summary(r)) // it starts with the client
	}
	if r.Name != name(r) {
		p.Name = printable(r.Name)
	}
	if r.Verdict != scenarios.Skip {
		p.Replay = printable(r.Replay)
	}
	if brief {
		return p
	}
	p.File = printable(r.File)
	p.expected(r)
	p.timeline(r)
	for _, line := range append(loads(r), events(r)...) {
		p.Events = append(p.Events, printable(line))
	}
	if r.ExitCode != nil {
		p.Exit = fmt.Sprintf("exit code %d", *r.ExitCode)
	}
	if bad(r) {
		p.Stdout, p.Stderr = lastOutput(r.Stdout), lastOutput(r.Stderr)
	}
	return p
}

// expected pairs the quoted lines with the reasons.
func (p *htmlPanel) expected(r *scenarios.Result) {
	misses := make(map[int][]htmlMiss)
	var quoted []string
	for _, reason := range slices.Concat(r.Reasons, r.Notes) {
		m := htmlMiss{
			Kind: printable(reason.Kind), Severity: string(reason.Severity), Expected: clip(reason.Expected),
			Got: clip(reason.Got),
		}
		if reason.Step != "" {
			m.Kind = "step " + printable(reason.Step) + ": " + m.Kind
		}
		if !slices.Equal(quoted, reason.Evidence) { // else the reason before shows the same lines
			for _, line := range reason.Evidence {
				m.Evidence = append(m.Evidence, clip(line))
			}
			quoted = reason.Evidence
		}
		at := reason.Line
		if !slices.ContainsFunc(r.Quoted, func(q scenarios.QuotedLine) bool { return q.Line == at }) {
			p.Loose = append(p.Loose, m)
			continue
		}
		misses[at] = append(misses[at], m)
	}
	for _, q := range r.Quoted {
		p.Lines = append(p.Lines, htmlLine{q.Line, printable(q.Text), misses[q.Line]})
	}
}

// timeline fills in the drawing and the list of attempts, which have the same numbers.
func (p *htmlPanel) timeline(r *scenarios.Result) {
	shown, hidden := (&text{}).choose(r.Groups)
	hidden += r.LeftOut
	n := 0
	for i, g := range shown {
		if i == panelGroups || n == panelAttempts {
			hidden += len(shown) - i
			break
		}
		group := htmlGroup{Title: g.Title()}
		for j, a := range g.Attempts {
			if n == panelAttempts {
				break
			}
			n++
			row := attemptRow(g, j)
			group.Attempts = append(group.Attempts, htmlAttempt{
				N: n, At: row.at, Wait: row.wait, Allowed: allowed(a.Allowed), Outcome: printable(row.outcome),
				Fault: printable(row.fault), Good: row.good, attempt: a,
			})
		}
		p.Groups = append(p.Groups, group)
	}
	if hidden > 0 {
		p.Hidden = count(hidden, "more request")
	}
	p.Timeline = drawTimeline(p.Groups, r.Elapsed)
}

// allowed formats the waits that a drill allows: "of 75ms to 125ms".
func allowed(w *scenarios.Window) string {
	switch {
	case w == nil:
		return ""
	case w.Max == nil:
		return "allowed from " + evidence.Time(w.Min)
	case *w.Max == w.Min:
		return "allowed " + evidence.Time(w.Min)
	}
	return "allowed " + evidence.Time(w.Min) + " to " + evidence.Time(*w.Max)
}

// clip bounds a text and makes it visible.
func clip(s string) string { return shorten(evidence.VisibleLines(s), panelText) }

func lastOutput(s string) string {
	if cut := len(s) - panelOutput; cut > 0 {
		s = "…" + strings.ToValidUTF8(s[cut:], "")
	}
	return evidence.VisibleLines(strings.TrimRight(s, "\r\n"))
}
