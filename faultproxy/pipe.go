package faultproxy

import (
	"fmt"

	"github.com/s3chaos/s3chaos/faultproxy/internal/wire"
)

// A body passes through its shapers one after another, in the order of their rules, and then into a
// writer. This file chains them.

// shaper changes, delays or cuts a body while it is sent.
type shaper interface {
	// shape passes the next bytes of the body on to next. It returns errCut to end the body there.
	shape(x *exchange, piece []byte, next sink) error
}

// actor is a shaper of a shaping rule.
type actor interface {
	shaper
	// acted reports whether the shaper has changed or delayed the body. The goroutine that waits
	// for the response may call it while another one shapes the request's body.
	acted() bool
}

// holder is a shaper that holds bytes back, and therefore the framing after them, too.
type holder interface {
	shaper
	// frame passes framing between the bytes of the body on.
	frame(piece []byte, next sink) error
	// end is called when no more bytes come.
	end(next sink) error
}

// sink takes a body: a shaper with those after it, or the writer at the end.
type sink interface {
	// put takes the next bytes: the body's (payload), or framing between them.
	put(piece []byte, payload bool) error
	// flush sends all bytes that the sinks do not hold back.
	flush() error
	// end is called once, when no more bytes come.
	end() error
}

// pipe is a shaper with the sink that it passes its bytes on to.
type pipe struct {
	x      *exchange
	shaper shaper
	next   sink
}

// pipe returns a sink that sends through s to next; if s is nil it is next.
func (x *exchange) pipe(next sink, s shaper) sink {
	if s == nil {
		return next
	}
	return &pipe{x, s, next}
}

func (p *pipe) put(piece []byte, payload bool) error {
	if payload {
		return p.shaper.shape(p.x, piece, p.next)
	}
	if h, ok := p.shaper.(holder); ok {
		return h.frame(piece, p.next)
	}
	return p.next.put(piece, false)
}

func (p *pipe) flush() error { return p.next.flush() }

func (p *pipe) end() error {
	if h, ok := p.shaper.(holder); ok {
		if err := h.end(p.next); err != nil {
			return err
		}
	}
	return p.next.end()
}

// putChunk puts the content into a sink as one chunk.
func putChunk(to sink, content []byte) error {
	if err := openChunk(to, content); err != nil {
		return err
	}
	return to.put([]byte("\r\n"), false)
}

// openChunk puts a chunk into a sink without the CRLF at its end.
func openChunk(to sink, content []byte) error {
	if err := to.put(fmt.Appendf(nil, "%x\r\n", len(content)), false); err != nil {
		return err
	}
	return to.put(content, true)
}

// tail is the last sink: it sends.
type tail struct {
	out  *wire.Writer
	sum  *digest // of the body that is sent; nil: not wanted
	bare bool    // omit the framing
}

func (t *tail) put(piece []byte, payload bool) error {
	if payload {
		t.sum.write(piece)
	} else if t.bare {
		return nil
	}
	return t.out.Gather(piece)
}

func (t *tail) flush() error { return t.out.Flush() }
func (t *tail) end() error   { return nil }
