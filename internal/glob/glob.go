// Package glob matches texts against patterns. [Compile] prepares a pattern and [Pattern.Match]
// matches a text; [Check] explains why a pattern is malformed. The whole module uses this pattern
// language.
//
// A pattern matches a text as a whole:
//
//	?        any single character
//	*        any text, "/" and the empty text included
//	[a-z]    one of these characters; [^a-z] and [!a-z]: any other character
//	\x       the character x itself, also within [ ]
//
// All other characters match themselves. The empty pattern matches any text. A "]" that comes first
// within [ ], and a "-" that comes last, stand for themselves. A byte that is not UTF-8 is a
// character of its own.
//
// Match takes at most len(pattern)·len(text) steps, so its time is linear in the text.
package glob

import (
	"strings"
	"unicode/utf8"
)

// A Pattern is a compiled pattern. The zero Pattern matches any text. A pattern that is a literal,
// or has only one "*", costs one comparison.
type Pattern struct {
	kind       kind
	head, tail string // literals before and after the only "*"; a literal is head alone
	units      []unit // of a general pattern
}

type kind uint8

const (
	matchesAny kind = iota
	literal
	affix // head*tail
	general
	matchesNone
)

// Quote returns a pattern that matches the text alone.
func Quote(text string) string { return quoter.Replace(text) }

var quoter = strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`)

// Compile prepares a pattern. A pattern that Check refuses matches no text.
func Compile(pattern string) Pattern {
	if strings.Trim(pattern, "*") == "" {
		return Pattern{}
	}
	head, tail, star := strings.Cut(pattern, "*")
	switch special := strings.ContainsAny(pattern, `?[\`); {
	case !special && !star:
		return Pattern{kind: literal, head: head}
	// A comparison of bytes is right only for whole characters: "*\x80" must not match half of "€".
	case !special && !strings.Contains(tail, "*") && utf8.ValidString(pattern):
		return Pattern{kind: affix, head: head, tail: tail}
	}
	units, err := parse(pattern)
	if err != nil {
		return Pattern{kind: matchesNone}
	}
	return Pattern{kind: general, units: units}
}

// Check returns an error that says why pattern is malformed, or nil.
func Check(pattern string) error {
	_, err := parse(pattern)
	return err
}

// Match reports whether the pattern matches all of text.
func (p *Pattern) Match(text string) bool {
	switch p.kind {
	case matchesAny:
		return true
	case literal:
		return p.head == text
	case affix:
		return len(text) >= len(p.head)+len(p.tail) &&
			text[:len(p.head)] == p.head && text[len(text)-len(p.tail):] == p.tail
	case general:
		return matchUnits(p.units, text)
	}
	return false
}

// Literal returns the only text that the pattern matches, or "" if it matches several or has
// special characters.
func (p *Pattern) Literal() string {
	if p.kind != literal {
		return ""
	}
	return p.head
}

// Ends returns the first and the last byte of every text that the pattern matches. A byte is 0 if
// the pattern does not fix it. With them, a caller can reject most texts without calling Match.
func (p *Pattern) Ends() (first, last byte) {
	head, tail := p.head, p.tail
	if p.kind == literal {
		tail = head
	}
	if head != "" {
		first = head[0]
	}
	if tail != "" {
		last = tail[len(tail)-1]
	}
	if p.kind == general {
		first, last = p.units[0].ascii(), p.units[len(p.units)-1].ascii()
	}
	return first, last
}

// Covers reports whether pattern a certainly matches every text that pattern b matches. It returns
// false if this is not simple to prove.
func Covers(a, b string) bool {
	if a == b || strings.Trim(a, "*") == "" {
		return true
	}
	wide, narrow := Compile(a), Compile(b)
	switch {
	case narrow.kind == literal:
		return wide.Match(narrow.head)
	case wide.kind == affix && narrow.kind == affix:
		return strings.HasPrefix(narrow.head, wide.head) && strings.HasSuffix(narrow.tail, wide.tail)
	}
	return false
}
