package search

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/s3chaos/s3chaos/scenarios"
	"github.com/s3chaos/s3chaos/scenarios/hunt"
	"github.com/s3chaos/s3chaos/scenarios/hunt/shrink"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

// Found is a finding with the smallest script that shows it.
type Found struct {
	Type   string         `json:"type"` // "found"
	Coarse hunt.Signature `json:"coarse"`
	Fine   hunt.Signature `json:"fine"`
	hunt.Finding
	Client string `json:"client"`
	Name   string `json:"name"`   // for files, as in "lost-write-putobject-respond"
	Script string `json:"script"` // the scenario file
	Number int    `json:"number"` // of the script in the search, from 1
	Drills int    `json:"drills"` // plays that shrank it
	Whole  bool   `json:"whole"`  // nothing more can be left out

	// Builtin is what this project's own client makes of the script: "passes it", or what it does.
	// Empty: it was not asked.
	Builtin string `json:"builtin,omitempty"`
	// Note says why `chaos run` does not pass the script although the client has the flaw. Empty:
	// it passes.
	Note string `json:"note,omitempty"`
	// File is the path of the script, if Report.WriteFiles wrote it.
	File string `json:"file,omitempty"`

	plain  string // the script without the statement of the finding
	result *scenarios.Result
}

// finish names the finding, states it in its script, and plays the script with the builtin client.
func (h *search) finish(ctx context.Context, f *Found, small *shrink.Result) error {
	f.Name = h.report.name(f)
	text := replaceLine(small.YAML, "name", f.Name)
	f.plain = string(text)
	stated := replaceLine(text, "expect", f.statement())
	s, err := script.Parse(f.Name+".yaml", stated)
	if err != nil {
		return fmt.Errorf("state the finding %s: %w", f.Coarse, err)
	}
	if r := h.Player.Run(ctx, s); r.Verdict != scenarios.Pass {
		f.Note = string(r.Verdict)
		if len(r.Reasons) > 0 {
			f.Note += ": " + oneLine(r.Reasons[0].String())
		}
	}
	h.report.Drills++
	if h.Builtin != nil && h.name() != "builtin" {
		f.Builtin = withBuiltin(h.Builtin.Find(ctx, small.Scenario))
		h.report.Drills++
	}
	f.Script = string(f.comment()) + string(stated)
	return nil
}

func withBuiltin(o *hunt.Outcome) string {
	switch {
	case o.Unjudged != "":
		return "was not judged: " + oneLine(o.Unjudged)
	case len(o.Findings) > 0:
		return "has it too: " + oneLine(o.Findings[0].Sentence)
	}
	return "passes it"
}

// statement returns what the file expects, so that it passes as long as the client has the flaw.
// The format can state the oracle's findings. Of others it can state how many requests there are,
// and the time if the client wastes it.
func (f *Found) statement() string {
	expect := []string{"outcome: any"}
	var violates []string
	for _, r := range f.result.Reasons {
		if hunt.Kind(r.Kind).Oracle() && !slices.Contains(violates, r.Kind) {
			violates = append(violates, r.Kind)
		}
	}
	if len(violates) > 0 {
		expect = append(expect, "violates: ["+strings.Join(violates, ", ")+"]")
	}
	if !f.Kind.Oracle() {
		expect = append(expect, fmt.Sprintf("sends: %d", f.result.Sends))
	}
	switch f.Kind {
	case hunt.SleepAtEnd, hunt.PastDeadline, hunt.TooSlow:
		expect = append(expect, fmt.Sprintf("elapsed: %v", f.result.Elapsed))
	}
	return "{" + strings.Join(expect, ", ") + "}"
}

// comment returns the head of the file: what happened, and what other clients make of it.
func (f *Found) comment() []byte {
	b := fmt.Appendf(nil, "# %s: %s.\n", f.Kind, oneLine(f.Sentence))
	if f.Builtin != "" {
		b = fmt.Appendf(b, "# The client builtin %s.\n", f.Builtin)
	}
	if f.Note != "" {
		b = fmt.Appendf(b, "# The format cannot state this finding. chaos run: %s.\n", f.Note)
	}
	return b
}

func oneLine(text string) string {
	return strings.TrimSuffix(strings.Join(strings.Fields(text), " "), ".")
}

// replaceLine replaces the value of a key in a script in canonical form, in which each key of the
// file has a line of its own. It appends a key that the script lacks.
func replaceLine(text []byte, key, value string) []byte {
	line := []byte(key + ": " + value + "\n")
	var b bytes.Buffer
	found := false
	for old := range bytes.Lines(text) {
		if bytes.HasPrefix(old, []byte(key+":")) {
			old, found = line, true
		}
		b.Write(old)
	}
	if !found {
		b.Write(line)
	}
	return b.Bytes()
}
