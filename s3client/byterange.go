package s3client

import (
	"fmt"
	"strconv"
	"strings"
)

// span is a range of bytes of an object as a request asks for it: from first
// to last, both inclusive; last -1: to the end; first -1: the last `last` bytes.
type span struct {
	first, last int64
}

var wholeObject = span{0, -1}

// parseRange reads "0-99", "100-" and "-500", the forms of HTTP.
func parseRange(text string) (span, error) {
	bad := func() (span, error) {
		return span{}, fmt.Errorf(`range %q: want "first-last", "first-" or "-length", in bytes`, text)
	}
	if text == "" {
		return wholeObject, nil
	}
	from, to, ok := strings.Cut(text, "-")
	if !ok || (from == "" && to == "") {
		return bad()
	}
	s := span{-1, -1}
	for _, field := range []struct {
		text string
		to   *int64
	}{{from, &s.first}, {to, &s.last}} {
		if field.text == "" {
			continue
		}
		n, err := strconv.ParseUint(field.text, 10, 63)
		if err != nil {
			return bad()
		}
		*field.to = int64(n)
	}
	if from == "" && s.last == 0 || from != "" && to != "" && s.last < s.first {
		return bad()
	}
	return s, nil
}

// String is the value of a Range header; "" for the whole object.
func (s span) String() string {
	switch {
	case s == wholeObject:
		return ""
	case s.first < 0:
		return fmt.Sprintf("bytes=-%d", s.last)
	case s.last < 0:
		return fmt.Sprintf("bytes=%d-", s.first)
	}
	return fmt.Sprintf("bytes=%d-%d", s.first, s.last)
}

// contentRange is what an answer 206 says it holds.
type contentRange struct {
	first, last int64
	total       int64 // size of the object; -1 if unknown
}

func parseContentRange(text string) (contentRange, error) {
	bad := func() (contentRange, error) {
		return contentRange{}, integrity("Content-Range %q makes no sense", text)
	}
	bytes, ok := strings.CutPrefix(text, "bytes ")
	if !ok {
		return bad()
	}
	held, total, ok := strings.Cut(bytes, "/")
	if !ok {
		return bad()
	}
	from, to, ok := strings.Cut(held, "-")
	if !ok {
		return bad()
	}
	r := contentRange{total: -1}
	for _, field := range []struct {
		text string
		to   *int64
	}{{from, &r.first}, {to, &r.last}, {total, &r.total}} {
		if field.to == &r.total && field.text == "*" {
			continue
		}
		n, err := strconv.ParseUint(field.text, 10, 63)
		if err != nil {
			return bad()
		}
		*field.to = int64(n)
	}
	if r.last < r.first || (r.total >= 0 && r.last >= r.total) {
		return bad()
	}
	return r, nil
}
