package report

import (
	"io"
	"strings"
)

// A wrapper breaks lines that are longer than a terminal is wide. It breaks at spaces only, so that
// a word which is longer than a line stays whole.
type wrapper struct {
	w     io.Writer
	width int
}

func (w wrapper) Write(p []byte) (int, error) {
	var b strings.Builder
	for line := range strings.Lines(string(p)) {
		b.WriteString(wrapLine(line, w.width))
	}
	if _, err := io.WriteString(w.w, b.String()); err != nil {
		return 0, err
	}
	return len(p), nil
}

// wrapLine breaks a line. The lines that follow have the indent of the first and four columns more.
func wrapLine(line string, width int) string {
	text := strings.TrimRight(line, "\n")
	if visible(text) <= width {
		return line
	}
	begin := len(text) - len(strings.TrimLeft(text, " "))
	margin := strings.Repeat(" ", min(begin+4, width/2))
	var b strings.Builder
	b.WriteString(text[:begin])
	column, empty := begin, true
	for i, word := range strings.Split(text[begin:], " ") {
		n := visible(word)
		switch {
		case i == 0:
		case column+1+n > width && !empty:
			b.WriteString("\n" + margin)
			column, empty = len(margin), true
		default:
			b.WriteByte(' ')
			column++
		}
		b.WriteString(word)
		column += n
		empty = empty && n == 0
	}
	return b.String() + line[len(text):]
}

// visible counts the characters of a text without its colours.
func visible(s string) int {
	n, escape := 0, false
	for _, c := range s {
		switch {
		case c == '\x1b':
			escape = true
		case !escape:
			n++
		case c == 'm':
			escape = false
		}
	}
	return n
}
