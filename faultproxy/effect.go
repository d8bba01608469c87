package faultproxy

import (
	"github.com/s3chaos/s3chaos/faultproxy/internal/wire"
)

// The proxy picks a fault on the response's body before the upstream has sent one. If the body is
// missing or too short for the fault, the rule has not fired: unfire takes it out of the counts and
// the record, and the response passes unchanged.

// hasBody reports whether the upstream's response has a body, according to its head.
func (x *exchange) hasBody() bool {
	f := x.up.head.Framing(x.req.Method)
	return f.Kind != wire.NoBody && (f.Kind != wire.ByLength || f.Length > 0)
}

// cutsHead reports whether the response is longer than the first after bytes of its head.
func (x *exchange) cutsHead(after Size) bool {
	size := Size(len(x.up.raw))
	return after < size || after == size && x.hasBody()
}

// unfire undoes the firing of the rule that ends the exchange, in its counts and in the record.
// outdone is set if the exchange was over before the fault could act.
func (x *exchange) unfire(outdone bool) {
	x.rule.unfire(outdone)
	x.rule = nil
	x.mark()
}

// relayUnfired undoes the firing of the rule, and sends the upstream's response unchanged.
func (x *exchange) relayUnfired() {
	x.unfire(false)
	x.relay(nil)
}

// through forwards the request before the fault acts, and reports whether the upstream responded.
// If it did not, the rule has not fired.
func (x *exchange) through() bool {
	if x.forward() {
		return true
	}
	x.unfire(false)
	return false
}

// cut is a shaper that sends the first left bytes of a body, and then returns errCut.
type cut struct{ left int64 }

func (c *cut) shape(_ *exchange, piece []byte, next sink) error {
	n := min(int64(len(piece)), c.left)
	c.left -= n
	if err := next.put(piece[:n], true); err != nil {
		return err
	}
	if c.left == 0 {
		return errCut
	}
	return nil
}
