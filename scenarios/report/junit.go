package report

import (
	"cmp"
	"encoding/xml"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/s3chaos/s3chaos/scenarios"
)

// junit writes JUnit XML for CI systems. Close writes all of it, because the file starts with the
// counts. It has only elements and attributes that both the schema of Jenkins' xunit plugin
// (junit-10.xsd) and the one of Ant's reports (windyroad/JUnit-Schema) know: a test case has no
// output and no file, so these stand in the text of its failure and in the output of the suite. So
// does a failure that does not fail the run: a test case can only pass, fail or be skipped.
type junit struct {
	w       io.Writer
	options Options
	suite   junitSuite
	wall    time.Duration
	tally   tally
}

type junitSuite struct {
	XMLName    xml.Name        `xml:"testsuite"`
	Name       string          `xml:"name,attr"`
	Timestamp  string          `xml:"timestamp,attr"`
	Host       string          `xml:"hostname,attr"`
	Tests      int             `xml:"tests,attr"`
	Failures   int             `xml:"failures,attr"`
	Errors     int             `xml:"errors,attr"`
	Skipped    int             `xml:"skipped,attr"`
	Time       string          `xml:"time,attr"`
	Properties []junitProperty `xml:"properties>property"`
	Cases      []junitCase     `xml:"testcase"`
	Out        string          `xml:"system-out"`
	Err        string          `xml:"system-err"`
}

type junitProperty struct {
	Name  string `xml:"name,attr"`
	Value string `xml:"value,attr"`
}

type junitCase struct {
	Name    string        `xml:"name,attr"`
	Class   string        `xml:"classname,attr"`
	Time    string        `xml:"time,attr"`
	Failure *junitProblem `xml:"failure,omitempty"`
	Error   *junitProblem `xml:"error,omitempty"`
	Skipped *junitProblem `xml:"skipped,omitempty"`
}

type junitProblem struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr,omitempty"`
	Text    string `xml:",chardata"`
}

func newJUnit(w io.Writer, o Options) Writer {
	suite := junitSuite{
		Name: "s3chaos", Timestamp: "1970-01-01T00:00:00", Host: printableXML(cmp.Or(o.Host, "localhost")),
		Properties: []junitProperty{{"version", printableXML(o.Version)}},
	}
	if !o.Started.IsZero() {
		suite.Timestamp = o.Started.UTC().Format("2006-01-02T15:04:05")
	}
	return &junit{w: w, options: o, suite: suite}
}

func (j *junit) Drill(r *scenarios.Result) error {
	folder, _, _ := strings.Cut(name(r), "/")
	c := junitCase{
		Name:  printableXML(fmt.Sprintf("%s (%s, seed %d)", titled(r), r.Client, r.Seed)),
		Class: printableXML("s3chaos." + folder), Time: seconds(r.Wall),
	}
	j.tally.add(r)
	j.suite.Tests++
	j.wall += r.Wall
	var out []string
	switch why := excused(r); {
	case why != "":
		out = append(out, string(r.Verdict)+", "+why, strings.TrimRight(problem(r).Text, "\n"))
	case r.Verdict == scenarios.Fail:
		j.suite.Failures++
		c.Failure = problem(r)
	case bad(r):
		j.suite.Errors++
		c.Error = problem(r)
	case r.Verdict == scenarios.Skip:
		j.suite.Skipped++
		c.Skipped = problem(r)
	}
	if r.Verdict == scenarios.Pass && len(r.Notes) > 0 {
		out = append(out, strings.TrimRight(problem(r).Text, "\n"))
	}
	out = append(out, append(loads(r), events(r)...)...)
	if len(out) > 0 {
		j.suite.Out += c.Name + "\n" + printableXML(strings.Join(out, "\n")) + "\n"
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
	if bad(r) {
		(&text{}).timeline(&b, r)
		fmt.Fprintf(&b, "%s\n", summary(r))
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

// titled returns the drill's id and its name.
func titled(r *scenarios.Result) string {
	if r.ID != "" {
		return r.ID + ": " + r.Name
	}
	return r.Name
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
