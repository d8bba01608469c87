package wire

import (
	"errors"
	"io"
	"sync"

	"github.com/s3chaos/s3chaos/faultproxy/internal/poison"
)

const (
	BufferSize = 16 << 10 // size of a connection's read buffer: most heads fit, and small bodies with them
	MaxHead    = 64 << 10 // longest head accepted, in bytes
	maxLines   = 512      // most header lines accepted
)

// ErrBufferFull is the error of FillTail when the buffer has no room.
var ErrBufferFull = errors.New("buffer full")

// Reader is a read buffer for one direction of a connection. The slices that it returns share its
// memory.
type Reader struct {
	Src  io.Reader
	Raw  *RawConn // for WriteRead; nil: not a plain TCP connection
	buf  []byte
	r, w int
	// Steady lets Fill use the whole buffer before it starts again at the front. How far the reader
	// is ahead of its caller then does not depend on how many bytes single reads return.
	Steady bool
	// Before, unless nil, is called before each read of Src.
	Before func()
}

var buffers = sync.Pool{New: func() any { b := make([]byte, BufferSize); return &b }}

// NewReader makes a Reader with an empty buffer. Release must be called at its end.
func NewReader(src io.Reader) *Reader {
	return &Reader{Src: src, buf: *buffers.Get().(*[]byte)}
}

// Release gives the buffer back; the reader must not be used afterwards.
func (b *Reader) Release() {
	poison.Fill(b.buf)
	if len(b.buf) == BufferSize {
		buf := b.buf
		buffers.Put(&buf)
	}
	b.buf, b.r, b.w = nil, 0, 0
}

// Buffered returns the bytes that were read and not yet consumed.
func (b *Reader) Buffered() []byte { return b.buf[b.r:b.w] }

// Advance consumes n buffered bytes.
func (b *Reader) Advance(n int) { b.r += n }

// Fill reads at least one more byte. It may move the buffered bytes.
func (b *Reader) Fill() error {
	switch {
	case b.r == b.w && (!b.Steady || b.w == len(b.buf)):
		b.r, b.w = 0, 0
	case b.w == len(b.buf):
		b.w = copy(b.buf, b.buf[b.r:b.w])
		b.r = 0
	}
	return b.FillTail()
}

// FillTail reads at least one more byte without moving the buffered ones: slices that Buffered
// returned stay valid.
func (b *Reader) FillTail() error {
	if b.w == len(b.buf) {
		return ErrBufferFull
	}
	for range 100 {
		if b.Before != nil {
			b.Before()
		}
		n, err := b.Src.Read(b.buf[b.w:])
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

// Drain reads and drops everything until a read fails, and returns that error.
func (b *Reader) Drain() (err error) {
	for err == nil {
		b.r, b.w = 0, 0
		err = b.FillTail()
	}
	b.r, b.w = 0, 0
	return err
}

// Reserve makes room for n bytes from the read position on; n is at most MaxHead.
func (b *Reader) Reserve(n int) {
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

// Writer gathers small writes and counts the bytes it has sent.
type Writer struct {
	Dst  io.Writer
	buf  []byte
	held []byte // sent in place of buf: memory of the caller
	Sent int64
	Err  error // set by Try
}

const gatherLimit = 8 << 10

// NewWriter makes a writer to dst.
func NewWriter(dst io.Writer) Writer { return Writer{Dst: dst} }

// Reset makes w a new writer to dst, which uses the memory that w has.
func (w *Writer) Reset(dst io.Writer) { *w = Writer{Dst: dst, buf: w.buf[:0]} }

// Gather sends p later, together with other small writes, or at once if p is large.
func (w *Writer) Gather(p []byte) error {
	if len(w.held) == 0 && len(w.buf)+len(p) <= gatherLimit {
		w.buf = append(w.buf, p...)
		return nil
	}
	if err := w.Flush(); err != nil {
		return err
	}
	n, err := w.Dst.Write(p)
	w.Sent += int64(n)
	return err
}

// Send sends p at once, after the pending bytes.
func (w *Writer) Send(p []byte) error {
	if len(w.Pending()) == 0 {
		n, err := w.Dst.Write(p)
		w.Sent += int64(n)
		return err
	}
	if err := w.Gather(p); err != nil {
		return err
	}
	return w.Flush()
}

// Hold sends p later, as Gather does, but without a copy: the caller must not change p until it is
// sent.
func (w *Writer) Hold(p []byte) error {
	if len(w.Pending()) > 0 {
		return w.Gather(p)
	}
	w.held = p
	return nil
}

// Pending returns the bytes that are still to be sent.
func (w *Writer) Pending() []byte {
	if len(w.held) > 0 {
		return w.held
	}
	return w.buf
}

// Drop discards the pending bytes.
func (w *Writer) Drop() { w.buf, w.held = w.buf[:0], nil }

// Flush sends the pending bytes.
func (w *Writer) Flush() error {
	p := w.Pending()
	if len(p) == 0 {
		return nil
	}
	n, err := w.Dst.Write(p)
	w.Sent += int64(n)
	w.Drop()
	return err
}

// Try calls f and keeps its error in Err, unless Err is already set.
func (w *Writer) Try(f func() error) {
	if w.Err == nil {
		w.Err = f()
	}
}
