package main

// Lines that are too long.

import (
	"go/token"
	"strings"
)

// maxColumns is the width of any line, with a tab of four columns.
const maxColumns = 120

// findLong reports the lines of more than maxColumns columns that an author can break. A line may
// be longer
//   - if a string or a comment of several lines covers it,
//   - if it is a directive, such as //go:generate,
//   - if one string literal, or one word of a comment such as a URL, is too long for a line of its
//     own at the indent of this line.
func findLong(src *source, report reporter) {
	atoms := make([]int, len(src.lines)) // the widest part of each line that cannot be broken
	for _, t := range src.tokens {
		if t.kind != token.COMMENT {
			atoms[t.line] = max(atoms[t.line], columns(t.text))
			continue
		}
		for word := range strings.FieldsSeq(t.text) {
			atoms[t.line] = max(atoms[t.line], columns("// "+word))
		}
	}
	for at, l := range src.lines {
		width := columns(l.text)
		indent, rest := split(l.text)
		switch {
		case width <= maxColumns, l.raw, l.comment && directive.MatchString(rest):
		case columns(indent)+atoms[at] > maxColumns:
		default:
			report(src, at, "%d columns: break the line, want at most %d", width, maxColumns)
		}
	}
}
