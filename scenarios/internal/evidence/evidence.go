package evidence

import (
	"fmt"
	"slices"
	"strings"

	"github.com/s3chaos/s3chaos/faultproxy"
)

// MaxLines is the largest number of journal lines that a reason quotes.
const MaxLines = 4

// Last formats the last MaxLines records that matter accepts. If it leaves out earlier ones, its
// first line gives their number.
func Last(records []faultproxy.Record, matters func(faultproxy.Record) bool) []string {
	var quoted []string // in reverse
	skipped := 0
	for _, r := range slices.Backward(records) {
		switch {
		case !matters(r):
		case len(quoted) < MaxLines:
			quoted = append(quoted, Line(r))
		default:
			skipped++
		}
	}
	if skipped > 0 {
		quoted = append(quoted, fmt.Sprintf("… %d earlier", skipped))
	}
	slices.Reverse(quoted)
	return quoted
}

// InStep returns a filter for [Last] that accepts the records of a step and of the steps inside it.
// An empty step accepts every record.
func InStep(step string) func(faultproxy.Record) bool {
	return func(r faultproxy.Record) bool { return step == "" || Within(r.Step, step) }
}

// Line formats a record as one line: its times, the request, the response, the fault and how the
// exchange ended.
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

// Within reports whether step is the step of or lies inside it: "2.1" lies inside "2".
func Within(step, of string) bool {
	return step == of || strings.HasPrefix(step, of) && step[len(of)] == '.'
}

// Response formats the status and the error code of a record: "503 SlowDown".
func Response(r faultproxy.Record) string {
	return strings.TrimSpace(fmt.Sprintf("%d %s", r.Status, r.ErrorCode))
}

// About reports whether a request names a key: in its path, or, for DeleteObjects, in its body.
func About(r faultproxy.Record, bucket, key string) bool {
	if r.Bucket != bucket {
		return false
	}
	if r.Operation != "DeleteObjects" {
		return r.Key == key
	}
	for _, d := range r.Deletes {
		if d.Key == key {
			return true
		}
	}
	return false
}
