package main

// Reflow: the paragraphs of // comments are filled to one width. Everything else keeps its bytes.

import "strings"

// wrapWidth is the width of a comment, its indent included.
const wrapWidth = 100

// wrap returns the content with its comments reflowed.
func (s *source) wrap() string {
	if s.generated || s.cgo {
		return s.content
	}
	var out []string
	for at := 0; at < len(s.lines); {
		end := s.groupEnd(at)
		if end == at {
			out = append(out, s.lines[at].text)
			at++
			continue
		}
		out = append(out, s.wrapGroup(at, end)...)
		at = end
	}
	return strings.Join(out, "\n")
}

// groupEnd returns the line behind the group of comment lines that starts at the given line. The
// lines of a group have the same indent, and the indent is made of tabs: with spaces in it, the
// group continues a comment behind code. Where no group starts, groupEnd returns at.
func (s *source) groupEnd(at int) int {
	indent, _ := split(s.lines[at].text)
	if strings.Contains(indent, " ") {
		return at
	}
	end := at
	for end < len(s.lines) && s.lines[end].comment {
		if own, _ := split(s.lines[end].text); own != indent {
			break
		}
		end++
	}
	return end
}

// wrapGroup returns the reflowed lines of the group from line at to before line end.
func (s *source) wrapGroup(at, end int) []string {
	indent, _ := split(s.lines[at].text)
	texts := make([]string, 0, end-at)
	for _, l := range s.lines[at:end] {
		texts = append(texts, l.text[len(indent):])
	}
	var out []string
	for _, block := range blocks(texts) {
		if block.fill {
			block.lines = refill(block.lines, wrapWidth-columns(indent))
		}
		for _, text := range block.lines {
			out = append(out, indent+text)
		}
	}
	return out
}

// refill fills a paragraph, unless the result would be read as anything but one paragraph.
func refill(lines []string, width int) []string {
	filled := fill(lines, width)
	if again := blocks(filled); len(again) != 1 || !again[0].fill {
		return lines
	}
	return filled
}

// fill puts the words of a paragraph into lines of at most width columns. A word that is wider gets
// a line of its own.
func fill(lines []string, width int) []string {
	var out []string
	current, column := "//", 2
	for _, chunk := range chunks(lines) {
		wide := columns(chunk)
		if column > 2 && column+1+wide > width {
			out = append(out, current)
			current, column = "//", 2
		}
		current += " " + chunk
		column += 1 + wide
	}
	return append(out, current)
}

// chunks returns the words of a paragraph. A word that would mean something else at the start of a
// line, such as "-", stays in one chunk with the word before it.
func chunks(lines []string) []string {
	var out []string
	for _, text := range lines {
		for word := range strings.SplitSeq(text[len("//"):], " ") {
			switch {
			case word == "":
			case len(out) > 0 && (special("// "+word) || special("// "+word+" x")):
				out[len(out)-1] += " " + word
			default:
				out = append(out, word)
			}
		}
	}
	return out
}
