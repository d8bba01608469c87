package evidence

import (
	"strconv"
	"strings"
	"unicode"
)

// Visible is a line that comes from a client or from a server, with its control characters spelled
// out: neither may a terminal obey them, nor a report take them for lines of its own.
func Visible(line string) string {
	if !strings.ContainsFunc(line, control) {
		return line
	}
	var b strings.Builder
	for _, r := range line {
		switch {
		case !control(r):
			b.WriteRune(r)
		case r == '\t':
			b.WriteByte(' ')
		default:
			quoted := strconv.QuoteRune(r)
			b.WriteString(quoted[1 : len(quoted)-1])
		}
	}
	return b.String()
}

// VisibleLines is visible for a text that may have several lines.
func VisibleLines(text string) string {
	lines := strings.Split(text, "\n")
	for i := range lines {
		lines[i] = Visible(lines[i])
	}
	return strings.Join(lines, "\n")
}

func control(r rune) bool { return !unicode.IsPrint(r) }
