package faultproxy

import (
	"cmp"
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
	hit   atomic.Bool
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
	body   []byte
	pieces []heldPiece // in order
}

// heldPiece is a piece of the body, or of the framing.
type heldPiece struct {
	framing []byte // nil: the piece is of the body
	size    int    // of the body's bytes
}

// newFlipper returns a flipper of n bits at different places, or of all bits if the body has fewer.
func (x *exchange) newFlipper(rule *activeRule, n int, f wire.Framing) *flipper {
	seed, purpose, request, nth := x.p.cfg.Seed, rule.purposeOf(drawFlip), x.req.IdentityHash, uint64(x.req.Nth)
	flips := &flipper{n: n}
	flips.drawn = func(i, bits uint64) uint64 { return identity.Mix(seed, purpose, request, nth, i) % bits }
	if f.Kind == wire.ByLength {
		flips.flips = flips.draw(f.Length)
	} else {
		flips.held = new(heldBack)
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
}

func (f *flipper) acted() bool { return f.hit.Load() }

func (f *flipper) shape(_ *exchange, piece []byte, next sink) error {
	if w := f.held; w != nil {
		n := min(len(piece), heldSize-len(w.body))
		w.body = append(w.body, piece[:n]...)
		w.pieces = append(w.pieces, heldPiece{size: n})
		if len(w.body) < heldSize {
			return nil
		}
		if err := f.end(next); err != nil {
			return err
		}
		piece = piece[n:]
	}
	if len(piece) == 0 {
		return nil
	}
	changed := slices.Clone(piece)
	f.apply(changed)
	return next.put(changed, true)
}

// frame holds framing back while bytes before it are held back.
func (f *flipper) frame(piece []byte, next sink) error {
	if f.held == nil {
		return next.put(piece, false)
	}
	f.held.pieces = append(f.held.pieces, heldPiece{framing: slices.Clone(piece)})
	return nil
}

// end flips bits of the bytes that are held back, and sends them.
func (f *flipper) end(next sink) error {
	w := f.held
	if w == nil {
		return nil
	}
	f.held = nil
	f.flips = f.draw(int64(len(w.body)))
	f.apply(w.body)
	for _, p := range w.pieces {
		piece := p.framing
		if piece == nil {
			piece, w.body = w.body[:p.size], w.body[p.size:]
		}
		if err := next.put(piece, p.framing == nil); err != nil {
			return err
		}
	}
	return nil
}
