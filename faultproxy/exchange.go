package faultproxy

import (
	"strings"
	"time"

	"github.com/s3chaos/s3chaos/faultproxy/internal/memory"
	"github.com/s3chaos/s3chaos/faultproxy/internal/wire"
)

var stepHeaderLower = strings.ToLower(StepHeader)

// exchange is one request and its answer. Its methods are the steps that faults are made of; those that return a bool
// report whether the exchange is still under way.
type exchange struct {
	c     *conn
	req   request
	head  wire.RequestHead
	raw   []byte // the request's head in the connection's buffer, without the step header
	entry *entry
	rule  *activeRule
	at    time.Duration

	body      wire.Body // the request's
	consumed  bool      // the request's head was taken from the buffer
	bodyDone  bool      // the request's body was read to its end
	continued bool      // the client was told to continue
	quiet     bool      // interim answers are kept from the client
	received  int64     // bytes of the request on the wire
	reqSum    *digest   // nil: not wanted
	pump      *pump     // sends the body while the answer is awaited; nil: none

	resp     wire.ResponseHead
	respRaw  []byte // in the upstream's buffer
	respSum  *digest
	upStatus int
	stored   bool // the first of two sends was answered with success

	memory *memory.Exchange // what stale rules are to know of the exchange; nil: there are none

	status     int
	code       string        // S3 error code that the client was sent
	answer     headers       // header lines that the client was sent
	receivedAt time.Duration // zero: the request was not read to its end
	answeredAt time.Duration // zero: nothing was answered, or all of it at the end
	out        wire.Writer   // to the client
	keep       bool          // the connection lives on
	linger     bool          // the connection ends with reading what still comes
	resets     bool          // it was the exchange itself that reset the connection
	ended      string
}

// run runs the exchange whose head, n bytes, is in the buffer; err says that there is none. The last of the answer may still
// have to be sent: answered is then to be called.
func (x *exchange) run(n int, err error) {
	c, p := x.c, x.c.p
	out := x.out
	out.Reset(c.nc)
	*x = exchange{c: c, keep: true, out: out}
	p.begin()
	x.at = p.now()
	o, placed := c.announcedOrigin(), false
	if x.at, placed = o.placed(x.at); !placed && c.served == 1 {
		x.at = c.origin.arrived(x.at)
	}
	x.raw = c.in.Buffered()[:n]
	if err == nil {
		c.lines = c.lines[:0]
		x.head, err = wire.ParseRequest(x.raw, stepHeaderLower, &c.lines)
	}
	if err != nil {
		x.refuse(err)
		return
	}
	x.arrive(o)
	if p.cfg.IdentityLatency && o == nil {
		p.unordered.Add(1)
	}
	if p.cfg.IdentityLatency && !placed {
		time.Sleep(identityLatency(p.cfg.Seed, x.req.identity64, x.req.Nth))
	}
	switch {
	case !p.admit():
		x.close(endClosed)
	case x.req.Reused && x.strikeReused():
	default:
		x.rule = p.rules.pick(&x.req, x.at)
		x.act()
	}
	x.settle()
}

// arrive takes the head in: what rules match, and the journal's record. o is where the request comes from, if known.
func (x *exchange) arrive(o *origin) {
	p, h := x.c.p, &x.head
	e := x.c.newEntry()
	text := e.keepHead(x.raw)
	x.received = int64(len(x.raw))
	x.req = request{Method: h.Method.Of(text), Target: h.Target.Of(text), Header: headers(text[h.Lines : len(text)-2])}
	for _, l := range x.c.lines {
		x.req.note(l.Name.Of(text), l.Value.Of(text))
	}
	x.req.understand(p.hosts)
	f := h.Framing()
	x.body.Reset(x.c.in, f)
	if x.bodyDone = f.Kind == wire.NoBody; x.bodyDone {
		x.receivedAt = x.at
	}
	x.req.HasBody, x.req.Expect, x.req.Reused = f.Kind != wire.NoBody, h.Expect, x.c.served > 1
	p.count(&x.req, o)
	x.c.takePlace(&x.req)
	x.record(e)
	x.follow()
	if wrote, read := x.memory.Copy(); p.cfg.Digest || wrote != nil || read != nil {
		x.reqSum, x.respSum = newDigest(awsChunked(x.req.Header), p.cfg.Digest, wrote), newDigest(false, p.cfg.Digest, read)
	}
	if step := h.Own; step.To > 0 {
		// The lines before the step header move up to the ones behind it: the head stays in one piece.
		size := step.To - step.From
		copy(x.raw[size:], x.raw[:step.From])
		x.raw = x.raw[size:]
		x.c.in.Advance(size)
	}
}

// record begins the journal's record, in e.
func (x *exchange) record(e *entry) {
	x.c.spare = x.c.p.journal.arrive(e, KindExchange, &x.req, x.c.id, x.at)
	x.entry = e
}

// act lets the fault do its part, or the exchange pass.
func (x *exchange) act() {
	if x.rule == nil {
		x.pass()
		return
	}
	x.entry.blame(x.rule)
	x.rule.Fault.(exchangeFault).act(x)
}

// afterUpstream reports whether the upstream acts before a fault that answers in its place.
func (x *exchange) afterUpstream() bool { return x.rule.AfterUpstream }

// pass is the way of an exchange that nothing strikes.
func (x *exchange) pass() {
	if x.forward(nil) {
		x.relay(nil)
	}
}

// wait lets d pass, which may be forever, unless the rule goes away before. It reports whether the exchange is still
// under way: the client may have given up.
func (x *exchange) wait(d time.Duration) bool {
	if !x.flush() {
		return false
	}
	x.finish()
	w := &x.c.watch
	w.start(false, nil)
	var over <-chan time.Time
	if d != forever {
		t := time.NewTimer(d)
		defer t.Stop()
		over = t.C
	}
	passed := false
	select {
	case <-over:
		passed = true
	case <-x.rule.gone:
		passed = true
	case <-x.c.ctx.Done():
	case <-w.gone:
	}
	w.stop()
	if !passed {
		return x.lost()
	}
	return true
}

// answers notes that the answer's head is sent, whose header lines these are. When that is need not be noted if the answer
// is over at once.
func (x *exchange) answers(status int, lines []byte) {
	x.status, x.answer = status, x.entry.keepAnswer(lines)
}

// flush sends what is gathered of the answer.
func (x *exchange) flush() bool {
	return x.out.Flush() == nil || x.unanswered()
}
