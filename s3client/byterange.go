package s3client

import (
	"fmt"
	"strconv"
	"strings"
)

// span is a range of bytes of an object as a request asks for it: from first to last, both
// inclusive; last -1: to the end; first -1: the last `last` bytes.
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

// suffix reports whether the range is the last bytes of the object.
func (s span) suffix() bool { return s.first < 0 }

// coversAll reports whether the range is the whole of an object of size bytes; size -1: unknown.
func (s span) coversAll(size int64) bool {
	switch {
	case size < 0:
		return false
	case s.suffix():
		return s.last >= size
	}
	return s.first == 0 && (s.last < 0 || size > 0 && s.last >= size-1)
}

// within returns the first and the last byte of the range in an object of size bytes. The last is
// before the first if there are none.
func (s span) within(size int64) (first, last int64) {
	switch {
	case s.suffix():
		return max(0, size-s.last), size - 1
	case s.last < 0:
		return s.first, size - 1
	}
	return s.first, min(s.last, size-1)
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

// contentRange is the Content-Range of a 206 response. An empty range has last = first - 1.
type contentRange struct {
	first, last int64
	total       int64 // size of the object in bytes
}

func parseContentRange(text string) (contentRange, error) {
	bad := func() (contentRange, error) {
		return contentRange{}, integrity("Content-Range %q: want bytes first-last/size", text)
	}
	if text == "bytes 0--1/0" {
		return contentRange{0, -1, 0}, nil // some stores send this for a suffix range of an empty object
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
	var r contentRange
	for _, field := range []struct {
		text string
		to   *int64
	}{{from, &r.first}, {to, &r.last}, {total, &r.total}} {
		n, err := strconv.ParseUint(field.text, 10, 63)
		if err != nil {
			return bad()
		}
		*field.to = int64(n)
	}
	if r.last < r.first || r.last >= r.total {
		return bad()
	}
	return r, nil
}
