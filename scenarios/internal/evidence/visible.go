package evidence

import (
	"strconv"
	"strings"
	"unicode"
)

// Visible escapes the control characters of a line from a client or a server. An escape sequence in
// it then cannot steer the terminal, and a newline cannot start a new line of the report.
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

// VisibleLines applies [Visible] to each line of a text.
func VisibleLines(text string) string {
	lines := strings.Split(text, "\n")
	for i := range lines {
		lines[i] = Visible(lines[i])
	}
	return strings.Join(lines, "\n")
}

func control(r rune) bool { return !unicode.IsPrint(r) }
