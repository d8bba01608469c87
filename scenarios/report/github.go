package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/s3chaos/s3chaos/scenarios"
)

// github writes workflow commands. Each reason is an annotation at its line of the scenario file, a
// warning if it does not fail the run, and each drill is a line in the log. The matrix goes to the
// summary of the job's step.
type github struct {
	w       io.Writer
	tally   tally
	summary *markdown // nil: there is no summary
}

func newGitHub(w io.Writer, o Options) Writer {
	g := &github{w: w}
	if o.Summary != nil {
		g.summary = &markdown{w: o.Summary, options: o, limit: summaryLimit}
	}
	return g
}

// summaryLimit is how many bytes of Markdown a step may have, less a rest for other steps' words:
// GitHub refuses a summary above 1 MiB.
const summaryLimit = 1000 << 10

func (g *github) Drill(r *scenarios.Result) error {
	g.tally.add(r)
	if g.summary != nil {
		_ = g.summary.Drill(r) // it only collects
	}
	r = visibleNames(r)
	var b strings.Builder
	if bad(r) {
		kind := "error"
		if excused(r) != "" {
			kind = "warning"
		}
		for _, reason := range r.Reasons {
			var text strings.Builder
			text.WriteString(graded(reason))
			for _, line := range reason.Evidence {
				text.WriteString("\n  " + line)
			}
			if r.Replay != "" {
				text.WriteString("\nreplay: " + r.Replay)
			}
			properties := "title=" + escapeProperty(fmt.Sprintf("%s: %s", r.Verdict, r.Name))
			if r.File != "" {
				properties = "file=" + escapeProperty(r.File) + "," + properties
				if reason.Line > 0 {
					properties = strings.Replace(properties, ",title=", fmt.Sprintf(",line=%d,title=", reason.Line), 1)
				}
			}
			fmt.Fprintf(&b, "::%s %s::%s\n", kind, properties, escapeData(text.String()))
		}
	}
	for _, note := range r.Notes {
		fmt.Fprintf(&b, "::notice title=%s::%s\n", escapeProperty("note: "+r.Name), escapeData(graded(note)))
	}
	if r.Verdict == scenarios.Skip && !r.Interrupted() {
		for _, reason := range r.Reasons {
			fmt.Fprintf(&b, "::notice title=%s::%s\n", escapeProperty("skip: "+r.Name), escapeData(reason.Got))
		}
	}
	fmt.Fprintf(&b, "%s %s: %s\n", r.Verdict, name(r), summary(r))
	_, err := io.WriteString(g.w, b.String())
	return err
}

func (g *github) Close() error {
	if message := g.tally.Interrupted(); message != "" {
		if _, err := fmt.Fprintf(g.w, "::error title=interrupted::%s\n", escapeData(message)); err != nil {
			return err
		}
	}
	if _, err := fmt.Fprintln(g.w, g.tally.String()); err != nil || g.summary == nil {
		return err
	}
	return g.summary.Close()
}

// name returns the drill's id, or else its name.
func name(r *scenarios.Result) string {
	if r.ID != "" {
		return r.ID
	}
	return r.Name
}

// escapeData and escapeProperty escape texts as GitHub's runner expects them (actions/toolkit,
// packages/core/src/command.ts).
func escapeData(s string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace(s)
}

func escapeProperty(s string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C").Replace(s)
}
