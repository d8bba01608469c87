package main

// A Go file as lines. The Go scanner says what each line is, so that a "//" inside of a string is
// not taken for a comment.

import (
	"go/scanner"
	"go/token"
	"regexp"
	"slices"
	"strings"
)

// A source is one scanned Go file.
type source struct {
	path, content string
	lines         []line
	tokens        []tok
	generated     bool // by its "Code generated" line: left alone
	cgo           bool // a string "C" may be the import of cgo, and a comment C code: not reflowed
}

// A line is one line of a source, without its line feed.
type line struct {
	text    string
	comment bool // only a // comment stands on it
	raw     bool // a string or a comment of several lines covers it
}

// A tok is a token that carries text: a comment, a string or an identifier.
type tok struct {
	kind token.Token
	text string
	line int // index of its first line
}

var generatedLine = regexp.MustCompile(`(?m)^// Code generated .* DO NOT EDIT\.$`)

// parse scans the content. The error is a [scanner.ErrorList].
func parse(path, content string) (*source, error) {
	src := &source{path: path, content: content, generated: generatedLine.MatchString(content)}
	starts := []int{0} // the offset of each line
	for text := range strings.SplitSeq(content, "\n") {
		src.lines = append(src.lines, line{text: text})
		starts = append(starts, starts[len(starts)-1]+len(text)+1)
	}

	file := token.NewFileSet().AddFile(path, -1, len(content))
	var problems scanner.ErrorList
	var scan scanner.Scanner
	scan.Init(file, []byte(content), problems.Add, scanner.ScanComments)
	for {
		pos, kind, text := scan.Scan()
		if kind == token.EOF {
			break
		}
		at, found := slices.BinarySearch(starts, file.Offset(pos))
		if !found {
			at--
		}
		src.cgo = src.cgo || text == `"C"`
		src.add(at, kind, text)
	}
	return src, problems.Err()
}

// add notes a token that begins on the line at.
func (s *source) add(at int, kind token.Token, text string) {
	if kind != token.COMMENT && kind != token.STRING && kind != token.IDENT {
		return
	}
	s.tokens = append(s.tokens, tok{kind, text, at})
	if strings.HasPrefix(text, "//") {
		s.lines[at].comment = strings.HasPrefix(strings.TrimLeft(s.lines[at].text, " \t"), "//")
		return
	}
	if more := strings.Count(text, "\n"); more > 0 {
		for i := at; i <= at+more; i++ {
			s.lines[i].raw = true
		}
	}
}

// split returns the indent of a line and the rest.
func split(text string) (indent, rest string) {
	rest = strings.TrimLeft(text, "\t ")
	return text[:len(text)-len(rest)], rest
}

// columns is the width of a text on the screen, with a tab of four columns and any other character
// of one.
func columns(text string) int {
	n := 0
	for _, r := range text {
		if r == '\t' {
			n += 4 - n%4
		} else {
			n++
		}
	}
	return n
}
