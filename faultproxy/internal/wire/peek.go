package wire

import (
	"bytes"
	"errors"
	"io"
)

// PeekBody reads the body behind a buffered head of that length and puts both back, so that the
// next read returns the same bytes again. It passes the body's content to content. If the body has
// more than limit bytes on the wire, PeekBody stops early and whole is false; that is not an error.
func (b *Reader) PeekBody(head int, f Framing, limit int, content func([]byte)) (whole bool, err error) {
	held := bytes.Clone(b.Buffered()[:head])
	b.Advance(head)
	var m Body
	m.Reset(b, f)
	for len(held) <= head+limit {
		piece, payload, next := m.Next()
		if next != nil {
			whole, err = errors.Is(next, io.EOF), IgnoreEOF(next)
			break
		}
		held = append(held, piece...)
		if payload {
			content(piece)
		}
	}
	b.unread(held)
	return whole, err
}

// unread puts bytes back before those that are buffered.
func (b *Reader) unread(p []byte) {
	rest, to := b.Buffered(), b.buf
	if n := len(p) + len(rest); n >= len(to) {
		to = make([]byte, n+BufferSize) // with room to read on
	}
	b.r, b.w = 0, len(p)+copy(to[len(p):], rest)
	copy(to, p)
	b.buf = to
}

// Trim replaces a buffer that has grown for one message by one of the usual size.
func (b *Reader) Trim() {
	if len(b.buf) > MaxHead && b.w-b.r <= BufferSize {
		to := *buffers.Get().(*[]byte)
		b.r, b.w = 0, copy(to, b.Buffered())
		b.buf = to
	}
}
