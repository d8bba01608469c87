package faultproxy

import (
	"errors"
	"time"
)

// corrupt flips bits of a body; heads stay intact.
type corrupt struct {
	Flip int    `yaml:"flip"` // how many bits; zero: 1
	In   string `yaml:"in"`   // response (default) or request
}

// Corrupt flips so many bits of the answer's body, at places drawn from the seed and the request's identity; 0 means 1.
func Corrupt(bits int) Fault { return &corrupt{Flip: bits} }

// CorruptRequest flips so many bits of the request's body on its way to the upstream; 0 means 1.
func CorruptRequest(bits int) Fault { return &corrupt{Flip: bits, In: "request"} }

func (f *corrupt) Kind() string   { return "corrupt" }
func (f *corrupt) String() string { return printFault(f) }
func (f *corrupt) part(r *Rule)   { r.Fault = f }
func (f *corrupt) traits() traits {
	if f.In == "request" {
		return traits{order: beforeUpstream}
	}
	return traits{order: throughUpstream, takesAll: true}
}

func (f *corrupt) Validate() error {
	return errors.Join(notNegative("corrupt.flip", f.Flip), oneOf("corrupt.in", f.In, "response", "request"))
}

func (f *corrupt) applies(req *request, _ time.Duration, _ any) bool {
	return f.In != "request" || req.HasBody
}

func (f *corrupt) act(x *exchange) {
	bits := max(1, f.Flip)
	if f.In == "request" {
		flips := x.flips(bits, x.head.framing().size())
		if x.forward(flips) {
			x.relay(nil)
		}
		return
	}
	switch {
	case !x.forward(nil):
	case !x.hasBody():
		x.missed()
	default:
		x.relay(x.flips(bits, x.resp.framing(x.req.Method).size()))
	}
}

// size is the body's length where it is known beforehand, else 0.
func (f framing) size() int64 {
	if f.kind == byLength {
		return f.length
	}
	return 0
}

// unknownSpan is where bits are flipped in a body of unknown length: within so many bytes from its start.
const unknownSpan = 512

// flips draws the bits to flip in a body of that size: at different places, while there are enough.
func (x *exchange) flips(n int, size int64) *flipper {
	if size == 0 {
		size = unknownSpan
	}
	f := &flipper{bits: map[int64]byte{}}
	bits := uint64(size) * 8
	for i := range uint64(n) {
		at := mix(x.c.p.cfg.Seed, uint64(x.rule.id)<<32|drawFlip, x.req.identity64, uint64(x.req.Nth), i) % bits
		for f.bits[int64(at/8)]&(1<<(at%8)) != 0 && i < bits {
			at = (at + 1) % bits
		}
		f.bits[int64(at/8)] |= 1 << (at % 8)
	}
	return f
}

// flipper flips bits of a body.
type flipper struct {
	bits map[int64]byte // masks by offset
	at   int64
}

func (f *flipper) shape(x *exchange, piece []byte, out *writer) error {
	changed := make([]byte, len(piece))
	for i, b := range piece {
		changed[i] = b ^ f.bits[f.at+int64(i)]
	}
	f.at += int64(len(piece))
	if x.upStatus != 0 {
		x.respSum.write(changed)
	}
	return out.write(changed)
}
