// Package httptext reads header lines and query parameters in place: [Headers.Each] calls a
// function for each header line, [EachParam] for each query parameter.
//
// All strings share the memory of the text that they are part of, so that reading a request
// allocates nothing. Only text with escapes is decoded into new memory. The functions do not fail:
// malformed escapes are kept and malformed lines are skipped.
package httptext

import (
	"strconv"
	"strings"
)

// Headers are the header lines of a head, without the request line. Each line ends in CRLF.
type Headers string

func (h Headers) Clone() Headers { return Headers(strings.Clone(string(h))) }

// Each calls f for each line, in order, until f returns false.
func (h Headers) Each(f func(name, value string) bool) {
	for rest := string(h); rest != ""; {
		name, value, next := headerLine(rest)
		rest = next
		if name != "" && !f(name, trimOWS(value)) {
			return
		}
	}
}

// headerLine splits the first line from a block. It returns the line's name, or "" if it has no
// name, and its value.
func headerLine(block string) (name, value, rest string) {
	line := block
	if before, after, ok := strings.Cut(block, "\n"); ok {
		line, rest = before, after
	}
	i := strings.IndexByte(line, ':')
	if i <= 0 {
		return "", "", rest
	}
	return line[:i], line[i+1:], rest
}

// NameBit returns a number with one bit set, which depends on the header's name without its case. A
// request whose headers do not have that bit has no header with that name.
func NameBit(name string) uint64 {
	if name == "" {
		return 0
	}
	const fold = 0x20 // the bit that makes an ASCII letter lower-case
	first, last := uint(name[0]|fold), uint(name[len(name)-1]|fold)
	return 1 << ((uint(len(name)) + 7*first + 13*last) % 64)
}

// Get returns the first value of a header. It ignores the case of names.
func (h Headers) Get(name string) (value string, ok bool) {
	h.Each(func(n, v string) bool {
		if len(n) == len(name) && EqualFold(n, name) {
			value, ok = v, true
		}
		return !ok
	})
	return value, ok
}

func trimOWS(s string) string {
	for s != "" && (s[0] == ' ' || s[0] == '\t') {
		s = s[1:]
	}
	for s != "" && (s[len(s)-1] == ' ' || s[len(s)-1] == '\t' || s[len(s)-1] == '\r') {
		s = s[:len(s)-1]
	}
	return s
}

// EqualFold reports whether ASCII strings of equal length are equal without case.
func EqualFold(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range len(a) {
		x, y := a[i], b[i]
		if x == y {
			continue
		}
		if 'A' <= x && x <= 'Z' {
			x += 'a' - 'A'
		}
		if 'A' <= y && y <= 'Z' {
			y += 'a' - 'A'
		}
		if x != y {
			return false
		}
	}
	return true
}

// EachParam calls f for each query parameter, in order, until f returns false. raw is the parameter
// as sent.
func EachParam(query string, f func(raw, name, value string) bool) {
	for query != "" {
		raw := query
		if i := strings.IndexByte(query, '&'); i >= 0 {
			raw, query = query[:i], query[i+1:]
		} else {
			query = ""
		}
		if raw == "" {
			continue
		}
		name, value := raw, ""
		if before, after, ok := strings.Cut(raw, "="); ok {
			name, value = before, after
		}
		if !f(raw, UnescapeQuery(name), value) {
			return
		}
	}
}

// Unescape decodes %XX, and keeps invalid escapes.
func Unescape(s string) string {
	if strings.IndexByte(s, '%') < 0 {
		return s
	}
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) {
			if b, err := strconv.ParseUint(s[i+1:i+3], 16, 8); err == nil {
				out = append(out, byte(b))
				i += 2
				continue
			}
		}
		out = append(out, s[i])
	}
	return string(out)
}

// UnescapeQuery decodes %XX and "+", which stands for a space.
func UnescapeQuery(s string) string {
	if strings.IndexByte(s, '+') >= 0 {
		s = strings.ReplaceAll(s, "+", " ")
	}
	return Unescape(s)
}
