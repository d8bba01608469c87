package faultproxy

import (
	"errors"
	"strings"
	"unicode/utf8"
)

// glob is a compiled pattern. Most patterns are a literal, or have one "*" at an end or in the middle: these cost a
// comparison. The zero glob matches everything.
type glob struct {
	kind       globKind
	head, tail string // literal before and after the only "*"; head alone is the literal
	pattern    string
}

type globKind uint8

const (
	globAny globKind = iota
	globLiteral
	globAffix // head*tail
	globGeneral
)

func compileGlob(pattern string) glob {
	if strings.Trim(pattern, "*") == "" {
		return glob{pattern: pattern}
	}
	if strings.ContainsAny(pattern, `?[\`) {
		return glob{kind: globGeneral, pattern: pattern}
	}
	head, tail, star := strings.Cut(pattern, "*")
	switch {
	case !star:
		return glob{kind: globLiteral, head: head, pattern: pattern}
	case strings.Contains(tail, "*"):
		return glob{kind: globGeneral, pattern: pattern}
	}
	return glob{kind: globAffix, head: head, tail: tail, pattern: pattern}
}

func (g *glob) matches(s string) bool {
	switch g.kind {
	case globAny:
		return true
	case globLiteral:
		return g.head == s
	case globAffix:
		return len(s) >= len(g.head)+len(g.tail) && s[:len(g.head)] == g.head && s[len(s)-len(g.tail):] == g.tail
	}
	return matchGlob(g.pattern, s)
}

// validGlob reports what no text can match.
func validGlob(pattern string) error {
	for p := pattern; p != ""; {
		_, rest, err := globUnit(p)
		if err != nil {
			return err
		}
		p = rest
	}
	return nil
}

var (
	errClass  = errors.New(`pattern has "[" without "]" (write "\[" for the character)`)
	errEscape = errors.New(`pattern ends in "\"`)
	errRange  = errors.New(`pattern has a class whose range is empty or backwards`)
)

// unit is one step of a pattern: "*", or what matches one character.
type unit struct {
	star, any, negated bool
	char               rune
	class              string // ranges in order: lo hi lo hi
}

// globUnit reads the first unit of a pattern that is not empty.
func globUnit(p string) (u unit, rest string, err error) {
	switch p[0] {
	case '*':
		return unit{star: true}, p[1:], nil
	case '?':
		return unit{any: true}, p[1:], nil
	case '[':
		return globClass(p[1:])
	case '\\':
		if p = p[1:]; p == "" {
			return u, "", errEscape
		}
	}
	c, n := utf8.DecodeRuneInString(p)
	return unit{char: c}, p[n:], nil
}

func globClass(p string) (u unit, rest string, err error) {
	if p != "" && (p[0] == '^' || p[0] == '!') {
		u.negated, p = true, p[1:]
	}
	next := func() (rune, bool) {
		if p != "" && p[0] == '\\' {
			p = p[1:]
		}
		if p == "" {
			return 0, false
		}
		c, n := utf8.DecodeRuneInString(p)
		p = p[n:]
		return c, true
	}
	var class []rune
	for first := true; ; first = false {
		if p == "" {
			return u, "", errClass
		}
		if p[0] == ']' && !first {
			u.class = string(class)
			return u, p[1:], nil
		}
		lo, ok := next()
		hi := lo
		if ok && len(p) > 1 && p[0] == '-' && p[1] != ']' {
			p = p[1:]
			hi, ok = next()
		}
		if !ok {
			return u, "", errClass
		}
		if hi < lo {
			return u, "", errRange
		}
		class = append(class, lo, hi)
	}
}

func (u *unit) matches(c rune) bool {
	if u.any {
		return true
	}
	if u.class == "" {
		return c == u.char
	}
	in := false
	for s := u.class; s != ""; {
		lo, n := utf8.DecodeRuneInString(s)
		hi, k := utf8.DecodeRuneInString(s[n:])
		in = in || lo <= c && c <= hi
		s = s[n+k:]
	}
	return in != u.negated
}

// matchGlob matches in time len(pattern)·len(s) at most: only the last "*" is ever tried again.
func matchGlob(pattern, s string) bool {
	p, text := pattern, s
	retryP, retryS, starred := "", "", false
	for {
		if p != "" {
			u, rest, err := globUnit(p)
			if err != nil {
				return false
			}
			if u.star {
				p, retryP, retryS, starred = rest, rest, text, true
				continue
			}
			if text != "" {
				c, n := utf8.DecodeRuneInString(text)
				if u.matches(c) {
					p, text = rest, text[n:]
					continue
				}
			}
		} else if text == "" {
			return true
		}
		if !starred || retryS == "" {
			return false
		}
		_, n := utf8.DecodeRuneInString(retryS)
		retryS = retryS[n:]
		p, text = retryP, retryS
	}
}
