package faultproxy

import (
	"cmp"
	"io"
	"slices"
	"sync/atomic"

	"github.com/s3chaos/s3chaos/faultproxy/internal/identity"
	"github.com/s3chaos/s3chaos/faultproxy/internal/wire"
)

// flipper flips bits of a body. The places are drawn from the body's length. If the length is not
// known beforehand, the flipper holds the first bytes of the body back until there are heldSize of
// them or the body has ended, and flips bits of those. The places therefore do not depend on how
// the body is cut into pieces.
type flipper struct {
	n     int                         // number of bits to flip
	drawn func(i, bits uint64) uint64 // returns the place of the i-th bit, below bits
	flips []flip                      // still to do, ordered by place; nil while bytes are held back
	at    int64
	held  *heldBack // for a body of unknown length, until its first bytes are sent; nil otherwise
	sum   *digest   // digest of the bytes that are sent; nil: not wanted

	over func() bool // reports, while framing is written, whether the body has ended; nil: end is called
	hit  atomic.Bool // a bit was flipped
}

// flip is a mask of bits to flip in the byte at a place.
type flip struct {
	at   int64
	mask byte
}

// heldSize is the number of bytes that are held back of a body of unknown length.
const heldSize = 512

// heldBack is the start of a body with its framing, not sent yet.
type heldBack struct {
	f       *flipper
	dst     io.Writer
	raw     []byte
	payload []int // indexes in raw of the body's bytes
}

// newFlipper returns a flipper of n bits at different places, or of all bits if the body has fewer.
func (x *exchange) newFlipper(n int, f wire.Framing) *flipper {
	seed, rule, request, nth := x.p.cfg.Seed, uint64(x.rule.id)<<32|drawFlip, x.req.IdentityHash, uint64(x.req.Nth)
	flips := &flipper{n: n}
	flips.drawn = func(i, bits uint64) uint64 { return identity.Mix(seed, rule, request, nth, i) % bits }
	if f.Kind == wire.ByLength {
		flips.flips = flips.draw(f.Length)
	} else {
		flips.held = &heldBack{f: flips}
	}
	return flips
}

// draw draws the bits to flip in a body of this size.
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

// apply flips the bits that are within the next bytes of the body, in place.
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

// end sends the bytes that are still held back when the body has ended.
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

// take holds back the first bytes of piece, up to heldSize in all, and returns their number. While
// bytes are held back, w is the destination of the writer, so that it also gets the framing.
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

// Write holds framing back. Once the held bytes were sent, it passes framing on.
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

// release flips bits of the held bytes, and sends them.
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
