package flow

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxDepth is how deep mappings and sequences may be nested. Without a limit, a hostile text could
// exhaust the stack.
const maxDepth = 16

// scanner reads mappings, sequences, and plain and quoted scalars. It rejects anchors, tags and
// comments.
type scanner struct {
	text string
	pos  int
}

// Parse reads a text that is one mapping, with or without its braces. Its error is an *Error.
func Parse(text string) (*Node, error) {
	s := &scanner{text: text}
	if !utf8.ValidString(text) {
		at := strings.IndexRune(text, utf8.RuneError) // the first invalid byte, or a U+FFFD before it
		return nil, s.errorf(at, "text is not valid UTF-8")
	}
	s.space()
	var n *Node
	var err error
	if s.peek() == '{' {
		n, err = s.value(0)
	} else {
		n, err = s.mapping(s.pos, 0, 0)
	}
	if err != nil {
		return nil, err
	}
	if s.space(); s.pos < len(s.text) {
		return nil, s.errorf(s.pos, "unexpected %s after the closing brace", s.here())
	}
	return n, nil
}

func (s *scanner) errorf(at int, format string, args ...any) *Error {
	return errorf(s.text, at, format, args...)
}

func (s *scanner) peek() byte {
	if s.pos < len(s.text) {
		return s.text[s.pos]
	}
	return 0
}

// here describes the next character for an error message.
func (s *scanner) here() string {
	if s.pos >= len(s.text) {
		return "end of text"
	}
	c, _ := utf8.DecodeRuneInString(s.text[s.pos:])
	return strconv.QuoteRune(c)
}

func (s *scanner) space() {
	for s.pos < len(s.text) && strings.IndexByte(" \t\r\n", s.text[s.pos]) >= 0 {
		s.pos++
	}
}

func (s *scanner) value(depth int) (*Node, error) {
	s.space()
	at := s.pos
	if depth > maxDepth {
		return nil, s.errorf(at, "nested deeper than %d levels", maxDepth)
	}
	switch c := s.peek(); c {
	case '{':
		s.pos++
		return s.mapping(at, '}', depth)
	case '[':
		s.pos++
		return s.sequence(at, depth)
	case '"', '\'':
		return s.quoted(c)
	}
	return s.plain()
}

// mapping reads pairs up to end, which is '}', or 0 for the end of the text. at is where the
// mapping starts.
func (s *scanner) mapping(at int, end byte, depth int) (*Node, error) {
	n := &Node{Kind: Mapping, at: at}
	for {
		s.space()
		if s.closes(end) {
			return n, nil
		}
		key, err := s.value(depth + 1)
		if err != nil {
			return nil, err
		}
		if key.Kind != Scalar {
			return nil, s.errorf(key.at, "%s cannot be a key", key.Kind)
		}
		s.space()
		if s.peek() != ':' {
			return nil, s.errorf(s.pos, "%s after key %s: want a colon and a value", s.here(), Quote(key.Text))
		}
		s.pos++
		value, err := s.value(depth + 1)
		if err != nil {
			return nil, err
		}
		for _, p := range n.Pairs {
			if p.Key.Text == key.Text {
				return nil, s.errorf(key.at, "key %s appears twice", Quote(key.Text))
			}
		}
		n.Pairs = append(n.Pairs, Pair{key, value})
		if done, err := s.separator(end, "}"); done || err != nil {
			return n, err
		}
	}
}

func (s *scanner) sequence(at, depth int) (*Node, error) {
	n := &Node{Kind: Sequence, at: at}
	for {
		s.space()
		if s.closes(']') {
			return n, nil
		}
		item, err := s.value(depth + 1)
		if err != nil {
			return nil, err
		}
		n.Items = append(n.Items, item)
		if done, err := s.separator(']', "]"); done || err != nil {
			return n, err
		}
	}
}

// closes reports whether end is the next character, and reads it. With end 0 it reports whether the
// text has ended, as a mapping without braces does.
func (s *scanner) closes(end byte) bool {
	if end == 0 {
		return s.pos >= len(s.text)
	}
	if s.peek() == end {
		s.pos++
		return true
	}
	return false
}

// separator reads a comma or the end of a mapping or sequence, and reports whether it was the end.
func (s *scanner) separator(end byte, name string) (done bool, err error) {
	s.space()
	if s.closes(end) {
		return true, nil
	}
	if s.peek() == ',' {
		s.pos++
		return false, nil
	}
	if end == 0 {
		return true, s.errorf(s.pos, "%s: want a comma or the end of the text", s.here())
	}
	return true, s.errorf(s.pos, "%s: want a comma or %q", s.here(), name)
}

// plain reads a scalar without quotes. It ends before a comma, a bracket, a line break, or a colon
// followed by a space or bracket.
func (s *scanner) plain() (*Node, error) {
	at := s.pos
	if c := s.peek(); c != 0 && strings.IndexByte("&*!|>%@`#", c) >= 0 {
		e := s.errorf(at, "%s cannot start a plain value in YAML", s.here())
		e.Hint = "put the value in quotes"
		return nil, e
	}
	for s.pos < len(s.text) {
		c := s.text[s.pos]
		if strings.IndexByte(",{}[]", c) >= 0 || c == '\n' {
			break
		}
		if c == ':' && (s.pos+1 == len(s.text) || strings.IndexByte(" \t\r\n,{}[]", s.text[s.pos+1]) >= 0) {
			break
		}
		if c == '#' && s.pos > at && strings.IndexByte(" \t", s.text[s.pos-1]) >= 0 {
			e := s.errorf(s.pos, "comments are not allowed")
			e.Hint = "put text with \" #\" in quotes"
			return nil, e
		}
		s.pos++
	}
	text := strings.TrimRight(s.text[at:s.pos], " \t\r")
	if text == "" {
		return nil, s.errorf(at, "%s: want a value", s.here())
	}
	return &Node{at: at, Text: text}, nil
}
