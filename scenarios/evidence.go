package scenarios

import (
	"fmt"
	"strings"

	"github.com/s3chaos/s3chaos/faultproxy"
)

// evidenceLines is how many journal lines a reason quotes.
const evidenceLines = 4

// evidence quotes the last journal lines that matter to a reason.
func evidence(records []faultproxy.Record, matters func(faultproxy.Record) bool) []string {
	var lines []string
	for _, r := range records {
		if matters(r) {
			lines = append(lines, JournalLine(r))
		}
	}
	if skipped := len(lines) - evidenceLines; skipped > 0 {
		lines = append([]string{fmt.Sprintf("… %d earlier", skipped)}, lines[skipped:]...)
	}
	return lines
}

func inStep(step string) func(faultproxy.Record) bool {
	return func(r faultproxy.Record) bool { return step == "" || within(r.Step, step) }
}

// JournalLine is a record in one line: when, what, what the rule did and how it ended.
func JournalLine(r faultproxy.Record) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s → %s  ", stamp(r.At), stamp(r.End))
	if r.Kind == "connection" {
		b.WriteString("connection")
		if r.Operation != "" {
			b.WriteString(" for ")
		}
	}
	b.WriteString(r.Operation)
	if r.Bucket != "" {
		fmt.Fprintf(&b, " %s/%s", r.Bucket, r.Key)
	}
	if r.Part > 0 {
		fmt.Fprintf(&b, " part %d", r.Part)
	}
	if r.Range != "" {
		fmt.Fprintf(&b, " %s", r.Range)
	}
	if r.Status > 0 {
		fmt.Fprintf(&b, "  %s", answerText(r))
	}
	if r.Fault != "" {
		fmt.Fprintf(&b, "  [%s]", r.Fault)
	}
	if r.Committed {
		b.WriteString("  committed")
	}
	switch {
	case !r.Done:
		b.WriteString("  in flight")
	case r.Ended != "complete":
		fmt.Fprintf(&b, "  %s", r.Ended)
	}
	return visible(b.String())
}
