package faultproxy

import (
	"cmp"
	"io"
	"slices"
	"sync/atomic"

	"github.com/s3chaos/s3chaos/faultproxy/internal/identity"
	"github.com/s3chaos/s3chaos/faultproxy/internal/wire"
)

// flipper flips bits of a body. Which ones is drawn from the body's length; where nobody knows that
// beforehand, the body's beginning is held back until it has ended or there is enough of it to draw
// from. So the bits are the same however the body is cut into pieces.
type flipper struct {
	n     int                         // how many bits
	drawn func(i, bits uint64) uint64 // the i-th of them, below bits
	flips []flip                      // still to come, in order of place; nil with a window: not drawn yet
	at    int64
	held  *heldBack // of a body of unknown length; nil: its length is known, or the window is over
	sum   *digest   // of what is sent; nil: not wanted

	over func() bool // reports within a write of framing that the body has ended; nil: end tells
	hit  atomic.Bool // a bit was flipped
}

// flip is the bits to flip of the byte at a place.
type flip struct {
	at   int64
	mask byte
}

// heldSize is how many bytes of a body of unknown length are held back, and where its bits are
// flipped.
const heldSize = 512

// window is what is held back: the body's beginning with the framing around it.
type heldBack struct {
	f       *flipper
	dst     io.Writer
	raw     []byte
	payload []int // where in raw the bytes of the body are
}

// newFlipper flips n bits of a body: at different places, while there are enough.
func (x *exchange) newFlipper(n int, f wire.Framing) *flipper {
	seed, rule, request, nth := x.p.cfg.Seed, uint64(x.rule.id)<<32|drawFlip, x.req.IdentityHash, uint64(x.req.Nth)
	flips := &flipper{n: n, drawn: func(i, bits uint64) uint64 { return identity.Mix(seed, rule, request, nth, i) % bits }}
	if f.Kind == wire.ByLength {
		flips.flips = flips.draw(f.Length)
	} else {
		flips.held = &heldBack{f: flips}
	}
	return flips
}

// draw draws the bits to flip in a body of that size, or in its beginning.
func (f *flipper) draw(size int64) []flip {
	bits := uint64(size) * 8
	masks := map[int64]byte{}
	for i := range min(uint64(f.n), bits) {
		at := f.drawn(i, bits)
		for masks[int64(at/8)]&(1<<(at%8)) != 0 {
			at = (at + 1) % bits
		}
		masks[int64(at/8)] |= 1 << (at % 8)
	}
	flips := make([]flip, 0, len(masks))
	for at, mask := range masks {
		flips = append(flips, flip{at, mask})
	}
	slices.SortFunc(flips, func(a, b flip) int { return cmp.Compare(a.at, b.at) })
	return flips
}

// apply flips what is to be flipped of the next bytes of the body, in place.
func (f *flipper) apply(piece []byte) {
	end := f.at + int64(len(piece))
	for len(f.flips) > 0 && f.flips[0].at < end {
		piece[f.flips[0].at-f.at] ^= f.flips[0].mask
		f.flips = f.flips[1:]
		f.hit.Store(true)
	}
	f.at = end
	f.sum.write(piece)
}

func (f *flipper) shape(_ *exchange, piece []byte, out *wire.Writer) error {
	if f.held != nil {
		taken, err := f.held.take(piece, out)
		if err != nil {
			return err
		}
		piece = piece[taken:]
	}
	if len(piece) == 0 {
		return nil
	}
	changed := slices.Clone(piece)
	f.apply(changed)
	return out.Gather(changed)
}

// end sends what is still held back of a body that has ended.
func (f *flipper) end(out *wire.Writer) error {
	w := f.held
	if w == nil || w.dst == nil {
		return nil
	}
	if err := out.Flush(); err != nil {
		return err
	}
	out.Dst = w.dst
	return w.release()
}

// take holds the next bytes of the body back, as many as there is room for. It puts itself between
// a writer and its destination, and back when it is full.
func (w *heldBack) take(piece []byte, out *wire.Writer) (n int, err error) {
	if err := out.Flush(); err != nil {
		return 0, err
	}
	if w.dst == nil {
		w.dst, out.Dst = out.Dst, w
	}
	n = min(len(piece), heldSize-len(w.payload))
	for i := range n {
		w.payload = append(w.payload, len(w.raw)+i)
	}
	w.raw = append(w.raw, piece[:n]...)
	out.Sent += int64(n)
	if len(w.payload) < heldSize {
		return n, nil
	}
	out.Dst = w.dst
	return n, w.release()
}

// Write holds framing back, or lets it through once the window is over.
func (w *heldBack) Write(p []byte) (int, error) {
	if w.f.held == nil {
		return w.dst.Write(p)
	}
	w.raw = append(w.raw, p...)
	if w.f.over != nil && w.f.over() {
		return len(p), w.release()
	}
	return len(p), nil
}

// release flips bits of what was held back and sends it.
func (w *heldBack) release() error {
	f := w.f
	f.held = nil
	body := make([]byte, len(w.payload))
	for i, at := range w.payload {
		body[i] = w.raw[at]
	}
	f.flips = f.draw(int64(len(body)))
	f.apply(body)
	for i, at := range w.payload {
		w.raw[at] = body[i]
	}
	_, err := w.dst.Write(w.raw)
	return err
}
