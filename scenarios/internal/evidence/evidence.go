package evidence

import (
	"fmt"
	"strings"

	"github.com/s3chaos/s3chaos/faultproxy"
)

// evidenceLines is how many journal lines a reason quotes.
const MaxLines = 4

// Last quotes the last journal lines that matter to a reason.
func Last(records []faultproxy.Record, matters func(faultproxy.Record) bool) []string {
	var lines []string
	for _, r := range records {
		if matters(r) {
			lines = append(lines, Line(r))
		}
	}
	if skipped := len(lines) - MaxLines; skipped > 0 {
		lines = append([]string{fmt.Sprintf("… %d earlier", skipped)}, lines[skipped:]...)
	}
	return lines
}

func InStep(step string) func(faultproxy.Record) bool {
	return func(r faultproxy.Record) bool { return step == "" || Within(r.Step, step) }
}

// Line is a record in one line: when, what, what the rule did and how it ended.
func Line(r faultproxy.Record) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s → %s  ", Time(r.At), Time(r.End))
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
		fmt.Fprintf(&b, "  %s", Response(r))
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
	return Visible(b.String())
}

// Within says whether a record's step is the given one or lies inside it.
func Within(step, of string) bool {
	return step == of || strings.HasPrefix(step, of) && step[len(of)] == '.'
}

func Response(r faultproxy.Record) string {
	return strings.TrimSpace(fmt.Sprintf("%d %s", r.Status, r.ErrorCode))
}
