package report

import (
	"encoding/xml"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/s3chaos/s3chaos/scenarios"
)

// junit writes JUnit XML for CI systems. Close writes all of it, because the file starts with the
// counts.
type junit struct {
	w       io.Writer
	options Options
	suite   junitSuite
	wall    time.Duration
	tally   tally
}

type junitSuite struct {
	XMLName  xml.Name    `xml:"testsuite"`
	Name     string      `xml:"name,attr"`
	Tests    int         `xml:"tests,attr"`
	Failures int         `xml:"failures,attr"`
	Errors   int         `xml:"errors,attr"`
	Skipped  int         `xml:"skipped,attr"`
	Time     string      `xml:"time,attr"`
	Cases    []junitCase `xml:"testcase"`
}

type junitCase struct {
	Name    string        `xml:"name,attr"`
	Class   string        `xml:"classname,attr"`
	File    string        `xml:"file,attr,omitempty"`
	Time    string        `xml:"time,attr"`
	Failure *junitProblem `xml:"failure,omitempty"`
	Error   *junitProblem `xml:"error,omitempty"`
	Skipped *junitProblem `xml:"skipped,omitempty"`
	Out     string        `xml:"system-out,omitempty"`
}

type junitProblem struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr,omitempty"`
	Text    string `xml:",chardata"`
}

func newJUnit(w io.Writer, o Options) Writer {
	return &junit{w: w, options: o, suite: junitSuite{Name: "s3chaos"}}
}

func (j *junit) Drill(r *scenarios.Result) error {
	class, _, _ := strings.Cut(r.ID, "/")
	c := junitCase{Name: r.Name, Class: "s3chaos." + class, File: r.File, Time: seconds(r.Wall)}
	if r.ID != "" {
		c.Name = r.ID + ": " + r.Name
	}
	j.tally.add(r)
	j.suite.Tests++
	j.wall += r.Wall
	switch r.Verdict {
	case scenarios.Fail:
		j.suite.Failures++
		c.Failure = problem(r)
	case scenarios.Error, scenarios.Vacuous:
		j.suite.Errors++
		c.Error = problem(r)
	case scenarios.Skip:
		j.suite.Skipped++
		c.Skipped = problem(r)
	}
	if bad(r) {
		var b strings.Builder
		(&text{}).timeline(&b, r)
		c.Out = printableXML(b.String() + summary(r))
	} else if len(r.Notes) > 0 {
		c.Out = problem(r).Text
	}
	if lines := append(loads(r), events(r)...); len(lines) > 0 {
		c.Out = strings.TrimPrefix(c.Out+"\n"+printableXML(strings.Join(lines, "\n")), "\n")
	}
	j.suite.Cases = append(j.suite.Cases, c)
	return nil
}

// problem returns the JUnit element for a drill: its message is the first reason, and its text
// holds all reasons and notes.
func problem(r *scenarios.Result) *junitProblem {
	p := &junitProblem{Type: string(r.Verdict)}
	var b strings.Builder
	for i, reason := range slices.Concat(r.Reasons, r.Notes) {
		if i == 0 {
			first, _, _ := strings.Cut(graded(reason), "\n")
			p.Message = printableXML(first)
		}
		fmt.Fprintf(&b, "%s\n", graded(reason))
		if at := where(r, reason); at != "" && reason.Line > 0 {
			fmt.Fprintf(&b, "    at %s\n", at)
		}
		for _, line := range reason.Evidence {
			fmt.Fprintf(&b, "    %s\n", line)
		}
	}
	for _, line := range said(r) {
		fmt.Fprintf(&b, "%s\n", line)
	}
	if r.Replay != "" {
		fmt.Fprintf(&b, "replay: %s\n", r.Replay)
	}
	p.Text = printableXML(b.String())
	return p
}

func (j *junit) Close() error {
	j.suite.Time = seconds(j.wall)
	if message := j.tally.Interrupted(); message != "" {
		j.suite.Tests++ // a suite with only skipped drills would be green
		j.suite.Errors++
		j.suite.Cases = append(j.suite.Cases, junitCase{
			Name: "interrupted", Class: "s3chaos", Time: seconds(0),
			Error: &junitProblem{Message: message, Type: "interrupted"},
		})
	}
	out, err := xml.MarshalIndent(j.suite, "", "  ")
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(j.w, "%s%s\n", xml.Header, out)
	return err
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.3f", d.Seconds()) }

// printableXML replaces the characters that an XML document may not contain even if escaped.
func printableXML(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\t' || r == 0xFFFE || r == 0xFFFF {
			return '�'
		}
		return r
	}, s)
}
