package glob

// The general pattern: a list of units, each of them "*" or a matcher of one character.

import (
	"errors"
	"unicode/utf8"
)

var (
	errClass  = errors.New(`pattern has "[" without "]" (write "\[" for the character)`)
	errEscape = errors.New(`pattern ends in "\"`)
	errRange  = errors.New(`pattern has a class whose range is empty or backwards`)
)

// unit is one step of a pattern: "*", or a matcher of one character.
type unit struct {
	star, any, negated bool
	char               rune
	class              []rune // ranges in order: lo hi lo hi
}

// matches reports whether a unit other than "*" matches the character.
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

// ascii returns the only character that the unit matches, or 0 if there are several or it is not
// ASCII.
func (u *unit) ascii() byte {
	if u.char >= utf8.RuneSelf {
		return 0
	}
	return byte(u.char) // 0 for "*", "?" and classes
}

// matchUnits goes back only to the last "*". An earlier "*" need not be tried again: the last "*"
// can match any text that the earlier one could give up.
func matchUnits(units []unit, text string) bool {
	next, star, retry := 0, -1, ""
	for {
		switch {
		case next == len(units) && text == "":
			return true
		case next < len(units) && units[next].star:
			next++
			star, retry = next, text
			continue
		case next < len(units) && text != "":
			c, n := decodeChar(text)
			if units[next].matches(c) {
				next, text = next+1, text[n:]
				continue
			}
		}
		if star < 0 || retry == "" {
			return false
		}
		_, n := decodeChar(retry)
		retry = retry[n:]
		next, text = star, retry
	}
}

// decodeChar reads one character. A byte that is not UTF-8 becomes a character above all others.
func decodeChar(s string) (c rune, n int) {
	c, n = utf8.DecodeRuneInString(s)
	if c == utf8.RuneError && n == 1 {
		c = utf8.MaxRune + 1 + rune(s[0])
	}
	return c, n
}

func parse(pattern string) ([]unit, error) {
	var units []unit
	for pattern != "" {
		u, rest, err := parseUnit(pattern)
		if err != nil {
			return nil, err
		}
		units, pattern = append(units, u), rest
	}
	return units, nil
}

// parseUnit reads the first unit of a pattern that is not empty.
func parseUnit(p string) (u unit, rest string, err error) {
	switch p[0] {
	case '*':
		return unit{star: true}, p[1:], nil
	case '?':
		return unit{any: true}, p[1:], nil
	case '[':
		return parseClass(p[1:])
	case '\\':
		if p = p[1:]; p == "" {
			return u, "", errEscape
		}
	}
	c, n := decodeChar(p)
	return unit{char: c}, p[n:], nil
}

// parseClass reads the rest of a class, after its "[".
func parseClass(p string) (u unit, rest string, err error) {
	if p != "" && (p[0] == '^' || p[0] == '!') {
		u.negated, p = true, p[1:]
	}
	for first := true; ; first = false {
		if p != "" && p[0] == ']' && !first {
			return u, p[1:], nil
		}
		lo, rest, ok := classChar(p)
		hi := lo
		if ok && len(rest) > 1 && rest[0] == '-' && rest[1] != ']' {
			hi, rest, ok = classChar(rest[1:])
		}
		switch {
		case !ok:
			return u, "", errClass
		case hi < lo:
			return u, "", errRange
		}
		u.class, p = append(u.class, lo, hi), rest
	}
}

// classChar reads one character within a class, which a "\" may precede.
func classChar(p string) (c rune, rest string, ok bool) {
	if p != "" && p[0] == '\\' {
		p = p[1:]
	}
	if p == "" {
		return 0, "", false
	}
	c, n := decodeChar(p)
	return c, p[n:], true
}
