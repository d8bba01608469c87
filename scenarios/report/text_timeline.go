package report

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/s3chaos/s3chaos/faultproxy"
	"github.com/s3chaos/s3chaos/scenarios"
)

// Limits of a timeline for a drill with many requests. Logical requests with a fault or a retry
// come before the others.
const (
	quietLimit = 4
	groupLimit = 12
	tryLimit   = 12
	faultLimit = 90 // characters of a fault
)

// timeline writes each logical request with its attempts. An attempt shows its time, the wait
// before it, the response and the fault.
func (t *text) timeline(b *strings.Builder, r *scenarios.Result) {
	shown, hidden := t.choose(r.Groups)
	hidden += r.LeftOut
	for _, g := range shown {
		fmt.Fprintf(b, "%s%s\n", indent, g.Title())
		rows := make([]row, 0, len(g.Attempts))
		for i := range g.Attempts {
			if i >= tryLimit && i < len(g.Attempts)-1 && !t.options.Verbose {
				if i == tryLimit {
					left := g.Attempts[len(g.Attempts)-1].N - 1 - tryLimit
					rows = append(rows, row{note: fmt.Sprintf("… %d more %ss", left, tried([]scenarios.Group{g}))})
				}
				continue
			}
			rows = append(rows, attemptRow(g, i))
		}
		t.table(b, rows)
	}
	if hidden > 0 {
		fmt.Fprintf(b, "%s%s\n", indent, t.paint(dim, fmt.Sprintf("… %s", count(hidden, "more request"))))
	}
}

// choose returns the groups to show and the number of groups left out.
func (t *text) choose(groups []scenarios.Group) (shown []scenarios.Group, hidden int) {
	if t.options.Verbose {
		return groups, 0
	}
	quiet := 0
	for _, g := range groups {
		if !eventful(g) {
			quiet++
		}
		if len(shown) == groupLimit || !eventful(g) && quiet > quietLimit {
			hidden++
			continue
		}
		shown = append(shown, g)
	}
	return shown, hidden
}

// A row is one attempt in columns.
type row struct {
	at, wait, outcome, fault string
	good                     bool
	note                     string // replaces the columns
}

func attemptRow(g scenarios.Group, i int) row {
	a := g.Attempts[i]
	last := a.Last()
	r := row{at: clock(a.Start()), outcome: outcome(last), good: accepted(g, i)}
	if a.N > 1 && !g.Concurrent {
		r.wait = "+" + clock(a.Wait)
	}
	r.fault = shorten(faults(last), faultLimit)
	if len(a.Records) > 1 {
		r.outcome += fmt.Sprintf(" (%d sends)", len(a.Records))
	}
	return r
}

// faults names the faults that acted. Of several, only the last is shown with its parameters: it is
// the one that may have ended the exchange.
func faults(r faultproxy.Record) string {
	var parts []string
	fired := r.Firings()
	for i, f := range fired {
		named := !strings.HasPrefix(f.Rule, "#")
		switch {
		case i < len(fired)-1 && named:
			parts = append(parts, f.Rule)
		case i < len(fired)-1:
			parts = append(parts, f.Kind())
		case named:
			parts = append(parts, f.Rule+" · "+f.Fault)
		default:
			parts = append(parts, f.Fault)
		}
	}
	return strings.Join(parts, " + ")
}

// good reports whether the client received a whole response without an error.
func good(r faultproxy.Record) bool {
	return r.Status >= 200 && r.Status < 400 && r.ErrorCode == "" && r.Ended == "complete"
}

// accepted reports whether the attempt succeeded for the client. An attempt that another one
// followed did not, whatever its status was.
func accepted(g scenarios.Group, i int) bool {
	return (i == len(g.Attempts)-1 || g.Concurrent) && good(g.Attempts[i].Last())
}

// outcome formats how the attempt ended for the client.
func outcome(r faultproxy.Record) string {
	var parts []string
	if r.Status > 0 {
		parts = append(parts, strings.TrimSpace(fmt.Sprintf("%d %s", r.Status, r.ErrorCode)))
	}
	if !r.Done {
		parts = append(parts, "in flight")
	} else if r.Ended != "complete" {
		parts = append(parts, strings.ReplaceAll(r.Ended, "_", " "))
		if took := r.End - r.At; took >= 1e6 {
			parts = append(parts, "after "+clock(took))
		}
	}
	if r.Committed && !good(r) {
		parts = append(parts, "committed")
	}
	return strings.Join(parts, ", ")
}

// table writes the rows with their columns aligned.
func (t *text) table(b *strings.Builder, rows []row) {
	var at, wait, outcome int
	for _, r := range rows {
		at, wait, outcome = max(at, width(r.at)), max(wait, width(r.wait)), max(outcome, width(r.outcome))
	}
	for _, r := range rows {
		b.WriteString(indent)
		b.WriteString("  ")
		if r.note != "" {
			b.WriteString(t.paint(dim, r.note) + "\n")
			continue
		}
		line := pad(at-width(r.at)) + r.at + "  "
		if wait > 0 {
			line += t.paint(dim, pad(wait-width(r.wait))+r.wait) + "  "
		}
		mark, color := "✗", yellow
		if r.good {
			mark, color = "✓", green
		}
		line += t.paint(color, mark) + " " + r.outcome
		if r.fault != "" {
			line += pad(outcome-width(r.outcome)) + "  " + t.paint(dim, "← "+r.fault)
		}
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
}

func width(s string) int { return utf8.RuneCountInString(s) }

func pad(n int) string { return strings.Repeat(" ", max(0, n)) }

// shorten cuts s to limit characters, of which the last is "…".
func shorten(s string, limit int) string {
	if runes := []rune(s); len(runes) > limit {
		return string(runes[:limit-1]) + "…"
	}
	return s
}
