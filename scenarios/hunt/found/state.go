package found

import (
	"bytes"
	"context"
	"fmt"
	"strings"

	"github.com/s3chaos/s3chaos/scenarios"
	"github.com/s3chaos/s3chaos/scenarios/hunt"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

// This file states in a script what the client does wrong.

// State writes the name and the finding into the script, and plays it as `chaos run` does. s is the
// script, which the builtin client plays, too.
func (f *Finder) State(ctx context.Context, is *Found, s *script.Scenario) error {
	ctx = context.WithoutCancel(ctx)
	text := ReplaceLine([]byte(is.plain), "name", is.Name)
	is.plain = string(text)
	stated := ReplaceLine(text, "expect", is.statement())
	parsed, err := script.Parse(is.Name+".yaml", stated)
	if err != nil {
		return fmt.Errorf("state the finding %s: %w", is.Coarse(), err)
	}
	is.Note = f.check(ctx, parsed)
	if f.Builtin != nil {
		is.Builtin = withBuiltin(f.Builtin.Find(ctx, s))
		f.played()
	}
	is.Script = string(is.comment()) + string(stated)
	return nil
}

// check plays a script as it stands, and returns why it does not pass, or "".
func (f *Finder) check(ctx context.Context, s *script.Scenario) string {
	if f.Foreign != "" {
		return "play it with --client " + f.Foreign
	}
	f.played()
	r := f.Player.Run(ctx, s)
	switch {
	case r.Verdict == scenarios.Pass:
		return ""
	case len(r.Reasons) > 0:
		return string(r.Verdict) + ": " + OneLine(r.Reasons[0].String())
	}
	return string(r.Verdict)
}

func withBuiltin(o *hunt.Outcome) string {
	switch {
	case o.Unjudged != "":
		return "was not judged: " + OneLine(o.Unjudged)
	case len(o.Findings) > 0:
		return "has it too: " + OneLine(o.Findings[0].Sentence)
	}
	return "passes it"
}

// statement returns what the file expects, so that it passes as long as the client has the flaw.
// The format can state the oracle's findings. Of others it can state how many requests there are,
// and the time if the client wastes it.
func (f *Found) statement() string {
	expect := []string{"outcome: any"}
	var violates []string
	for _, k := range f.kinds {
		if k.Oracle() {
			violates = append(violates, string(k))
		}
	}
	if len(violates) > 0 {
		expect = append(expect, "violates: ["+strings.Join(violates, ", ")+"]")
	}
	if f.Result == nil {
		return "{" + strings.Join(expect, ", ") + "}"
	}
	if !f.Kind.Oracle() {
		expect = append(expect, fmt.Sprintf("sends: %d", f.Result.Sends))
	}
	switch f.Kind {
	case hunt.SleepAtEnd, hunt.PastDeadline, hunt.TooSlow:
		expect = append(expect, fmt.Sprintf("elapsed: %v", f.Result.Elapsed))
	}
	return "{" + strings.Join(expect, ", ") + "}"
}

// comment returns the head of the file: what happened, and what other clients make of it.
func (f *Found) comment() []byte {
	b := fmt.Appendf(nil, "# %s: %s.\n", f.Kind, OneLine(f.Sentence))
	if f.Builtin != "" {
		b = fmt.Appendf(b, "# The client builtin %s.\n", f.Builtin)
	}
	if f.Note != "" {
		b = fmt.Appendf(b, "# The format cannot state this finding. chaos run: %s.\n", f.Note)
	}
	return b
}

// OneLine returns a text without line breaks and without a full stop at its end.
func OneLine(text string) string {
	return strings.TrimSuffix(strings.Join(strings.Fields(text), " "), ".")
}

// ReplaceLine replaces the value of a key in a script in canonical form, in which each key of the
// file begins a line and its value is indented. It appends a key that the script lacks. A value
// that begins with a space is a list, which begins on the next line.
func ReplaceLine(text []byte, key, value string) []byte {
	line := []byte(key + ": " + value + "\n")
	if strings.HasPrefix(value, " ") {
		line = []byte(key + ":\n" + value + "\n")
	}
	var b bytes.Buffer
	found, inside := false, false
	for old := range bytes.Lines(text) {
		if !bytes.ContainsRune([]byte(" -#\n"), rune(old[0])) {
			if inside = bytes.HasPrefix(old, []byte(key+":")); inside {
				b.Write(line)
				found = true
			}
		}
		if !inside {
			b.Write(old)
		}
	}
	if !found {
		b.Write(line)
	}
	return b.Bytes()
}
