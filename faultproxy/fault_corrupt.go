package faultproxy

import (
	"errors"
	"time"

	"github.com/s3chaos/s3chaos/faultproxy/internal/s3api"
)

// corrupt flips bits of a body; heads stay intact.
type corrupt struct {
	Flip int    `yaml:"flip"` // how many bits, at most maxFlips; zero: 1
	In   string `yaml:"in"`   // response (default) or request
}

// Corrupt flips so many bits of the answer's body, at most 65536, at places drawn from the seed and the request's
// identity; 0 means 1. Of a body without Content-Length the first 512 bytes are held back until they are there, and bits
// of those are flipped. A body of no bytes is not struck.
func Corrupt(bits int) Fault { return &corrupt{Flip: bits} }

// CorruptRequest flips so many bits of the request's body on its way to the upstream, as [Corrupt] does; 0 means 1.
func CorruptRequest(bits int) Fault { return &corrupt{Flip: bits, In: "request"} }

func (f *corrupt) Kind() string   { return "corrupt" }
func (f *corrupt) String() string { return printFault(f) }
func (f *corrupt) part(r *Rule)   { r.Fault = f }
func (f *corrupt) traits() traits {
	if f.In == "request" {
		return traits{order: beforeUpstream, corrupts: true}
	}
	return traits{order: throughUpstream, takesAll: true, spoils: true}
}

// maxFlips bounds corrupt.flip: every bit is drawn apart.
const maxFlips = 1 << 16

func (f *corrupt) Validate() error {
	var many error
	if f.Flip > maxFlips {
		many = fieldErrorf("corrupt.flip", "%d is too many (at most %d)", f.Flip, maxFlips)
	}
	return errors.Join(notNegative("corrupt.flip", f.Flip), many, oneOf("corrupt.in", f.In, "response", "request"))
}

func (f *corrupt) applies(req *s3api.Request, _ time.Duration, _ any) bool {
	return f.In != "request" || req.HasBody
}

func (f *corrupt) act(x *exchange) {
	bits := max(1, f.Flip)
	if f.In == "request" {
		x.corruptRequest(x.newFlipper(bits, x.in.head.Framing()))
		return
	}
	switch {
	case !x.through():
	case !x.hasBody():
		x.relayUnfired()
	default:
		flips := x.newFlipper(bits, x.up.head.Framing(x.req.Method))
		flips.sum = x.out.sum
		x.relay(flips)
		if flips.end(&x.out.Writer) != nil {
			x.lost()
		}
		if !flips.hit.Load() {
			x.unfire()
		}
	}
}

// corruptRequest lets the exchange pass with the request's body corrupted.
func (x *exchange) corruptRequest(flips *flipper) {
	flips.over = func() bool { return x.in.body.Done }
	if x.forward(flips) {
		x.relay(nil)
	}
	if p := x.in.pump; p != nil && !flips.hit.Load() {
		x.flush() // the answer came before the body: what is flipped is known when that has ended too
		p.stop()
	}
	if !flips.hit.Load() {
		x.unfire()
	}
}

func (f *corrupt) neverActsOn(op asked) string {
	if f.In == "request" {
		return op.noRequestBody()
	}
	return op.noAnswerBody()
}

func (f *corrupt) idleReason() string { return "there was no body to flip bits in" }
