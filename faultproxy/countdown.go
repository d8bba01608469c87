package faultproxy

import (
	"time"

	"github.com/s3chaos/s3chaos/faultproxy/internal/wire"
)

// countdown is a shaper that cuts a body when a time has passed since its first byte, whatever the
// exchange waits for then.
type countdown struct {
	after     time.Duration
	interrupt func(at time.Time) // sets the deadlines of what the exchange may wait for; zero: none

	timer *time.Timer   // nil: no byte has come yet
	ends  time.Time     // when the time is up
	up    chan struct{} // closed when the time is up
	done  chan struct{} // closed when the deadlines are set
}

// newCountdown returns a countdown that has not started.
func newCountdown(after time.Duration, interrupt func(at time.Time)) *countdown {
	return &countdown{
		after: after, interrupt: interrupt,
		up: make(chan struct{}), done: make(chan struct{}),
	}
}

// expirySalt makes the latency of the end of a countdown differ from that of the request.
const expirySalt = 0x65787069 // the letters "expi"

// start starts the countdown unless it runs. Its end has a latency of its own, so that nothing else
// happens at the same instant.
func (c *countdown) start(x *exchange) {
	if c.timer != nil {
		return
	}
	d := c.after
	if x.p.cfg.IdentityLatency {
		d += x.p.latencyOf(expirySalt, x.req.IdentityHash, x.req.Nth)
	}
	c.ends = time.Now().Add(d)
	c.timer = time.AfterFunc(d, func() {
		defer close(c.done)
		close(c.up)
		c.interrupt(time.Unix(1, 0))
	})
}

// stop ends the countdown, and reports whether the time was up.
func (c *countdown) stop() bool {
	if c.timer == nil || c.timer.Stop() {
		return false
	}
	<-c.done
	c.interrupt(time.Time{})
	return true
}

func (c *countdown) shape(x *exchange, piece []byte, next sink) error {
	c.start(x)
	return next.put(piece, true)
}

// isClosed reports whether the channel is closed; nil is not.
func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// cutting is where close_early and reset_peer end a body.
type cutting struct {
	place Place
	after time.Duration // since the first byte; 0: place counts
}

// validate returns all mistakes, joined. fault is the name of the fault.
func (c cutting) validate(fault string) error {
	if c.after != 0 && !c.place.zero() {
		return fieldErrorf(fault+".after", "has no meaning beside after_bytes: want one of them")
	}
	if err := notNegative(fault+".after", c.after); err != nil {
		return err
	}
	return c.place.validate(fault + ".after_bytes")
}

// idleReason says why the fault did not cut the message.
func (c cutting) idleReason(message string) string {
	if c.after != 0 {
		return "the " + message + " ended before the time to cut at"
	}
	return "the " + message + " ended before the byte to cut at" + c.place.idleHint()
}

// cutAnswer forwards the request, and calls relay with a shaper that ends the response's body. It
// reports whether the body was cut: it was not if the body was shorter or broke off earlier.
func (x *exchange) cutAnswer(at cutting, relay func(shaper) bool) bool {
	if !x.through() {
		return false
	}
	f := x.up.head.Framing(x.req.Method)
	n, known := at.place.in(x, x.rule, f)
	if !known || !longer(f, n) {
		x.relayUnfired()
		return false
	}
	var whole bool
	if at.after > 0 {
		up, client := x.c.up.nc, x.c.nc
		c := newCountdown(at.after, func(at time.Time) {
			_ = up.SetReadDeadline(at)
			_ = client.SetWriteDeadline(at)
		})
		x.out.timeUp = c.up
		whole = relay(c)
		x.out.timeUp = nil
		whole = !c.stop() && whole
	} else {
		whole = relay(&cut{left: int64(n)})
	}
	if whole || x.ended != "" {
		x.unfire(false)
		return false
	}
	return true
}

// cutRequest reads the request's body up to where the fault cuts it. It reports whether the
// exchange can go on. A request whose Content-Length is too small for the place passes as it is. A
// body in chunks that ends before the place is read whole, and so is one that ends before the time
// to cut at, which cutRequest then waits for.
func (x *exchange) cutRequest(at cutting) bool {
	if at.after == 0 {
		f := x.in.head.Framing()
		n, known := at.place.in(x, x.rule, f)
		if !known || f.Kind != wire.ByChunks && f.Length < int64(n) {
			x.unfire(false)
			x.pass()
			return false
		}
		defer x.lockstep()()
		return x.receive(&cut{left: int64(n)})
	}
	client := x.c.nc
	c := newCountdown(at.after, func(at time.Time) { _ = client.SetReadDeadline(at) })
	if x.in.done {
		c.start(x)
	}
	x.in.timeUp = c.up
	ok := x.receive(c)
	x.in.timeUp = nil
	if up := c.stop(); !ok || up {
		return ok
	}
	return x.wait(time.Until(c.ends))
}
