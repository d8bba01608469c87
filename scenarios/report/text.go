package report

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/s3chaos/s3chaos/scenarios"
)

// text writes a timeline of each drill.
type text struct {
	w       io.Writer
	options Options
	tally   tally
	began   time.Time

	failures failures
}

func newText(w io.Writer, o Options) Writer {
	if o.Width > 0 {
		w = wrapper{w, o.Width}
	}
	return &text{w: w, options: o, began: time.Now()}
}

func (t *text) Drill(r *scenarios.Result) error {
	r = visibleNames(r)
	t.tally.add(r)
	t.failures.add(r, t.verdictOf(r))
	if r.Interrupted() {
		return nil // the last line counts interrupted drills
	}
	if t.options.Quiet && !bad(r) {
		return nil
	}
	var b strings.Builder
	b.WriteString(t.verdictOf(r))
	if r.ID != "" && r.ID != r.Name {
		fmt.Fprintf(&b, "  %s", t.paint(bold, r.ID))
	}
	fmt.Fprintf(&b, "  %s\n", r.Name)
	if r.Verdict == scenarios.Skip {
		for _, reason := range r.Reasons {
			fmt.Fprintf(&b, "%s%s\n", indent, t.paint(dim, reason.Got))
		}
		b.WriteByte('\n')
		_, err := io.WriteString(t.w, b.String())
		return err
	}
	t.timeline(&b, r)
	for _, line := range append(loads(r), events(r)...) {
		fmt.Fprintf(&b, "%s%s\n", indent, line)
	}
	t.reasons(&b, r)
	fmt.Fprintf(&b, "%s%s\n\n", indent, t.paint(dim, summary(r)))
	_, err := io.WriteString(t.w, b.String())
	return err
}

// Close writes the failures again, and the number of drills and of each verdict.
func (t *text) Close() error {
	_, err := fmt.Fprintf(t.w, "%s%s\n", t.failuresAgain(), t.tally.String())
	return err
}

const indent = "         "

// verdictOf returns the verdict as the level of the drill and the known failures make it.
func (t *text) verdictOf(r *scenarios.Result) string {
	switch {
	case r.Verdict != scenarios.Fail:
	case r.Known != nil:
		return t.paint(dim, fmt.Sprintf("%-7s", "known"))
	case r.Level == scenarios.LevelShould:
		return t.paint(yellow, fmt.Sprintf("%-7s", "warn"))
	case r.Level == scenarios.LevelInfo:
		return t.paint(dim, fmt.Sprintf("%-7s", "info"))
	}
	return t.verdict(r.Verdict)
}

func (t *text) verdict(v scenarios.Verdict) string {
	colors := map[scenarios.Verdict]string{
		scenarios.Pass: green, scenarios.Fail: red, scenarios.Error: magenta,
		scenarios.Vacuous: yellow, scenarios.Skip: dim,
	}
	word := string(v)
	if v != scenarios.Pass && v != scenarios.Skip {
		word = strings.ToUpper(word)
	}
	return t.paint(colors[v], fmt.Sprintf("%-7s", word))
}

// reasons writes for each reason what was expected, at which line, what happened, and the journal
// lines that prove it.
func (t *text) reasons(b *strings.Builder, r *scenarios.Result) {
	var quoted []string
	for _, reason := range slices.Concat(r.Reasons, r.Notes) {
		lines := strings.Split(strings.TrimRight(reason.String(), "\n"), "\n")
		mark := t.paint(red, "✗")
		if reason.Severity == scenarios.SeverityNote {
			mark = t.paint(yellow, "•")
		}
		fmt.Fprintf(b, "%s%s %s", indent, mark, lines[0])
		if reason.Severity != "" {
			fmt.Fprintf(b, "  %s", t.paint(dim, "severity: "+string(reason.Severity)))
		}
		if at := where(r, reason); at != "" && reason.Line > 0 {
			fmt.Fprintf(b, "  %s", t.paint(dim, at))
		}
		b.WriteByte('\n')
		if slices.Equal(quoted, reason.Evidence) {
			reason.Evidence = nil // the reason before shows the same lines
		} else {
			quoted = reason.Evidence
		}
		for _, more := range append(lines[1:], reason.Evidence...) {
			fmt.Fprintf(b, "%s    %s\n", indent, t.paint(dim, more))
		}
	}
	if r.Unordered > 0 {
		fmt.Fprintf(b, "%s%s\n", indent, t.paint(dim, "not repeatable when concurrent: "+
			count(r.Unordered, "request")+" came past ClientConfig.Wrap"))
	}
	if r.Known != nil {
		known := "known failure: "
		if r.Verdict == scenarios.Pass {
			known = "no longer fails as known: "
		}
		fmt.Fprintf(b, "%s%s\n", indent, t.paint(dim, known+r.Known.Reason))
	}
	if s := r.Spread; s != nil {
		fmt.Fprintf(b, "%s%s\n", indent, t.paint(dim, spread(r.Runs, s)))
	}
	for _, line := range said(r) {
		fmt.Fprintf(b, "%s%s\n", indent, t.paint(dim, line))
	}
	if bad(r) && r.Replay != "" {
		fmt.Fprintf(b, "%s%s %s\n", indent, t.paint(dim, "replay:"), r.Replay)
	}
}

// spread formats the differences between the repetitions of a drill in real time.
func spread(runs int, s *scenarios.Spread) string {
	var verdicts []string
	for _, v := range slices.Sorted(maps.Keys(s.Verdicts)) {
		verdicts = append(verdicts, fmt.Sprintf("%d %s", s.Verdicts[v], v))
	}
	what := "runs"
	if s.Flaky() {
		what = "runs, flaky"
	}
	return fmt.Sprintf("%d %s: %s, %d to %s, %s to %s", runs, what, strings.Join(verdicts, ", "),
		s.MinAttempts, count(s.MaxAttempts, "attempt"), clock(s.MinElapsed), clock(s.MaxElapsed))
}

// summary formats the numbers of a drill in one line.
func summary(r *scenarios.Result) string {
	var parts []string
	if r.ClientVersion != "" {
		parts = append(parts, r.Client+" "+r.ClientVersion)
	}
	if r.Level != "" {
		parts = append(parts, "level "+string(r.Level))
	}
	if r.Quick {
		parts = append(parts, "back-off shortened")
	}
	parts = append(parts, count(r.Attempts, tried(r.Groups)))
	if r.Sends != r.Attempts {
		parts = append(parts, count(r.Sends, "send"))
	}
	if n := r.FaultsFired(); n > 0 {
		parts = append(parts, count(n, "fault"))
	}
	parts = append(parts, fmt.Sprintf("%s %s", clock(r.Elapsed), r.Clock))
	if r.Runs > 1 && r.Spread == nil {
		parts = append(parts, count(r.Runs, "run"))
	}
	if r.Jitter != nil {
		parts = append(parts, r.Jitter.String())
	}
	if r.Clock == scenarios.Virtual {
		parts = append(parts, "seed "+fmt.Sprint(r.Seed))
	}
	return strings.Join(parts, " · ")
}

// tried returns the noun for the counted attempts. It is "request" if the journal does not show
// which requests are attempts of the same one.
func tried(groups []scenarios.Group) string {
	if scenarios.Concurrent(groups) {
		return "request"
	}
	return "attempt"
}

// count formats a number with its noun: "1 send", "2 sends".
func count(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return fmt.Sprintf("%d %s", n, noun)
}

// clock formats a scenario time for display, in whole milliseconds, and from one minute on in
// tenths of a second.
func clock(d time.Duration) string {
	switch {
	case d >= time.Minute:
		return d.Round(100 * time.Millisecond).String()
	case d >= time.Millisecond:
		return d.Round(time.Millisecond).String()
	case d > 0:
		return "<1ms"
	}
	return "0s"
}

// Colours, as ANSI escape sequences.
const (
	bold    = "1"
	dim     = "2"
	red     = "31"
	green   = "32"
	yellow  = "33"
	magenta = "35"
)

func (t *text) paint(color, s string) string {
	if !t.options.Color || s == "" {
		return s
	}
	return "\x1b[" + color + "m" + s + "\x1b[0m"
}
