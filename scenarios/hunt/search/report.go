package search

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/s3chaos/s3chaos/scenarios/hunt/found"
)

// A Report is what a search found.
type Report struct {
	Found   []*Found
	Scripts int // that were played
	Drills  int // plays, with those that shrank scripts
	Again   int // findings that were known
	Skipped int // scripts that the client has no operation for
	Tainted int // scripts whose findings were left out, because the client is wrong without faults, too
	// Unjudged counts the reasons of what was not judged: scripts that broke, and findings that
	// were not reproducible.
	Unjudged map[string]int
	Wall     time.Duration

	names found.Names
}

func newReport() *Report {
	return &Report{Unjudged: make(map[string]int)}
}

// ExitCode returns 1 if there are new findings, 3 if something was not judged or no script says
// anything of the client, and 0 otherwise.
func (r *Report) ExitCode() int {
	switch {
	case len(r.Found) > 0:
		return 1
	case len(r.Unjudged) > 0 || r.Skipped+r.Tainted == r.Scripts:
		return 3
	}
	return 0
}

// Text writes the findings, what was not judged, and the counts.
func (r *Report) Text(w io.Writer) error {
	b := &strings.Builder{}
	for i, f := range r.Found {
		fmt.Fprintf(b, "%d. %s\n   %s\n", i+1, f.Coarse, found.OneLine(f.Sentence))
		if f.Builtin != "" {
			fmt.Fprintf(b, "   The client builtin %s.\n", f.Builtin)
		}
		switch {
		case f.File == "":
			for line := range strings.Lines(f.Script) {
				if !strings.HasPrefix(line, "#") {
					b.WriteString("     " + line)
				}
			}
		default:
			fmt.Fprintf(b, "   %s\n", f.Replay())
		}
		b.WriteString("\n")
	}
	for _, why := range slices.Sorted(maps.Keys(r.Unjudged)) {
		fmt.Fprintf(b, "not judged: %s: %s\n", counted(r.Unjudged[why], "time"), why)
	}
	parts := []string{counted(r.Scripts, "script"), counted(len(r.Found), "new finding")}
	if r.Again > 0 {
		parts = append(parts, fmt.Sprintf("known ones %s", counted(r.Again, "time")))
	}
	if r.Skipped > 0 {
		parts = append(parts, counted(r.Skipped, "script")+" skipped")
	}
	if r.Tainted > 0 {
		parts = append(parts, counted(r.Tainted, "script")+" wrong without faults")
	}
	fmt.Fprintln(b, strings.Join(parts, ", "))
	_, err := io.WriteString(w, b.String())
	return err
}

func counted(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return fmt.Sprintf("%d %s", n, noun)
}
