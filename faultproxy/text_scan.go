package faultproxy

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// ErrText is what every error of ParseRule and ParseFault about the text itself matches with
// errors.Is.
var ErrText = errors.New("invalid text")

// TextError is a mistake in the text of a rule or fault.
type TextError struct {
	Column  int // in characters, from 1
	Message string
	Hint    string // what to write instead; "" when unknown
}

func (e *TextError) Error() string {
	s := fmt.Sprintf("column %d: %s", e.Column, e.Message)
	if e.Hint != "" {
		s += " (" + e.Hint + ")"
	}
	return s
}

// Is matches ErrText.
func (e *TextError) Is(target error) bool { return target == ErrText }

// node is a piece of parsed text.
type node struct {
	kind   nodeKind
	at     int // byte offset
	text   string
	quoted bool
	pairs  []pair  // of a mapping
	items  []*node // of a sequence
}

type nodeKind uint8

const (
	scalarNode nodeKind = iota
	mappingNode
	sequenceNode
)

func (k nodeKind) String() string {
	return [...]string{"a value", "a mapping {…}", "a sequence […]"}[k]
}

type pair struct {
	key   *node
	value *node
}

// maxDepth bounds nesting: hostile text must not exhaust the stack.
const maxDepth = 16

// scanner reads YAML flow form: mappings, sequences, plain and quoted scalars; no anchors, tags or
// comments.
type scanner struct {
	text string
	pos  int
}

// scanText reads a text that is one mapping, with or without its braces.
func scanText(text string) (*node, error) {
	s := &scanner{text: text}
	if !utf8.ValidString(text) {
		at := strings.IndexRune(text, utf8.RuneError) // the first bad byte, or a U+FFFD that stands before it
		return nil, s.errorf(at, "text is not valid UTF-8")
	}
	s.space()
	var n *node
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
		return nil, s.errorf(s.pos, "%s after the end", s.here())
	}
	return n, nil
}

func (s *scanner) errorf(at int, format string, args ...any) *TextError {
	return textErrorf(s.text, at, format, args...)
}

func textErrorf(text string, at int, format string, args ...any) *TextError {
	return &TextError{
		Column:  utf8.RuneCountInString(text[:min(at, len(text))]) + 1,
		Message: fmt.Sprintf(format, args...),
	}
}

func (s *scanner) peek() byte {
	if s.pos < len(s.text) {
		return s.text[s.pos]
	}
	return 0
}

// here describes what stands at the scanner's place.
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

func (s *scanner) value(depth int) (*node, error) {
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

// mapping reads pairs up to end, which is '}', or 0 for the end of the text.
func (s *scanner) mapping(at int, end byte, depth int) (*node, error) {
	n := &node{kind: mappingNode, at: at}
	for {
		s.space()
		if s.closes(end) {
			return n, nil
		}
		key, err := s.value(depth + 1)
		if err != nil {
			return nil, err
		}
		if key.kind != scalarNode {
			return nil, s.errorf(key.at, "%s cannot be a key", key.kind)
		}
		s.space()
		if s.peek() != ':' {
			return nil, s.errorf(s.pos, "%s where %s needs a colon and a value", s.here(), quoteText(key.text))
		}
		s.pos++
		value, err := s.value(depth + 1)
		if err != nil {
			return nil, err
		}
		for _, p := range n.pairs {
			if p.key.text == key.text {
				return nil, s.errorf(key.at, "%s is here twice", quoteText(key.text))
			}
		}
		n.pairs = append(n.pairs, pair{key, value})
		if done, err := s.separator(end, "}"); done || err != nil {
			return n, err
		}
	}
}

func (s *scanner) sequence(at, depth int) (*node, error) {
	n := &node{kind: sequenceNode, at: at}
	for {
		s.space()
		if s.closes(']') {
			return n, nil
		}
		item, err := s.value(depth + 1)
		if err != nil {
			return nil, err
		}
		n.items = append(n.items, item)
		if done, err := s.separator(']', "]"); done || err != nil {
			return n, err
		}
	}
}

// closes consumes end and reports whether it was there; the end of the text ends a mapping without
// braces.
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
		return true, s.errorf(s.pos, "%s where a comma or the end belongs", s.here())
	}
	return true, s.errorf(s.pos, "%s where a comma or %q belongs", s.here(), name)
}

// plain reads a scalar without quotes: up to a comma, a bracket, or a colon that a space or bracket
// follows.
func (s *scanner) plain() (*node, error) {
	at := s.pos
	if c := s.peek(); c != 0 && strings.IndexByte("&*!|>%@`#", c) >= 0 {
		e := s.errorf(at, "%s begins something else than text in YAML", s.here())
		e.Hint = "put it in quotes"
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
			e := s.errorf(s.pos, "a comment cannot stand in one line")
			e.Hint = "put text with \" #\" in quotes"
			return nil, e
		}
		s.pos++
	}
	text := strings.TrimRight(s.text[at:s.pos], " \t\r")
	if text == "" {
		return nil, s.errorf(at, "%s where a value belongs", s.here())
	}
	return &node{at: at, text: text}, nil
}

func (s *scanner) quoted(quote byte) (*node, error) {
	at := s.pos
	s.pos++
	var b strings.Builder
	for s.pos < len(s.text) {
		c := s.text[s.pos]
		s.pos++
		switch {
		case c == quote && quote == '\'' && s.peek() == '\'':
			s.pos++
			b.WriteByte('\'')
		case c == quote:
			return &node{at: at, text: b.String(), quoted: true}, nil
		case c == '\\' && quote == '"':
			r, err := s.escape()
			if err != nil {
				return nil, err
			}
			b.WriteRune(r)
		default:
			b.WriteByte(c)
		}
	}
	return nil, s.errorf(at, "a quote is not closed")
}

// escapes are YAML's escapes of one character, which hold all of JSON's. JSON also writes a
// character above U+FFFF as two escapes, of its halves in UTF-16.
var escapes = map[byte]rune{
	'0': 0, 'a': 7, 'b': 8, 't': 9, 'n': 10, 'v': 11, 'f': 12, 'r': 13, 'e': 27, ' ': ' ', '"': '"', '/': '/',
	'\\': '\\',
	'N':  0x85, '_': 0xa0, 'L': 0x2028, 'P': 0x2029,
}

func (s *scanner) escape() (rune, error) {
	at := s.pos - 1
	c := s.peek()
	s.pos++
	if r, ok := escapes[c]; ok && s.pos <= len(s.text) {
		return r, nil
	}
	digits := map[byte]int{'x': 2, 'u': 4, 'U': 8}[c]
	if digits == 0 {
		return 0, s.errorf(at, "unknown escape in quotes")
	}
	r, ok := s.hex(digits)
	if ok && digits == 4 && utf16.IsSurrogate(r) && strings.HasPrefix(s.text[s.pos:], `\u`) {
		s.pos += len(`\u`)
		var low rune
		low, ok = s.hex(4)
		r = utf16.DecodeRune(r, low) // U+FFFD of what is no pair: only an escape of its own may mean that
		ok = ok && r != utf8.RuneError
	}
	if !ok || !utf8.ValidRune(r) {
		return 0, s.errorf(at, "unknown escape in quotes")
	}
	return r, nil
}

// hex reads so many hexadecimal digits.
func (s *scanner) hex(digits int) (rune, bool) {
	end := s.pos + digits
	if end > len(s.text) {
		return 0, false
	}
	n, err := strconv.ParseUint(s.text[s.pos:end], 16, 32)
	s.pos = end
	return rune(n), err == nil && n <= utf8.MaxRune
}
