package faultproxy

// A fault on the answer's body is chosen before anybody knows the body. One that turns out to have nothing to act on, no
// body or none so long, takes the strike back: it has not fired, and the answer passes as it is.

// hasBody reports whether the upstream's answer has a body to act on, as far as its head tells.
func (x *exchange) hasBody() bool {
	f := x.resp.framing(x.req.Method)
	return f.kind != noBody && (f.kind != byLength || f.length > 0)
}

// cuts reports whether the answer's body, as far as its head tells, goes on after so many bytes.
func (x *exchange) cuts(after Size) bool {
	f := x.resp.framing(x.req.Method)
	return x.hasBody() && (f.kind != byLength || f.length > int64(after))
}

// miss takes the strike back.
func (x *exchange) miss() {
	x.rule.fired.Add(-1)
	x.rule = nil
	x.entry.update(func(r *Record) { r.Rule, r.Fault = "", "" })
}

// missed is miss for an answer that is still to be sent.
func (x *exchange) missed() {
	x.miss()
	x.relay(nil)
}

// shapeAnswer sends the upstream's answer with its body through s.
func (x *exchange) shapeAnswer(s shaper) {
	switch {
	case !x.forward(nil):
	case !x.hasBody():
		x.missed()
	default:
		x.relay(s)
	}
}
