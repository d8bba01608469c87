package faultproxy

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/s3chaos/s3chaos/faultproxy/internal/httptext"
	"github.com/s3chaos/s3chaos/faultproxy/internal/wire"
)

// shorten sends the start of a body as if it were the whole body.
type shorten struct {
	To Amount `yaml:"to"` // what is left of the body; zero: nothing
}

// Shorten sends a response whose body ends after so many bytes, or after a share of its length.
// Content-Length fits the short body, and so does Content-Range; ETag and checksums stay as they
// were. Only a checksum tells the client that something is missing, or the range that it asked for.
// For a HEAD request, the head has the short length.
//
// The fault does not act on a body that is no longer than that, nor on one without a
// Content-Length.
func Shorten(to Amount) Fault { return &shorten{To: to} }

func (f *shorten) Kind() string    { return "shorten" }
func (f *shorten) String() string  { return printFault(f) }
func (f *shorten) part(r *Rule)    { r.Fault = f }
func (f *shorten) traits() traits  { return traits{order: throughUpstream, spoils: true} }
func (f *shorten) Validate() error { return Place{After: f.To}.validate("shorten.to") }

func (f *shorten) shape(x *exchange, _ *activeRule) shape {
	return shape{response: func(r *reply) actor {
		framing := announced(r, x.req.Method)
		size, _ := f.To.of(framing)
		if framing.Kind != wire.ByLength || int64(size) >= framing.Length || r.status == 206 && size == 0 {
			return nil
		}
		r.head, r.edited = shortHead(r.head, int64(size)), true
		if x.req.Method == "HEAD" {
			return nil
		}
		r.framing.Length = int64(size)
		return &start{left: int64(size)}
	}}
}

// announced returns the framing that the head announces, which for HEAD is that of a body that is
// not sent.
func announced(r *reply, method string) wire.Framing {
	if method != "HEAD" || r.status != 200 {
		return r.framing
	}
	value, _ := httptext.Headers(r.head).Get("Content-Length")
	n, err := strconv.ParseInt(value, 10, 64)
	if err != nil {
		return r.framing
	}
	return wire.Framing{Kind: wire.ByLength, Length: n}
}

// shortHead returns the head with this length, and with a Content-Range that fits it.
func shortHead(head []byte, size int64) []byte {
	return editHead(head, func(name, value string) (string, bool) {
		switch name {
		case "content-length":
			return fmt.Sprintf("Content-Length: %d\r\n", size), false
		case "content-range":
			first, _, _ := strings.Cut(strings.TrimPrefix(value, "bytes "), "-")
			_, total, _ := strings.Cut(value, "/")
			from, err := strconv.ParseInt(first, 10, 64)
			return fmt.Sprintf("Content-Range: bytes %d-%d/%s\r\n", from, from+size-1, total), err != nil
		}
		return "", true
	})
}

// start is a shaper that sends the first left bytes of a body and drops the others.
type start struct{ left int64 }

func (s *start) acted() bool { return false } // the edit of the head counts already

func (s *start) shape(_ *exchange, piece []byte, next sink) error {
	n := min(int64(len(piece)), s.left)
	s.left -= n
	if n == 0 {
		return nil
	}
	return next.put(piece[:n], true)
}

func (f *shorten) idleReason() string {
	return "the responses were no longer than that, or had no length"
}
