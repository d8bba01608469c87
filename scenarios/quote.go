package scenarios

import (
	"slices"
	"strings"

	"github.com/s3chaos/s3chaos/scenarios/internal/evidence"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

// A QuotedLine is a line of a scenario file.
type QuotedLine struct {
	Line int // from 1
	Text string
}

// Limits of what a result quotes of its file.
const (
	quoteLines = 40  // lines
	quoteWidth = 160 // characters of a line
)

// quote returns the lines of the scenario's file that say what was expected, in their order: the
// lines of the reasons, and the blocks expect and conformance. A foreign client owes only the
// latter.
func quote(s *script.Scenario, reasons []Reason, foreign bool) []QuotedLine {
	lines := strings.Split(string(s.Source), "\n")
	wanted := make(map[int]bool)
	want := func(number int) {
		if number > 0 && number <= len(lines) && len(wanted) < quoteLines {
			wanted[number] = true
		}
	}
	for _, r := range reasons {
		want(r.Line)
	}
	inside := false
	for i, line := range lines {
		text := strings.TrimRight(line, " \r\t")
		switch {
		case text == "" || text[0] == '#':
			continue
		case text[0] != ' ':
			inside = !foreign && strings.HasPrefix(text, "expect:") || strings.HasPrefix(text, "conformance:")
		}
		if inside {
			want(i + 1)
		}
	}
	var quoted []QuotedLine
	for i, line := range lines {
		if !wanted[i+1] {
			continue
		}
		text := []rune(evidence.Visible(strings.TrimRight(line, " \r\t")))
		if len(text) > quoteWidth {
			text = append(slices.Clip(text[:quoteWidth-1]), '…')
		}
		quoted = append(quoted, QuotedLine{i + 1, string(text)})
	}
	return quoted
}
