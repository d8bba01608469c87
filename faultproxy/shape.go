package faultproxy

import (
	"errors"
	"slices"
	"time"

	"github.com/s3chaos/s3chaos/faultproxy/internal/wire"
	"github.com/s3chaos/s3chaos/faultproxy/journal"
)

// Any number of rules can shape an exchange: delay it, change it, or slow it down. At most one more
// rule ends it. This file holds what the shaping rules do.

// shape is what a shaping fault does to one exchange. Fields that are zero do nothing.
type shape struct {
	delay         time.Duration // passes before the proxy does anything else with the request
	before        func() bool   // called after the delay; reports whether the fault has done something
	request       actor         // shapes the request's body
	responseDelay time.Duration // passes before the proxy sends the response
	// response is called with the head of the response before the proxy sends it. It returns a
	// shaper of the body, or nil. It sets edited if it changes the head.
	response func(r *reply) actor
}

// reply is a response that the proxy is about to send: the upstream's, or one that it made itself.
type reply struct {
	status  int
	head    []byte       // up to and with the empty line; shared memory, so an edit makes a copy
	framing wire.Framing // of the body, as it arrives
	edited  bool         // the head was changed
}

// onBody returns a shape that shapes the request's body or the response's. body gets the framing of
// that body. It returns nil if the fault does not act on such a body.
func (x *exchange) onBody(request bool, body func(f wire.Framing) actor) shape {
	if request {
		return shape{request: body(x.in.head.Framing())}
	}
	return shape{response: func(r *reply) actor { return body(r.framing) }}
}

// slowTraits returns the traits of a fault that delays the request or the response, or slows it
// down.
func slowTraits(request bool) traits {
	if request {
		return traits{order: beforeUpstream, faithful: true}
	}
	return traits{order: throughUpstream, faithful: true}
}

// longer reports whether a body is longer than n bytes. It is true if the head does not tell the
// length.
func longer(f wire.Framing, n Size) bool {
	return f.Kind != wire.NoBody && (f.Kind != wire.ByLength || f.Length > int64(n))
}

// shaping is a rule that shapes the exchange.
type shaping struct {
	*activeRule
	shape
	acted bool  // the fault has done something, apart from what its shapers do
	asked bool  // response was called, or there was a response to delay
	body  actor // that response returned; may be nil
}

// did reports whether the fault has changed the exchange.
func (s *shaping) did() bool {
	return s.acted || s.request != nil && s.request.acted() || s.body != nil && s.body.acted()
}

// shapes prepares the shaping rules: those with chain, and the last rule if its fault is of that
// kind.
func (x *exchange) shapes() {
	if x.rule != nil {
		if _, ok := x.rule.Fault.(shapingFault); ok {
			x.shaping, x.rule = append(x.shaping, shaping{activeRule: x.rule}), nil
		}
	}
	for i := range x.shaping {
		s := &x.shaping[i]
		s.shape = s.Fault.(shapingFault).shape(x, s.activeRule)
	}
}

// mark records the rules that act in the journal.
func (x *exchange) mark() {
	var fired []journal.Firing
	for i := range x.shaping {
		fired = append(fired, x.shaping[i].firing())
	}
	if x.rule != nil {
		fired = append(fired, x.rule.firing())
	}
	x.entry.SetRules(fired...)
}

// delay lets the delays before the upstream pass, one after another, with what else the rules do
// then.
func (x *exchange) delay() bool {
	for i := range x.shaping {
		s := &x.shaping[i]
		if s.delay > 0 {
			s.acted = true
			if !x.waitFor(s.activeRule, s.delay) {
				return false
			}
		}
		if s.before != nil && s.before() {
			s.acted = true
		}
	}
	return true
}

// prepare lets the delays before the response pass, and then shows its head to the shaping rules.
func (x *exchange) prepare(r *reply) bool {
	for _, s := range x.responseOrder() {
		if !x.show(r, s) {
			return false
		}
	}
	return true
}

// responseOrder returns the shaping rules in the order in which they shape a response: those that
// end its body early come first, so that the others slow down or change only what is sent.
func (x *exchange) responseOrder() []*shaping {
	var first, rest []*shaping
	for i := range x.shaping {
		s := &x.shaping[i]
		if _, shortens := s.Fault.(*shorten); shortens {
			first = append(first, s)
		} else {
			rest = append(rest, s)
		}
	}
	return append(first, rest...)
}

// show lets the delay of a rule pass, and then shows the head of the response to the rule. It
// reports false if the exchange has ended meanwhile.
func (x *exchange) show(r *reply, s *shaping) bool {
	if s.responseDelay == 0 && s.response == nil {
		return true
	}
	s.asked = true
	if s.responseDelay > 0 {
		s.acted = true
		if !x.waitFor(s.activeRule, s.responseDelay) {
			return false
		}
	}
	if s.response == nil {
		return true
	}
	edited := r.edited
	r.edited = false
	s.body = s.response(r)
	s.acted = s.acted || r.edited
	r.edited = r.edited || edited
	return true
}

// bareAnswer keeps the shaping rules away from the rest of the exchange: the proxy answers because
// something has failed.
func (x *exchange) bareAnswer() {
	for i := range x.shaping {
		s := &x.shaping[i]
		s.acted = s.did()
		s.shape = shape{}
	}
}

// toUpstream returns a sink that sends the request's body to out, through the shaping rules and
// then through last unless it is nil.
func (x *exchange) toUpstream(out *wire.Writer, last shaper, dropped bool) sink {
	to := x.pipe(&tail{out: out}, last)
	for i := range slices.Backward(x.shaping) {
		// the proxy drops the body, so that changing it has no effect
		if s := &x.shaping[i]; !(dropped && s.Fault.traits().corrupts) {
			to = x.pipe(to, s.request)
		}
	}
	return to
}

// toClient does the same for the response's body; bare omits the framing of chunks.
func (x *exchange) toClient(last shaper, bare bool) sink {
	x.tail = tail{out: &x.out.Writer, sum: x.out.sum, bare: bare}
	to := x.pipe(&x.tail, last)
	for _, s := range slices.Backward(x.responseOrder()) {
		to = x.pipe(to, s.body)
	}
	return to
}

// shapesRequest reports whether a rule shapes the request's body.
func (x *exchange) shapesRequest() bool {
	return slices.ContainsFunc(x.shaping, func(s shaping) bool { return s.request != nil })
}

// shapesResponse reports whether a rule shapes the response's body.
func (x *exchange) shapesResponse() bool {
	return slices.ContainsFunc(x.shaping, func(s shaping) bool { return s.body != nil })
}

// unfireIdle undoes the firing of the shaping rules that have not changed the exchange.
func (x *exchange) unfireIdle() {
	idle := func(s shaping) bool { return !s.did() }
	if p := x.in.pump; p != nil && x.shapesRequest() && slices.ContainsFunc(x.shaping, idle) {
		x.flush() // the response came before the end of the request: only there is it known what has acted
		p.stop()
	}
	if !slices.ContainsFunc(x.shaping, idle) {
		return
	}
	for i := range x.shaping {
		if s := &x.shaping[i]; !s.did() {
			outdone := x.ended == journal.EndClientGone || !s.asked && s.request == nil && x.rule != nil
			s.unfire(outdone)
		}
	}
	x.shaping = slices.DeleteFunc(x.shaping, idle)
	x.mark()
}

// errGone means that the client has left, or that the proxy has cut the connection.
var errGone = errors.New("the client has gone")

// hold waits as waitFor does, but in the goroutine that reads the request's body, and does not read
// from the client meanwhile. It returns at once when the rest of the body is not needed any more.
func (x *exchange) hold(rule *activeRule, d time.Duration) bool {
	x.held(rule)
	t := time.NewTimer(d + x.lag())
	defer t.Stop()
	w := &x.c.watch
	if !x.elapses(t.C, rule.gone, w.peer, x.in.hurry, x.in.timeUp) {
		if w.peer != nil {
			w.peerLeft()
		}
		return false
	}
	x.topUp()
	return true
}

// topUp reads what the client has sent into the rest of the buffer. Without it the size of single
// reads, which the scheduler decides, also decides when the client gets rid of its last byte. It
// does nothing on a connection that cannot tell whether a read would wait.
func (x *exchange) topUp() {
	memory, ok := wire.Innermost(x.c.nc).(interface{ Readable() bool })
	for ok && memory.Readable() {
		if x.c.in.FillTail() != nil {
			return // the buffer is full, or the next read fails, too
		}
	}
}
