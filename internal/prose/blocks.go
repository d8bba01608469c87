package main

// What a comment is made of. Only plain paragraphs are reflowed: a line that means something to Go,
// to its documentation or to the eye keeps its place.

import (
	"regexp"
	"strings"
)

// A block is a run of comment lines, each from its "//" on, to fill or to keep.
type block struct {
	lines []string
	fill  bool
}

var (
	outputLine  = regexp.MustCompile(`(?i)^//\s*(unordered )?output:`)
	directive   = regexp.MustCompile(`^//[^ ]|^// (\+build|#nosec|nolint)\b`)
	listItem    = regexp.MustCompile(`^// ([-*+•]|\d+[.)])( |$)`)
	heading     = regexp.MustCompile(`^// #+( |$)`)
	linkTarget  = regexp.MustCompile(`^// \[[^\]]*(\]:|$)`)
	tableRow    = regexp.MustCompile(`^// \|`)
	fence       = regexp.MustCompile("^// ?```")
	aligned     = regexp.MustCompile(`^//.*(\S   +\S|[\t\r\x{2500}-\x{257F}])`)
	paragraphly = regexp.MustCompile(`^// [^ \t]`)
)

// special reports whether a line is not the plain start of a paragraph's line.
func special(text string) bool {
	return !paragraphly.MatchString(text) || listItem.MatchString(text) || heading.MatchString(text) ||
		linkTarget.MatchString(text) || tableRow.MatchString(text) || fence.MatchString(text) ||
		outputLine.MatchString(text) || directive.MatchString(text)
}

// blocks cuts the lines of one comment into blocks.
func blocks(lines []string) []block {
	var out []block
	for at := 0; at < len(lines); {
		end := at + 1
		switch text := lines[at]; {
		case outputLine.MatchString(text):
			end = len(lines) // an example's output lasts to the end of its comment
		case fence.MatchString(text):
			for end < len(lines) && !fence.MatchString(lines[end]) {
				end++
			}
			end = min(end+1, len(lines))
		case listItem.MatchString(text), tableRow.MatchString(text):
			for end < len(lines) && paragraphly.MatchString(lines[end]) && !outputLine.MatchString(lines[end]) {
				end++
			}
		case !special(text):
			for end < len(lines) && !special(lines[end]) {
				end++
			}
			out = append(out, block{lines[at:end], !anyAligned(lines[at:end])})
			at = end
			continue
		}
		out = append(out, block{lines[at:end], false})
		at = end
	}
	return out
}

// anyAligned reports whether a line holds columns, a drawing or a control character.
func anyAligned(lines []string) bool {
	for _, text := range lines {
		if aligned.MatchString(strings.TrimRight(text, " ")) {
			return true
		}
	}
	return false
}
