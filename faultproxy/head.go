package faultproxy

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
)

// malformed is the error for bytes that are no HTTP, or that two readers could read in two ways.
type malformed struct{ what string }

func (e *malformed) Error() string { return "malformed HTTP: " + e.what }

func bad(format string, args ...any) error { return &malformed{fmt.Sprintf(format, args...)} }

var errHeadTooLarge = errors.New("head too large")

// head waits for a whole head (start line, header lines, empty line) and returns its length. Nothing is consumed. Lines
// end in CRLF; a bare LF is an error at once, as is a head beyond the limits. A bare CR is left to the parsers, as any
// other control character.
func (b *reader) head() (n int, err error) {
	line, lines := 0, 0
	for scanned := 0; ; {
		window := b.buffered()
		for {
			i := bytes.IndexByte(window[scanned:], '\n')
			if i < 0 {
				scanned = len(window)
				break
			}
			end := scanned + i
			if end == line || window[end-1] != '\r' {
				return 0, bad("a line that ends in a bare LF")
			}
			scanned = end + 1
			if end-1 == line {
				if lines == 0 {
					return 0, bad("an empty line in place of a start line")
				}
				return scanned, nil
			}
			line = scanned
			if lines++; lines > maxLines {
				return 0, errHeadTooLarge
			}
		}
		if len(window) >= maxHead {
			return 0, errHeadTooLarge
		}
		if b.w == len(b.buf) {
			b.reserve(min(2*max(len(window), 1), maxHead+1))
		}
		if err := b.fill(); err != nil {
			return 0, err
		}
	}
}

// fields is what the proxy itself must know of header lines.
type fields struct {
	length    int64 // Content-Length; -1: none
	chunked   bool  // Transfer-Encoding: chunked
	close     bool  // Connection: close
	keepAlive bool  // Connection: keep-alive
	expect    bool  // Expect: 100-continue
	streaming bool  // x-amz-content-sha256: STREAMING-…: the body is aws-chunked
	hosts     int   // how many Host lines
	step      span  // the StepHeader line, CRLF included
}

// span is a range of offsets; empty: none.
type span struct{ from, to int }

func (s span) of(text string) string { return text[s.from:s.to] }

// line is where a header's name and its value, without the space around it, stand in a head.
type line struct{ name, value span }

// parseFields reads the header lines in raw from offset at on, strictly: whatever could be framed in two ways is an error.
// Where the lines stand is added to lines, unless that is nil.
func parseFields(raw []byte, at int, lines *[]line) (f fields, err error) {
	f.length = -1
	for at < len(raw)-2 {
		end := at + bytes.IndexByte(raw[at:], '\n') + 1
		colon := at + bytes.IndexByte(raw[at:end-2], ':')
		if colon <= at {
			return f, bad("a header line without a name")
		}
		if !tokenBytes(raw[at:colon]) {
			return f, bad("a header name that is no token")
		}
		value := trimSpan(raw, span{colon + 1, end - 2})
		if !isFieldValue(raw[value.from:value.to]) {
			return f, bad("a control character in a header value")
		}
		if err := f.take(raw[at:colon], raw[value.from:value.to], span{at, end}); err != nil {
			return f, err
		}
		if lines != nil {
			*lines = append(*lines, line{span{at, colon}, value})
		}
		at = end
	}
	if f.chunked && f.length >= 0 {
		return f, bad("both Transfer-Encoding and Content-Length")
	}
	return f, nil
}

func (f *fields) take(name, value []byte, at span) error {
	switch len(name) {
	case len("Host"):
		if foldEqual(name, "host") {
			f.hosts++
		}
	case len("Expect"):
		if foldEqual(name, "expect") {
			if !foldEqual(value, "100-continue") {
				return bad("an expectation other than 100-continue")
			}
			f.expect = true
		}
	case len("Connection"):
		if foldEqual(name, "connection") {
			f.connection(value)
		}
	case len("Content-Length"): // and X-S3chaos-Step, as long by chance
		switch {
		case foldEqual(name, "content-length"):
			if f.length >= 0 {
				return bad("two Content-Length lines")
			}
			n, ok := decimal(value)
			if !ok {
				return bad("a Content-Length that is no number")
			}
			f.length = n
		case foldEqual(name, stepHeaderLower):
			if f.step.to > 0 {
				return bad("two %s lines", StepHeader)
			}
			f.step = at
		}
	case len("Transfer-Encoding"):
		if foldEqual(name, "transfer-encoding") {
			if f.chunked {
				return bad("two Transfer-Encoding lines")
			}
			if !foldEqual(value, "chunked") {
				return bad("a Transfer-Encoding other than chunked")
			}
			f.chunked = true
		}
	case len("X-Amz-Content-Sha256"):
		if foldEqual(name, "x-amz-content-sha256") && bytes.HasPrefix(value, []byte("STREAMING-")) {
			f.streaming = true
		}
	}
	return nil
}

func (f *fields) connection(value []byte) {
	for len(value) > 0 {
		option, rest, _ := bytes.Cut(value, []byte{','})
		option = bytes.Trim(option, " \t")
		switch {
		case foldEqual(option, "close"):
			f.close = true
		case foldEqual(option, "keep-alive"):
			f.keepAlive = true
		}
		value = rest
	}
}

var stepHeaderLower = strings.ToLower(StepHeader)

// decimal reads a number of at most 18 digits: nothing else is a length.
func decimal(value []byte) (int64, bool) {
	if len(value) == 0 || len(value) > 18 {
		return 0, false
	}
	var n int64
	for _, c := range value {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int64(c-'0')
	}
	return n, true
}

// tokenChars are RFC 9110's tchar.
var tokenChars = func() (set [256]bool) {
	for _, c := range "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ" {
		set[c] = true
	}
	return set
}()

func tokenBytes(name []byte) bool {
	for _, c := range name {
		if !tokenChars[c] {
			return false
		}
	}
	return len(name) > 0
}

// isFieldValue reports whether a value holds no control characters but tabs. Eight bytes are looked at together: a flag
// is set in words with a byte below space or DEL ("Bit Twiddling Hacks", haszero), and those are looked at one by one.
func isFieldValue(value []byte) bool {
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	for len(value) >= 8 {
		word := binary.LittleEndian.Uint64(value)
		del := word ^ ones*0x7f
		if ((word-ones*' ')&^word|(del-ones)&^del)&highs != 0 && !noControl(value[:8]) {
			return false
		}
		value = value[8:]
	}
	return noControl(value)
}

func noControl(value []byte) bool {
	for _, c := range value {
		if c < ' ' && c != '\t' || c == 0x7f {
			return false
		}
	}
	return true
}

// trimSpan leaves out the spaces and tabs at both ends.
func trimSpan(raw []byte, s span) span {
	for s.from < s.to && (raw[s.from] == ' ' || raw[s.from] == '\t') {
		s.from++
	}
	for s.from < s.to && (raw[s.to-1] == ' ' || raw[s.to-1] == '\t') {
		s.to--
	}
	return s
}

// foldEqual compares with a lower-case ASCII word without case.
func foldEqual(b []byte, lower string) bool {
	if len(b) != len(lower) {
		return false
	}
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		if c != lower[i] {
			return false
		}
	}
	return true
}

// validHeader is the error for a header that could not be sent as given.
func validHeader(name, value string) error {
	if !tokenBytes([]byte(name)) {
		return fmt.Errorf("%q is no header name", name)
	}
	if !isFieldValue([]byte(value)) {
		return fmt.Errorf("the value of %s holds a control character", name)
	}
	return nil
}

// framingHeader reports whether a header decides where a message ends.
func framingHeader(name string) bool {
	switch strings.ToLower(name) {
	case "content-length", "transfer-encoding", "connection", "trailer", "upgrade":
		return true
	}
	return false
}
