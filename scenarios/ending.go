package scenarios

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/s3chaos/s3chaos/faultproxy"
	"github.com/s3chaos/s3chaos/scenarios/internal/evidence"
	"github.com/s3chaos/s3chaos/scenarios/oracle"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

// This file judges the laws about time. It finds a client that hangs, leaves something behind, or
// sends requests after its end.

// ending returns the findings about the client's end: hang, leak and late-request.
func (o *outcome) ending() []Reason {
	var found []Reason
	if o.hang && o.without != oracle.LawHang {
		found = append(found, o.hanging())
	}
	for _, what := range o.left {
		if o.without == oracle.LawLeak {
			break
		}
		found = append(found, Reason{Kind: string(script.Leak), Severity: SeverityFail, Got: "left behind: " + what})
	}
	var late []string
	ends := o.ends()
	for _, r := range o.records {
		if !o.hang && o.without != oracle.LawLate && o.late(r, ends) {
			late = append(late, evidence.Line(r))
		}
	}
	if len(late) > 0 {
		found = append(found, Reason{
			Kind: string(script.LateRequest), Severity: SeverityFail,
			Got: fmt.Sprintf("%d after their step had ended; the last step ended at %s",
				len(late), evidence.Time(o.ended)),
			Evidence: late[:min(len(late), evidence.MaxLines)],
		})
	}
	return found
}

// hanging returns the finding about a client that was busy at the timeout. It is a note if bytes
// still arrived slowly: the client cannot know how long they will take.
func (o *outcome) hanging() Reason {
	if o.endless {
		return o.looping()
	}
	r := Reason{
		Kind: string(script.Hang), Severity: SeverityFail,
		Got:      "the client was still busy after " + evidence.Time(o.timeout),
		Evidence: evidence.Last(o.hung, evidence.InStep("")),
	}
	const many = 100
	if len(o.records) > many {
		r.Got += fmt.Sprintf(" and %d requests", len(o.records))
	}
	if busy := o.busy(); len(busy) > 0 {
		r.Step, r.Line = busy[0].ID, busy[0].Line
	}
	if o.drips() {
		r.Severity = SeverityNote
		r.Got += fmt.Sprintf(", but never without a byte for %s: it was still receiving", evidence.Time(silence))
	}
	return r
}

// busy returns the steps without steps inside that were under way at the timeout.
func (o *outcome) busy() []*node {
	var busy []*node
	for _, n := range allNodes(o.nodes) {
		if len(n.children) == 0 && n.under(o.timeout) {
			busy = append(busy, n)
		}
	}
	return busy
}

// under reports whether the step was under way at that time.
func (n *node) under(at time.Duration) bool { return n.Outcome == Unreached || n.End >= at }

// restsAt returns whether the step was under way at that time without the client: it waited, or
// used a connection beside the client.
func (n *node) restsAt(at time.Duration) bool {
	switch {
	case n.load != nil:
		return !slices.ContainsFunc(n.load.all(), func(taken *node) bool {
			return taken.under(at) && !taken.restsAt(at)
		})
	case n.Operation == "call":
		return n.called == nil // it has not begun
	}
	return n.rests || n.Operation == "wait" || !n.ofClient()
}

// unhurried returns an error if the timeout has cut the file's own waits, and no work of the
// client. The drill then shows nothing about the client.
func (o *outcome) unhurried() error {
	busy := o.busy()
	if !o.hang || o.endless || len(busy) == 0 ||
		slices.ContainsFunc(busy, func(n *node) bool { return !n.restsAt(o.timeout) }) {
		return nil
	}
	return fmt.Errorf("the file's own steps last longer than the timeout %v: the step %s on line %d (%s) was not over",
		o.timeout, busy[0].ID, busy[0].Line, busy[0].Operation)
}

// looping returns the finding about a client that sends requests without end.
func (o *outcome) looping() Reason {
	last := o.records[len(o.records)-1] // the proxy counted many
	r := Reason{
		Kind: string(script.Hang), Severity: SeverityFail, Step: last.Step,
		Got: fmt.Sprintf("the client sends requests without end: %d in %s",
			len(o.records), evidence.Time(last.At)),
		Evidence: evidence.Last(o.records, evidence.InStep("")),
	}
	for _, n := range allNodes(o.nodes) {
		if n.ID == r.Step {
			r.Line = n.Line
		}
	}
	return r
}

// silence is how long a client may wait on a connection without receiving a byte. A client that
// waits longer hangs. The value is the default attempt_timeout of the builtin client.
const silence = 30 * time.Second

// drips reports whether a response arrived at the timeout in pieces, with pauses shorter than
// silence.
func (o *outcome) drips() bool {
	if o.without == oracle.LawDrip {
		return false
	}
	for _, hung := range o.hung {
		// The journal knows when a response began only after the response has ended.
		for _, r := range o.records {
			if pause, ok := pauseOf(r); ok && r.Seq == hung.Seq && pause < silence {
				return true
			}
		}
	}
	return false
}

var (
	sliceDelay = regexp.MustCompile(`\bdelay: ([^,}]+)`)
	stallFor   = regexp.MustCompile(`\bfor: ([^,}]+)`)
)

// pauseOf returns the longest time between two pieces of a response that faults slow down. It
// returns false for every other exchange, and for a response that has not begun.
func pauseOf(r faultproxy.Record) (longest time.Duration, slow bool) {
	if r.Answered == 0 {
		return 0, false
	}
	for _, f := range r.Firings() {
		if pause, ok := pauseIn(f.Fault); ok {
			longest, slow = max(longest, pause), true
		}
	}
	return longest, slow
}

// pauseIn returns the time between two pieces that a fault, given as text, causes.
func pauseIn(text string) (time.Duration, bool) {
	fault, err := faultproxy.ParseFault(text)
	if err != nil || strings.Contains(text, "in: request") || strings.Contains(text, "at: request_body") {
		return 0, false
	}
	switch fault.Kind() {
	case "bandwidth":
		return time.Second, true // at least a byte a second
	case "slicer":
		if delay := sliceDelay.FindStringSubmatch(text); delay != nil {
			pause, err := time.ParseDuration(delay[1])
			return pause, err == nil
		}
		return 0, true
	case "stall":
		pause, err := time.ParseDuration(stallFor.FindStringSubmatch(text)[1])
		return pause, err == nil
	}
	return 0, false
}
