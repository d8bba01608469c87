package faultproxy

import (
	"bytes"
	"errors"
	"io"
)

// peek reads the body behind a buffered head of that length and puts both back: whoever reads next finds them as they
// came. The body's content goes to a digest. Beyond limit bytes on the wire it gives up, which is no error: whole is false.
func (b *reader) peek(head int, f framing, limit int, to *digest) (whole bool, err error) {
	held := bytes.Clone(b.buffered()[:head])
	b.advance(head)
	var m body
	m.reset(b, f)
	for len(held) <= head+limit {
		piece, payload, next := m.next()
		if next != nil {
			whole, err = errors.Is(next, io.EOF), ignoreEOF(next)
			break
		}
		held = append(held, piece...)
		if payload {
			to.write(piece)
		}
	}
	b.unread(held)
	return whole, err
}

// unread puts bytes back in front of what is buffered.
func (b *reader) unread(p []byte) {
	rest, to := b.buffered(), b.buf
	if n := len(p) + len(rest); n >= len(to) {
		to = make([]byte, n+bufferSize) // with room to read on
	}
	b.r, b.w = 0, len(p)+copy(to[len(p):], rest)
	copy(to, p)
	b.buf = to
}

// trim gives a buffer up that has grown for one message.
func (b *reader) trim() {
	if len(b.buf) > maxHead && b.w-b.r <= bufferSize {
		to := *buffers.Get().(*[]byte)
		b.r, b.w = 0, copy(to, b.buffered())
		b.buf = to
	}
}
