package faultproxy

import (
	"bytes"
	"errors"

	"github.com/s3chaos/s3chaos/faultproxy/journal"
)

// malformed breaks the HTTP of the upstream's response in one place, and closes the connection
// after it.
type malformed struct {
	As         MalformedPart `yaml:"as"`          // zero: status_line
	AfterBytes Size          `yaml:"after_bytes"` // of the body, sent before a broken chunk
}

// MalformedPart is the part of a response that [Malformed] breaks.
type MalformedPart string

// AsStatusLine is a status line without a status. AsHeader is a line without a colon among the
// headers. AsChunkSize is a chunk whose size is not a number. AsChunkEnd is a chunk that is longer
// than its size. AsContentLength is a length that is not a number.
const (
	AsStatusLine    MalformedPart = "status_line"
	AsHeader        MalformedPart = "header"
	AsChunkSize     MalformedPart = "chunk_size"
	AsChunkEnd      MalformedPart = "chunk_end"
	AsContentLength MalformedPart = "content_length"
)

// Malformed forwards the request, and breaks the HTTP of the response in one place: the client
// cannot read the response, although the upstream has handled the request. The connection closes
// after the response. The parts of chunks send the body in chunks, whatever its framing was.
func Malformed(as MalformedPart) Fault { return &malformed{As: as} }

// MalformedAfter breaks a chunk, [AsChunkSize] or [AsChunkEnd], after so many bytes of the
// response's body. Without more bytes in the body the fault does not fire.
func MalformedAfter(as MalformedPart, afterBytes Size) Fault {
	return &malformed{As: as, AfterBytes: afterBytes}
}

func (f *malformed) Kind() string   { return "malformed" }
func (f *malformed) String() string { return printFault(f) }
func (f *malformed) part(r *Rule)   { r.Fault = f }
func (f *malformed) traits() traits { return traits{order: throughUpstream} }
func (f *malformed) Validate() error {
	err := errors.Join(notNegative("malformed.after_bytes", f.AfterBytes), oneOf("malformed.as", f.As,
		AsStatusLine, AsHeader, AsChunkSize, AsChunkEnd, AsContentLength))
	if err == nil && f.AfterBytes > 0 && !f.inBody() {
		err = fieldErrorf("malformed.after_bytes", "%v: want it with chunk_size or chunk_end only", f.AfterBytes)
	}
	return err
}

// inBody reports whether the broken part is in the body.
func (f *malformed) inBody() bool { return f.As == AsChunkSize || f.As == AsChunkEnd }

func (f *malformed) act(x *exchange) {
	switch {
	case !x.through():
	case f.inBody() && !longer(x.up.head.Framing(x.req.Method), f.AfterBytes):
		x.relayUnfired()
	case f.inBody():
		f.breakChunk(x)
	default:
		if x.relayMalformed(f.broken, f.As == AsHeader || f.As == AsContentLength, nil) {
			x.close(journal.EndClosed)
		}
	}
}

// breakChunk sends the response in chunks up to the broken one.
func (f *malformed) breakChunk(x *exchange) {
	c := &brokenChunk{as: f.As, left: int64(f.AfterBytes)}
	whole := x.relayMalformed(func(head []byte) []byte {
		return withFraming(head, "Connection: close\r\nTransfer-Encoding: chunked\r\n")
	}, true, c)
	switch {
	case c.done && x.ended == "":
		x.close(journal.EndClosed)
	case !c.done:
		if whole { // the length was unknown, and the body ended before the broken chunk
			_ = x.out.Gather([]byte("0\r\n\r\n")) // sent at the end of the exchange, which reports an error
		}
		x.unfire(false)
	}
}

// broken returns a copy of a response's head with the part broken.
func (f *malformed) broken(head []byte) []byte {
	lines := bytes.IndexByte(head, '\n') + 1 // where the header lines begin
	line, rest := string(head[:lines]), head[lines:]
	switch f.As {
	case AsHeader:
		line += "this line has no colon\r\n"
	case AsContentLength:
		line += "Content-Length: many\r\n"
		rest = withoutFraming(head)[lines:]
	default:
		line = "HTTP/1.1 OK\r\n"
	}
	return append([]byte(line), rest...)
}

// relayMalformed sends the upstream's response with the head that broken returns, its body through
// last unless that is nil. readable says whether the client can read the status. It reports whether
// the whole body was sent.
func (x *exchange) relayMalformed(broken func(head []byte) []byte, readable bool, last shaper) bool {
	x.keep = false
	r, ok := x.prepareRelay()
	if !ok {
		return false
	}
	if readable {
		x.noteHead(r.status, r.head)
		x.out.answeredAt = x.p.now()
	}
	return x.relayAs(broken(r.head), x.toClient(last, false))
}

// brokenChunk is a shaper that sends left bytes in chunks, then a broken chunk, and cuts the body.
type brokenChunk struct {
	as   MalformedPart
	left int64
	done bool // the broken chunk was sent
}

func (c *brokenChunk) shape(_ *exchange, piece []byte, next sink) error {
	n := min(int64(len(piece)), c.left)
	c.left -= n
	if n > 0 {
		if err := putChunk(next, piece[:n]); err != nil {
			return err
		}
	}
	rest := piece[n:]
	if len(rest) == 0 {
		return nil
	}
	c.done = true
	if c.as == AsChunkSize {
		if err := next.put([]byte("size\r\n"), false); err != nil {
			return err
		}
		return errCut
	}
	if err := openChunk(next, rest); err != nil {
		return err
	}
	if err := next.put([]byte("and more\r\n0\r\n\r\n"), false); err != nil {
		return err
	}
	return errCut
}

// frame drops the framing of the upstream.
func (c *brokenChunk) frame([]byte, sink) error { return nil }

func (c *brokenChunk) end(sink) error { return nil }

func (f *malformed) neverActsOn(op asked) string {
	if f.inBody() {
		return op.noAnswerBody()
	}
	return ""
}

func (f *malformed) idleReason() string {
	if f.inBody() {
		return "the response ended before the byte to break a chunk at"
	}
	return noResponse
}
