package report

import (
	"cmp"
	"fmt"
	"io"
	"strings"

	"github.com/s3chaos/s3chaos/scenarios"
)

// tap writes version 14 of the Test Anything Protocol. The plan comes at the end. A failure that
// does not fail the run has the directive TODO.
type tap struct {
	w     io.Writer
	drill int
	tally tally
}

func newTAP(w io.Writer, _ Options) Writer { return &tap{w: w} }

func (t *tap) begin() error {
	_, err := io.WriteString(t.w, "TAP version 14\n")
	return err
}

func (t *tap) Drill(r *scenarios.Result) error {
	if t.drill == 0 {
		if err := t.begin(); err != nil {
			return err
		}
	}
	t.drill++
	t.tally.add(r)
	var b strings.Builder
	if bad(r) {
		b.WriteString("not ")
	}
	fmt.Fprintf(&b, "ok %d - %s", t.drill, escapeTAP(fmt.Sprintf("%s (%s, seed %d)", titled(r), r.Client, r.Seed)))
	if r.Verdict == scenarios.Skip && len(r.Reasons) > 0 {
		fmt.Fprintf(&b, " # SKIP %s", printable(oneLine(r.Reasons[0].Got)))
	}
	if why := excused(r); why != "" {
		fmt.Fprintf(&b, " # TODO %s", printable(oneLine(why)))
	}
	b.WriteByte('\n')
	if bad(r) || len(r.Notes) > 0 {
		fmt.Fprintf(&b, "  ---\n  verdict: %s\n  client: %q\n  seed: %d\n", r.Verdict, r.Client, r.Seed)
		if level := cmp.Or(r.Level, r.FileLevel); level != "" {
			fmt.Fprintf(&b, "  level: %s\n", level)
		}
		if len(r.Reasons) > 0 {
			b.WriteString("  reasons:\n")
		}
		for _, reason := range r.Reasons {
			fmt.Fprintf(&b, "    - %q\n", reason.String())
		}
		if len(findings(r)) > 0 {
			b.WriteString("  findings:\n")
		}
		for _, f := range findings(r) {
			fmt.Fprintf(&b, "    - {kind: %s, severity: %s, got: %q}\n", f.Kind, f.Severity, f.Got)
		}
		if r.Replay != "" {
			fmt.Fprintf(&b, "  replay: %q\n", r.Replay)
		}
		b.WriteString("  ...\n")
	}
	_, err := io.WriteString(t.w, b.String())
	return err
}

func (t *tap) Close() error {
	if t.drill == 0 {
		if err := t.begin(); err != nil {
			return err
		}
	}
	if _, err := fmt.Fprintf(t.w, "1..%d\n", t.drill); err != nil {
		return err
	}
	if message := t.tally.Interrupted(); message != "" {
		_, err := fmt.Fprintf(t.w, "Bail out! %s\n", message)
		return err
	}
	return nil
}

func escapeTAP(s string) string {
	return strings.NewReplacer("\\", "\\\\", "#", "\\#").Replace(printable(oneLine(s)))
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
