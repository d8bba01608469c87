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
	units      []unit // of any other pattern
}

type globKind uint8

const (
	globAny globKind = iota
	globLiteral
	globAffix // head*tail
	globGeneral
	globNone
)

// compileGlob makes a pattern ready; one that validGlob refuses matches nothing.
func compileGlob(pattern string) glob {
	if strings.Trim(pattern, "*") == "" {
		return glob{}
	}
	head, tail, star := strings.Cut(pattern, "*")
	switch special := strings.ContainsAny(pattern, `?[\`); {
	case !special && !star:
		return glob{kind: globLiteral, head: head}
	case !special && !strings.Contains(tail, "*") && utf8.ValidString(pattern): // else it could match half a character
		return glob{kind: globAffix, head: head, tail: tail}
	}
	units, err := globUnits(pattern)
	if err != nil {
		return glob{kind: globNone}
	}
	return glob{kind: globGeneral, units: units}
}

func (g *glob) matches(s string) bool {
	switch g.kind {
	case globAny:
		return true
	case globLiteral:
		return g.head == s
	case globAffix:
		return len(s) >= len(g.head)+len(g.tail) && s[:len(g.head)] == g.head && s[len(s)-len(g.tail):] == g.tail
	case globGeneral:
		return matchUnits(g.units, s)
	}
	return false
}

// validGlob reports what no text can match.
func validGlob(pattern string) error {
	_, err := globUnits(pattern)
	return err
}

func globUnits(pattern string) (units []unit, err error) {
	for p := pattern; p != ""; {
		u, rest, err := globUnit(p)
		if err != nil {
			return nil, err
		}
		units, p = append(units, u), rest
	}
	return units, nil
}

var (
	errClass  = errors.New(`pattern has "[" without "]" (write "\[" for the character)`)
	errEscape = errors.New(`pattern ends in "\"`)
	errRange  = errors.New(`pattern has a class whose range is empty or backwards`)
)

// decodeChar reads one character; a byte that is no UTF-8 is a character of its own, above all others.
func decodeChar(s string) (c rune, n int) {
	c, n = utf8.DecodeRuneInString(s)
	if c == utf8.RuneError && n == 1 {
		c = utf8.MaxRune + 1 + rune(s[0])
	}
	return c, n
}

// unit is one step of a pattern: "*", or what matches one character.
type unit struct {
	star, any, negated bool
	char               rune
	class              []rune // ranges in order: lo hi lo hi
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
	c, n := decodeChar(p)
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
		c, n := decodeChar(p)
		p = p[n:]
		return c, true
	}
	var class []rune
	for first := true; ; first = false {
		if p == "" {
			return u, "", errClass
		}
		if p[0] == ']' && !first {
			u.class = class
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
	if u.class == nil {
		return c == u.char
	}
	in := false
	for i := 0; i < len(u.class); i += 2 {
		in = in || u.class[i] <= c && c <= u.class[i+1]
	}
	return in != u.negated
}

// matchUnits takes time len(units)·len(s) at most: only the last "*" is ever tried again.
func matchUnits(units []unit, s string) bool {
	next, star, retry := 0, -1, ""
	for {
		switch {
		case next == len(units) && s == "":
			return true
		case next < len(units) && units[next].star:
			next++
			star, retry = next, s
			continue
		case next < len(units) && s != "":
			c, n := decodeChar(s)
			if units[next].matches(c) {
				next, s = next+1, s[n:]
				continue
			}
		}
		if star < 0 || retry == "" {
			return false
		}
		_, n := decodeChar(retry)
		retry = retry[n:]
		next, s = star, retry
	}
}
