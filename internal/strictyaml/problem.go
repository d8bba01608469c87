package strictyaml

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// InputError holds every mistake of one or more scenario files. Get it with errors.As; nothing has
// run when it is returned.
type InputError struct {
	Problems []Problem // by file, then by place
}

// Error prints all problems, each as [Problem.String] does.
func (e *InputError) Error() string {
	texts := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		texts[i] = p.String()
	}
	return strings.Join(texts, "\n")
}

// Problem is one mistake of a scenario file.
type Problem struct {
	File         string
	Line, Column int    // from 1, columns in characters; 0 where the file itself is the problem
	Message      string // what is wrong
	Hint         string // what to write instead; may be empty
	Source       string // the line it stands on
	Width        int    // how many characters of it are meant
}

// String prints the problem with its line, a caret below and the hint:
//
//	drill.yaml:7:3: unknown key "atempts" in expect
//	  7 |   atempts: 3
//	    |   ^^^^^^^
//	  hint: did you mean "attempts"?
func (p Problem) String() string {
	var b strings.Builder
	switch {
	case p.File != "" && p.Line > 0:
		fmt.Fprintf(&b, "%s:%d:%d: ", p.File, p.Line, p.Column)
	case p.File != "":
		fmt.Fprintf(&b, "%s: ", p.File)
	}
	b.WriteString(p.Message)
	if p.Line > 0 && strings.TrimSpace(p.Source) != "" {
		text, marks := excerpt(p.Source, p.Column, p.Width)
		number := fmt.Sprint(p.Line)
		fmt.Fprintf(&b, "\n  %s | %s\n  %*s | %s", number, text, len(number), "", marks)
	}
	if p.Hint != "" {
		fmt.Fprintf(&b, "\n  hint: %s", p.Hint)
	}
	return b.String()
}

// Longer lines are shown from a little before the mistake only.
const (
	excerptWidth = 120
	excerptLead  = 40
)

// excerpt cuts a window out of a long line and draws the carets under it. What would steer a
// terminal is shown as a dot.
func excerpt(line string, column, width int) (text, marks string) {
	runes := []rune(line)
	at := min(max(column-1, 0), len(runes))
	lead, tail := "", ""
	if len(runes) > excerptWidth {
		from := max(at-excerptLead, 0)
		to := min(from+excerptWidth, len(runes))
		if from > 0 {
			lead = "…"
		}
		if to < len(runes) {
			tail = "…"
		}
		runes, at = runes[from:to], at-from
	}
	var t, m strings.Builder
	for i, r := range runes {
		switch {
		case r == '\t':
		case !unicode.IsPrint(r):
			r = '·'
		}
		t.WriteRune(r)
		if i < at {
			if r != '\t' {
				r = ' '
			}
			m.WriteRune(r)
		}
	}
	m.WriteString(strings.Repeat("^", max(min(width, len(runes)-at), 1)))
	return lead + t.String() + tail, strings.Repeat(" ", len([]rune(lead))) + m.String()
}

// maxProblems is how many mistakes of one file are reported: users do not read more, and a hostile
// file must not fill the screen.
const maxProblems = 100

// Problems collects the mistakes of one file.
type Problems struct {
	file  string
	lines []string
	list  []Problem
	more  int

	warnings []Problem // what is no mistake and yet hardly meant
}

// Span is a stretch of one line.
type Span struct {
	Place
	width int
}

func (p *Problems) Add(at Span, hint, format string, args ...any) {
	p.keep(p.problem(at, hint, fmt.Sprintf(format, args...)))
}

func (p *Problems) keep(problem Problem) {
	if len(p.list) == maxProblems {
		p.more++
		return
	}
	p.list = append(p.list, problem)
}

func (p *Problems) Warn(at Span, hint, format string, args ...any) {
	p.warnings = append(p.warnings, p.problem(at, hint, "warning: "+fmt.Sprintf(format, args...)))
}

func (p *Problems) problem(at Span, hint, message string) Problem {
	problem := Problem{
		File: p.file, Line: min(max(at.Line, 1), max(len(p.lines), 1)), Column: max(at.Column, 1),
		Message: message, Hint: hint, Width: max(at.width, 1),
	}
	if problem.Line <= len(p.lines) {
		problem.Source = p.lines[problem.Line-1]
	}
	return problem
}

// Err is the *InputError of what was collected, or nil.
func (p *Problems) Err() error {
	if len(p.list) == 0 {
		return nil
	}
	slices.SortStableFunc(p.list, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	list := p.list
	if p.more > 0 {
		list = append(list, Problem{File: p.file, Message: fmt.Sprintf("and %d more mistakes", p.more)})
	}
	return &InputError{Problems: list}
}

// NewProblems collects the mistakes of the file with that name. The name is for messages only.
func NewProblems(file string) *Problems { return &Problems{file: file} }

// Count is how many mistakes there are so far.
func (p *Problems) Count() int { return len(p.list) + p.more }

// Warnings lists the warnings in the order in which they were found.
func (p *Problems) Warnings() []Problem { return p.warnings }

// Fork returns an empty collection for another reading of the same file.
func (p *Problems) Fork() *Problems { return &Problems{file: p.file, lines: p.lines} }

// Gather adds the mistakes of several readings of the file, each of them once. The message of a
// mistake that only some readings have ends in what some says of them, by their index.
func (p *Problems) Gather(readings []*Problems, some func(in []int) string) {
	type seen struct {
		Problem
		in []int
	}
	var list []*seen
	known := map[Problem]*seen{}
	for i, reading := range readings {
		for _, problem := range reading.list {
			s := known[problem]
			if s == nil {
				s = &seen{Problem: problem}
				known[problem] = s
				list = append(list, s)
			}
			if len(s.in) == 0 || s.in[len(s.in)-1] != i {
				s.in = append(s.in, i)
			}
		}
	}
	for _, s := range list {
		if len(s.in) < len(readings) {
			s.Message += some(s.in)
		}
		p.keep(s.Problem)
	}
}
