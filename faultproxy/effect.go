package faultproxy

import (
	"github.com/s3chaos/s3chaos/faultproxy/internal/wire"
)

// The proxy picks a fault on the response's body before the upstream has sent one. If the body is
// missing or too short for the fault, the rule has not fired: miss takes the count back, and the
// response passes unchanged.

// hasBody reports whether the upstream's answer has a body to act on, as far as its head tells.
func (x *exchange) hasBody() bool {
	f := x.up.head.Framing(x.req.Method)
	return f.Kind != wire.NoBody && (f.Kind != wire.ByLength || f.Length > 0)
}

// cuts reports whether the answer's body, as far as its head tells, goes on after so many bytes.
func (x *exchange) cuts(after Size) bool {
	f := x.up.head.Framing(x.req.Method)
	return x.hasBody() && (f.Kind != wire.ByLength || f.Length > int64(after))
}

// cutsHead reports whether something of the answer, head or body, is left after so many bytes of
// its head.
func (x *exchange) cutsHead(after Size) bool {
	size := Size(len(x.up.raw))
	return after < size || after == size && x.hasBody()
}

// unfire takes back that the rule fired.
func (x *exchange) unfire() {
	x.rule.fired.Add(-1)
	x.rule.idle.Add(1)
	x.rule = nil
	x.entry.SetRule("", "")
}

// relayUnfired is miss for an answer that is still to be sent.
func (x *exchange) relayUnfired() {
	x.unfire()
	x.relay(nil)
}

// through forwards the request before the fault acts. If the upstream does not answer, the rule has
// not fired.
func (x *exchange) through() bool {
	if x.forward(nil) {
		return true
	}
	x.unfire()
	return false
}

// actor is a shaper that knows afterwards whether it had anything to do.
type actor interface {
	shaper
	acted() bool
}

// shapeAnswer sends the upstream's answer through a, which acts on bodies that go on after so many
// bytes.
func (x *exchange) shapeAnswer(a actor, after Size) {
	switch {
	case !x.through():
	case !x.cuts(after):
		x.relayUnfired()
	default:
		x.relay(a)
		if !a.acted() {
			x.unfire()
		}
	}
}

// cutAnswer sends the upstream's answer with so many bytes of its body, by relay. It reports
// whether the body was cut there: one of unknown length may be no longer, and any may break off
// before.
func (x *exchange) cutAnswer(after Size, relay func(shaper) bool) bool {
	switch {
	case !x.through():
		return false
	case !x.cuts(after):
		x.relayUnfired()
		return false
	}
	if relay(&cut{left: int64(after)}) || x.ended != "" {
		x.unfire()
		return false
	}
	return true
}

// cut is a shaper that sends the first left bytes of a body and then returns errCut.
type cut struct{ left int64 }

func (c *cut) shape(x *exchange, piece []byte, out *wire.Writer) error {
	n := min(int64(len(piece)), c.left)
	c.left -= n
	if x.up.status != 0 {
		x.out.sum.write(piece[:n])
	}
	if err := out.Gather(piece[:n]); err != nil {
		return err
	}
	if c.left == 0 {
		return errCut
	}
	return nil
}
