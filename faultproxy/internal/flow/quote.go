package flow

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Text in quotes: how it is read and printed.

// quoted reads a scalar in quotes of this kind.
func (s *scanner) quoted(quote byte) (*Node, error) {
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
			return &Node{at: at, Text: b.String(), Quoted: true}, nil
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
	return nil, s.errorf(at, "text in quotes has no closing quote")
}

// escapes are YAML's escapes of one character; JSON's are among them. JSON writes a character above
// U+FFFF as two escapes \u, one for each half of its UTF-16 form.
var escapes = map[byte]rune{
	'0': 0, 'a': 7, 'b': 8, 't': 9, 'n': 10, 'v': 11, 'f': 12, 'r': 13, 'e': 27, ' ': ' ', '"': '"', '/': '/',
	'\\': '\\',
	'N':  0x85, '_': 0xa0, 'L': 0x2028, 'P': 0x2029,
}

// escape reads an escape; the backslash has been read.
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
		r = utf16.DecodeRune(r, low) // U+FFFD if the two are not a pair
		ok = ok && r != utf8.RuneError
	}
	if !ok || !utf8.ValidRune(r) {
		return 0, s.errorf(at, "unknown escape in quotes")
	}
	return r, nil
}

// hex reads a number of so many hexadecimal digits, and reports whether it is one.
func (s *scanner) hex(digits int) (rune, bool) {
	end := s.pos + digits
	if end > len(s.text) {
		return 0, false
	}
	n, err := strconv.ParseUint(s.text[s.pos:end], 16, 32)
	s.pos = end
	return rune(n), err == nil && n <= utf8.MaxRune
}

// String returns s as a scalar: plain if every YAML reader takes that for the same string,
// otherwise in double quotes.
func String(s string) string {
	if plain(s) {
		return s
	}
	return Quote(s)
}

// plain reports whether every YAML reader takes s without quotes for the string s.
func plain(s string) bool {
	if s == "" || !letter(s[0]) {
		return false
	}
	for _, c := range []byte(s) {
		if !letter(c) && (c < '0' || c > '9') && c != '-' && c != '.' && c != '/' {
			return false
		}
	}
	switch strings.ToLower(s) {
	case "true", "false", "yes", "no", "on", "off", "y", "n", "null":
		return false
	}
	return true
}

func letter(c byte) bool { return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '_' }

// Quote returns s in double quotes, with YAML's escapes. Bytes that are not UTF-8 become U+FFFD,
// because YAML cannot express them.
func Quote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, c := range s {
		switch {
		case c == '"' || c == '\\':
			b.WriteByte('\\')
			b.WriteRune(c)
		case c == '\n':
			b.WriteString(`\n`)
		case c == '\t':
			b.WriteString(`\t`)
		case c == '\r':
			b.WriteString(`\r`)
		case c < ' ' || 0x7f <= c && c <= 0xa0:
			fmt.Fprintf(&b, `\x%02x`, c)
		case !strconv.IsPrint(c) && c <= 0xffff:
			fmt.Fprintf(&b, `\u%04x`, c)
		case !strconv.IsPrint(c):
			fmt.Fprintf(&b, `\U%08x`, c)
		default:
			b.WriteRune(c)
		}
	}
	b.WriteByte('"')
	return b.String()
}
