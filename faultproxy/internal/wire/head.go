package wire

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
)

// MalformedError is the error for bytes that are not HTTP/1, or that two readers could interpret in
// different ways.
type MalformedError struct{ what string }

func (e *MalformedError) Error() string { return "malformed HTTP: " + e.what }

// Malformed returns a *MalformedError.
func Malformed(format string, args ...any) error {
	return &MalformedError{fmt.Sprintf(format, args...)}
}

// ErrHeadTooLarge is the error for a head of more than MaxHead bytes or of too many lines.
var ErrHeadTooLarge = errors.New("head too large")

// AwaitHead waits for a whole head (start line, header lines, empty line) and returns its length.
// Nothing is consumed. Lines end in CRLF. A bare LF is an error at once, and so is a head beyond
// the limits. The parsers reject a bare CR.
func (b *Reader) AwaitHead() (n int, err error) { return b.awaitHead(false, nil) }

// AwaitRequest waits for the head of a request as AwaitHead does. It drops one empty line before it
// (RFC 9112, section 2.2). It calls begun, unless that is nil, when it has a part of the head and
// has to wait for more.
func (b *Reader) AwaitRequest(begun func()) (n int, err error) { return b.awaitHead(true, begun) }

func (b *Reader) awaitHead(request bool, begun func()) (n int, err error) {
	line, lines, emptyLines := 0, 0, 0
	for scanned := 0; ; {
		window := b.Buffered()
		if request && bytes.HasPrefix(window, []byte{0x16, 3}) { // the start of a ClientHello
			return 0, Malformed("TLS on a port that speaks plain HTTP: want http:// in the client's endpoint")
		}
		for {
			i := bytes.IndexByte(window[scanned:], '\n')
			if i < 0 {
				scanned = len(window)
				break
			}
			end := scanned + i
			if end == line || window[end-1] != '\r' {
				return 0, Malformed("a line that ends in a bare LF")
			}
			scanned = end + 1
			if end-1 == line {
				if lines > 0 {
					return scanned, nil
				}
				if emptyLines++; !request || emptyLines > 1 {
					return 0, Malformed("an empty line before the start line")
				}
				b.Advance(scanned)
				window, scanned = b.Buffered(), 0
				continue
			}
			line = scanned
			if lines++; lines > maxLines {
				return 0, ErrHeadTooLarge
			}
		}
		if len(window) >= MaxHead {
			return 0, ErrHeadTooLarge
		}
		if len(window) > 0 && begun != nil {
			begun()
			begun = nil
		}
		if b.w == len(b.buf) {
			b.Reserve(min(2*max(len(window), 1), MaxHead+1))
		}
		if err := b.Fill(); err != nil {
			return 0, err
		}
	}
}

// Fields are the header lines that decide about framing and about the connection.
type Fields struct {
	Length    int64 // Content-Length; -1: none
	Chunked   bool  // Transfer-Encoding: chunked
	Close     bool  // Connection: close
	KeepAlive bool  // Connection: keep-alive
	Expect    bool  // Expect: 100-continue
	hosts     int   // how many Host lines
	badHost   bool  // a Host line that does not hold a host
	Own       Span  // the line of the header that the caller named, with its CRLF
}

// Span is a range of offsets; an empty one means that there is no such text.
type Span struct{ From, To int }

func (s Span) Of(text string) string { return text[s.From:s.To] }

// Line holds the places of a header's name and of its value, without the spaces around it.
type Line struct{ Name, Value Span }

// parseFields parses the header lines in raw from offset at on. A line that two readers could
// interpret in different ways is an error. The places of the lines are appended to lines, unless
// that is nil.
func parseFields(raw []byte, at int, own string, lines *[]Line) (f Fields, err error) {
	f.Length = -1
	for at < len(raw)-2 {
		end := at + bytes.IndexByte(raw[at:], '\n') + 1
		colon := at + bytes.IndexByte(raw[at:end-2], ':')
		if colon <= at {
			return f, Malformed("a header line without a name")
		}
		if !tokenBytes(raw[at:colon]) {
			return f, Malformed("an invalid header name")
		}
		value := trimSpan(raw, Span{colon + 1, end - 2})
		if !isFieldValue(raw[value.From:value.To]) {
			return f, Malformed("a control character in a header value")
		}
		name := raw[at:colon]
		if len(name) == len(own) && foldEqual(name, own) {
			if f.Own.To > 0 {
				return f, Malformed("two %s lines", name)
			}
			f.Own = Span{at, end}
		}
		if err := f.take(name, raw[value.From:value.To]); err != nil {
			return f, err
		}
		if lines != nil {
			*lines = append(*lines, Line{Span{at, colon}, value})
		}
		at = end
	}
	if f.Chunked && f.Length >= 0 {
		return f, Malformed("both Transfer-Encoding and Content-Length")
	}
	return f, nil
}

func (f *Fields) take(name, value []byte) error {
	switch len(name) {
	case len("Host"):
		if foldEqual(name, "host") {
			f.hosts++
			f.badHost = f.badHost || !hostBytes(value)
		}
	case len("Expect"):
		if foldEqual(name, "expect") {
			if !foldEqual(value, "100-continue") {
				return Malformed("an expectation other than 100-continue")
			}
			f.Expect = true
		}
	case len("Connection"):
		if foldEqual(name, "connection") {
			f.connection(value)
		}
	case len("Content-Length"):
		if foldEqual(name, "content-length") {
			if f.Length >= 0 {
				return Malformed("two Content-Length lines")
			}
			n, ok := decimal(value)
			if !ok {
				return Malformed("a Content-Length that is not a number")
			}
			f.Length = n
		}
	case len("Transfer-Encoding"):
		if foldEqual(name, "transfer-encoding") {
			if f.Chunked {
				return Malformed("two Transfer-Encoding lines")
			}
			if !foldEqual(value, "chunked") {
				return Malformed("a Transfer-Encoding other than chunked")
			}
			f.Chunked = true
		}
	}
	return nil
}

func (f *Fields) connection(value []byte) {
	for len(value) > 0 {
		option, rest, _ := bytes.Cut(value, []byte{','})
		option = bytes.Trim(option, " \t")
		switch {
		case foldEqual(option, "close"):
			f.Close = true
		case foldEqual(option, "keep-alive"):
			f.KeepAlive = true
		}
		value = rest
	}
}

// decimal reads a number of at most 18 digits, without a sign.
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

// hostChars are the characters of a host and its port in a URL (RFC 3986, section 3.2).
var hostChars = func() (set [256]bool) {
	for _, c := range "!$&'()*+,-.:;=[]_~%0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ" {
		set[c] = true
	}
	return set
}()

// hostBytes reports whether a value can be a host. An empty one can: RFC 9110 wants it of a client
// whose URL has no host.
func hostBytes(value []byte) bool {
	for _, c := range value {
		if !hostChars[c] {
			return false
		}
	}
	return true
}

// isFieldValue reports whether a value contains no control characters except tabs. It tests eight
// bytes at a time ("Bit Twiddling Hacks", haszero), and looks at single bytes only if one of the
// eight may be a control character.
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

// trimSpan removes the spaces and tabs at both ends.
func trimSpan(raw []byte, s Span) Span {
	for s.From < s.To && (raw[s.From] == ' ' || raw[s.From] == '\t') {
		s.From++
	}
	for s.From < s.To && (raw[s.To-1] == ' ' || raw[s.To-1] == '\t') {
		s.To--
	}
	return s
}

// foldEqual reports whether b equals a word in lower-case ASCII, ignoring case.
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

// ValidateHeader returns an error if the header could not be sent as given.
func ValidateHeader(name, value string) error {
	if !tokenBytes([]byte(name)) {
		return fmt.Errorf("%q: want a header name", name)
	}
	if !isFieldValue([]byte(value)) {
		return fmt.Errorf("the value of %s contains a control character", name)
	}
	return nil
}

// IsFramingHeader reports whether a header decides where a message ends.
func IsFramingHeader(name string) bool {
	switch strings.ToLower(name) {
	case "content-length", "transfer-encoding", "connection", "trailer", "upgrade":
		return true
	}
	return false
}
