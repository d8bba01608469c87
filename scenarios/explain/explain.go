// Package explain tells what a scenario does and why, in prose: [Write].
//
// The text ends with the schedule that the scenario expects of its own client: every attempt with
// its time, the fault that it meets, and the wait that is allowed before it.
package explain

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/s3chaos/s3chaos/scenarios"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

// width is the number of columns of a paragraph.
const width = 96

// Write explains a scenario. Of a family it explains the case that it gets, and says that there are
// others. It plays the drill once, in virtual time, to learn its schedule. It does not start
// programs.
func Write(ctx context.Context, w io.Writer, s *scenarios.Scenario) error {
	var b strings.Builder
	title := s.Name
	if s.ID != "" && s.ID != s.Name {
		title = s.ID + ": " + s.Name
	}
	fmt.Fprintf(&b, "%s\n", title)
	if s.Case.Of > 1 {
		paragraph(&b, "", fmt.Sprintf("Case %d of the family %s, which has %d.", s.Case.Number, s.Family(), s.Case.Of))
	}
	for part := range strings.SplitSeq(strings.TrimSpace(s.Description), "\n\n") {
		paragraph(&b, "", part)
	}
	section(&b, "Whose duty", duty(s)...)
	section(&b, "Before", world(s)...)
	section(&b, "The client", client(s)...)
	section(&b, "The steps", steps(s)...)
	section(&b, "What goes wrong", faults(s)...)
	expected, err := expectations(s)
	if err != nil {
		return err
	}
	section(&b, "What must hold", expected...)
	schedule, err := schedule(ctx, s)
	if err != nil {
		return err
	}
	section(&b, "The schedule", schedule...)
	_, err = io.WriteString(w, b.String())
	return err
}

// section writes a headline and its lines. It writes nothing without lines.
func section(b *strings.Builder, headline string, lines ...string) {
	if len(lines) == 0 {
		return
	}
	fmt.Fprintf(b, "\n%s\n", headline)
	for _, line := range lines {
		b.WriteString(fill("  ", line))
	}
}

// paragraph writes a text after an empty line.
func paragraph(b *strings.Builder, indent, text string) {
	if text = strings.TrimSpace(text); text != "" {
		b.WriteString("\n" + fill(indent, text))
	}
}

// fill breaks a text into lines of at most width columns. Lines after the first have two columns
// more of indent. A text that begins with spaces stays as it is.
func fill(indent, text string) string {
	if strings.HasPrefix(text, " ") {
		return indent + text + "\n"
	}
	var b strings.Builder
	line := indent
	for word := range strings.FieldsSeq(text) {
		if len([]rune(line))+1+len([]rune(word)) > width && strings.TrimSpace(line) != "" {
			b.WriteString(line + "\n")
			line = indent
			if indent != "" {
				line += "  "
			}
		}
		if strings.TrimSpace(line) != "" {
			line += " "
		}
		line += word
	}
	return b.String() + line + "\n"
}

// duty says what the drill demands of which client, and the source of the demand.
func duty(s *scenarios.Scenario) []string {
	c := s.Conformance
	if c == nil {
		return []string{"The drill tests its own client only: the file has no conformance block."}
	}
	says := map[script.Level]string{
		script.Must:   "Level must: every S3 client has to pass, and a failure fails the run.",
		script.Should: "Level should: every good S3 client passes, and a failure is a warning.",
		script.Info:   "Level info: it shows what a client does, and no failure counts.",
		script.Own:    "Level own: it tests this project's client or oracle, and other clients skip it.",
	}
	return []string{says[c.Level], "Source: " + c.Source}
}

// world says what there is before the first step.
func world(s *scenarios.Scenario) []string {
	var lines []string
	for _, o := range s.Objects {
		line := fmt.Sprintf("The bucket %s holds %s", o.Bucket, o.Key)
		switch {
		case o.Deleted:
			line += ", behind a delete marker."
		case o.Content != nil:
			line += fmt.Sprintf(" with %d bytes.", len(*o.Content))
		default:
			line += fmt.Sprintf(" with %v.", o.Size)
		}
		lines = append(lines, line)
	}
	if len(lines) == 0 && len(s.Buckets) > 0 {
		lines = append(lines, "Empty buckets: "+strings.Join(s.Buckets, ", ")+".")
	}
	for _, f := range s.Files {
		lines = append(lines, "The work directory holds "+f.Path+".")
	}
	if s.Server.Auth {
		lines = append(lines, "The server verifies signatures.")
	}
	return lines
}
