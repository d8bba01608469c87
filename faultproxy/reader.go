package faultproxy

import (
	"errors"
	"io"
	"sync"
)

const (
	bufferSize = 16 << 10 // of a connection's read buffer: most heads, and small bodies with them
	maxHead    = 64 << 10 // longest head accepted, in bytes
	maxLines   = 512      // most header lines accepted
)

var errBufferFull = errors.New("buffer full")

// reader is a read buffer over one direction of a connection. What it hands out shares its memory.
type reader struct {
	src  io.Reader
	port *port // of a plain TCP connection; nil: it has none
	buf  []byte
	r, w int
}

var buffers = sync.Pool{New: func() any { b := make([]byte, bufferSize); return &b }}

func newReader(src io.Reader) *reader {
	return &reader{src: src, buf: *buffers.Get().(*[]byte)}
}

// release gives the buffer back; the reader must not be used afterwards.
func (b *reader) release() {
	if len(b.buf) == bufferSize {
		buf := b.buf
		buffers.Put(&buf)
	}
	b.buf, b.r, b.w = nil, 0, 0
}

func (b *reader) buffered() []byte { return b.buf[b.r:b.w] }

func (b *reader) advance(n int) { b.r += n }

// fill reads at least one byte more. It may move what is buffered.
func (b *reader) fill() error {
	if b.r == b.w {
		b.r, b.w = 0, 0
	} else if b.w == len(b.buf) {
		b.w = copy(b.buf, b.buf[b.r:b.w])
		b.r = 0
	}
	return b.fillTail()
}

// fillTail reads at least one byte more and moves nothing: what was handed out stays valid.
func (b *reader) fillTail() error {
	if b.w == len(b.buf) {
		return errBufferFull
	}
	for range 100 {
		n, err := b.src.Read(b.buf[b.w:])
		b.w += n
		if n > 0 {
			return nil
		}
		if err != nil {
			return err
		}
	}
	return io.ErrNoProgress
}

// drain reads what comes and drops it, until it no longer can.
func (b *reader) drain() (err error) {
	for err == nil {
		b.r, b.w = 0, 0
		err = b.fillTail()
	}
	b.r, b.w = 0, 0
	return err
}

// reserve makes room for n bytes from the read position on; n is at most maxHead.
func (b *reader) reserve(n int) {
	if b.r+n <= len(b.buf) {
		return
	}
	to := b.buf
	if n > len(to) {
		to = make([]byte, max(n, 2*len(to)))
	}
	b.w = copy(to, b.buf[b.r:b.w])
	b.r = 0
	b.buf = to
}

// writer gathers small writes and counts what went out. After its first error it is no longer written to.
type writer struct {
	dst  io.Writer
	buf  []byte
	held []byte // in place of buf: in somebody else's memory
	sent int64
	err  error // noted by try
}

const gatherLimit = 8 << 10

func (w *writer) write(p []byte) error {
	if len(w.held) == 0 && len(w.buf)+len(p) <= gatherLimit {
		w.buf = append(w.buf, p...)
		return nil
	}
	if err := w.flush(); err != nil {
		return err
	}
	n, err := w.dst.Write(p)
	w.sent += int64(n)
	return err
}

// send is write without gathering.
func (w *writer) send(p []byte) error {
	if len(w.pending()) == 0 {
		n, err := w.dst.Write(p)
		w.sent += int64(n)
		return err
	}
	if err := w.write(p); err != nil {
		return err
	}
	return w.flush()
}

// hold is write for what stays where it is until it is sent.
func (w *writer) hold(p []byte) error {
	if len(w.pending()) > 0 {
		return w.write(p)
	}
	w.held = p
	return nil
}

// pending is what is still to be sent.
func (w *writer) pending() []byte {
	if len(w.held) > 0 {
		return w.held
	}
	return w.buf
}

// drop forgets what is still to be sent.
func (w *writer) drop() { w.buf, w.held = w.buf[:0], nil }

func (w *writer) flush() error {
	p := w.pending()
	if len(p) == 0 {
		return nil
	}
	n, err := w.dst.Write(p)
	w.sent += int64(n)
	w.drop()
	return err
}

// try does one more thing unless one has gone wrong.
func (w *writer) try(f func() error) {
	if w.err == nil {
		w.err = f()
	}
}
