package faultproxy

import (
	"strconv"
	"strings"
)

// headers is the block of header lines of a head, without request line; lines end in CRLF.
type headers string

func (h headers) clone() headers { return headers(strings.Clone(string(h))) }

// each calls f for every line, in order, until it returns false.
func (h headers) each(f func(name, value string) bool) {
	for rest := string(h); rest != ""; {
		name, value, next := headerLine(rest)
		rest = next
		if name != "" && !f(name, trimOWS(value)) {
			return
		}
	}
}

// headerLine splits the first line from a block: its name, "" if it has none, and what stands behind the colon.
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

// nameBit is one of 64 bits, the same for a header's name in any case: a request that has none of the bit has no header
// of the name.
func nameBit(name string) uint64 {
	if name == "" {
		return 0
	}
	const fold = 0x20 // makes ASCII letters small
	first, last := uint(name[0]|fold), uint(name[len(name)-1]|fold)
	return 1 << ((uint(len(name)) + 7*first + 13*last) % 64)
}

// get returns the first value of a header; names are compared without case.
func (h headers) get(name string) (value string, ok bool) {
	h.each(func(n, v string) bool {
		if len(n) == len(name) && equalFold(n, name) {
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

// equalFold compares ASCII strings of equal length without case.
func equalFold(a, b string) bool {
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

// eachParam calls f with every raw query parameter, in order, until it returns false.
func eachParam(query string, f func(raw, name, value string) bool) {
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
		if !f(raw, unescapeQuery(name), value) {
			return
		}
	}
}

// unescape decodes %XX and keeps what is no valid escape.
func unescape(s string) string {
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

// unescapeQuery is unescape with '+' for a space.
func unescapeQuery(s string) string {
	if strings.IndexByte(s, '+') >= 0 {
		s = strings.ReplaceAll(s, "+", " ")
	}
	return unescape(s)
}
