package main

// The sample: comments drawn by a seed, for a reader who judges them without the code.

import (
	"fmt"
	"go/token"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
)

// A remark is a comment to draw: line comments that follow each other, or one block comment.
type remark struct {
	path string
	line int // its first line, from 1
	text string
}

// sampleAll prints n comments of the files, in the order of the files. Equal files and seeds give
// equal samples.
func sampleAll(w io.Writer, paths []string, n int, seed uint64) error {
	var all []remark
	err := eachSource(paths, func(src *source) error {
		all = append(all, src.remarks()...)
		return nil
	})
	if err != nil {
		return err
	}
	drawn := rand.New(rand.NewPCG(seed, 0)).Perm(len(all))
	drawn = drawn[:min(n, len(drawn))]
	slices.Sort(drawn)
	for _, i := range drawn {
		fmt.Fprintf(w, "%s:%d\n%s\n\n", all[i].path, all[i].line, all[i].text)
	}
	return nil
}

// remarks returns the comments of a source that hold a word and are not directives only.
func (s *source) remarks() []remark {
	var out []remark
	next := -1 // the line behind the comment that was added last
	for _, t := range s.tokens {
		switch {
		case t.kind != token.COMMENT:
		case strings.HasPrefix(t.text, "/*"):
			out, next = append(out, remark{s.path, t.line + 1, t.text}), -1
		case t.text != "//" && directive.MatchString(t.text):
		case t.line == next && s.lines[t.line].comment:
			out[len(out)-1].text += "\n" + t.text
			next++
		case t.text != "//":
			out, next = append(out, remark{s.path, t.line + 1, t.text}), t.line+1
		}
	}
	return out
}
