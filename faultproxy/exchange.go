package faultproxy

import (
	"strings"
	"time"

	"github.com/s3chaos/s3chaos/faultproxy/internal/httptext"
	"github.com/s3chaos/s3chaos/faultproxy/internal/identity"
	"github.com/s3chaos/s3chaos/faultproxy/internal/memory"
	"github.com/s3chaos/s3chaos/faultproxy/internal/s3api"
	"github.com/s3chaos/s3chaos/faultproxy/internal/wire"
	"github.com/s3chaos/s3chaos/faultproxy/journal"
)

var stepHeaderLower = strings.ToLower(s3api.StepHeader)

// exchange is one request and its response. Its methods are the steps that faults are made of;
// those that return a bool report whether the exchange is still under way.
type exchange struct {
	c      *conn
	p      *Proxy
	req    s3api.Request
	entry  *journal.Entry
	rule   *activeRule      // the rule that acts; nil: none
	at     time.Duration    // scenario time of the request's arrival
	memory *memory.Exchange // what stale rules are to know of the exchange; nil: there are none

	in  requestSide
	up  upstreamSide
	out responseSide

	deletes *deletionCopy // of a DeleteObjects in a proxy that reads bodies; nil: none

	keep   bool   // the connection is used again
	linger bool   // the connection is read from until the client has closed it
	resets bool   // the exchange itself has reset the connection
	ended  string // how the exchange ended; "": it is under way
}

// requestSide is the request as the proxy receives it from the client.
type requestSide struct {
	head      wire.RequestHead
	raw       []byte // the head in the connection's buffer, without the step header
	body      wire.Body
	consumed  bool          // the head was taken from the buffer
	done      bool          // the body was read to its end
	doneAt    time.Duration // when it was; 0: it was not
	continued bool          // the client was told to continue
	quiet     bool          // interim responses are kept from the client
	received  int64         // bytes on the wire
	sum       *digest       // of the body; nil: not wanted
	pump      *pump         // sends the body while the response is awaited; nil: none
}

// upstreamSide is the upstream's last response.
type upstreamSide struct {
	head   wire.ResponseHead
	raw    []byte // the head in the buffer of the upstream connection
	status int    // 0: the upstream has not answered
	stored bool   // the first of two sends was answered with success
}

// responseSide is what the client is sent.
type responseSide struct {
	wire.Writer
	status     int              // 0: nothing was sent
	code       string           // S3 error code
	header     httptext.Headers // header lines
	answeredAt time.Duration    // when the head was sent; 0: nothing was sent, or all of it at the end
	sum        *digest          // of the body; nil: not wanted
}

// run runs the exchange whose head, n bytes, is in the buffer; err says that there is none. The
// last of the answer may still have to be sent: answered is then to be called.
func (x *exchange) run(n int, err error) {
	c, p := x.c, x.p
	out := x.out.Writer
	out.Reset(c.nc)
	*x = exchange{c: c, p: p, keep: true, out: responseSide{Writer: out}}
	p.startClock()
	x.at = p.now()
	o := c.announcedOrigin()
	asked, placed := o.placed(x.at)
	x.at = asked
	if !placed && c.served == 1 {
		x.at = c.origin.arrived(x.at)
	}
	x.in.raw = c.in.Buffered()[:n]
	if err == nil {
		c.lines = c.lines[:0]
		x.in.head, err = wire.ParseRequest(x.in.raw, stepHeaderLower, &c.lines)
	}
	if err != nil {
		x.refuse(err)
		return
	}
	x.arrive(o)
	if p.cfg.IdentityLatency && o == nil {
		p.unordered.Add(1)
	}
	switch {
	case placed:
		time.Sleep(lastNanosecond)
	case p.cfg.IdentityLatency:
		time.Sleep(identity.Latency(p.cfg.Seed, x.req.IdentityHash, x.req.Nth))
	}
	switch {
	case !p.admit():
		x.close(journal.EndClosed)
	case c.watch.peerLeft():
		x.lost()
	case x.req.Reused && x.resetByOutage():
	default:
		x.rule = p.rules.pick(&x.req, x.at)
		x.act()
	}
	x.finish()
}

// arrive reads the head for the rules to match, and begins the journal's record. o is where the
// request comes from, if known.
func (x *exchange) arrive(o *origin) {
	p, h := x.p, &x.in.head
	e := x.c.newEntry()
	text := e.KeepHead(x.in.raw)
	x.in.received = int64(len(x.in.raw))
	x.req = s3api.Request{Method: h.Method.Of(text), Target: h.Target.Of(text), Header: httptext.Headers(text[h.Lines : len(text)-2])}
	for _, l := range x.c.lines {
		x.req.AddHeader(l.Name.Of(text), l.Value.Of(text))
	}
	x.req.Resolve(p.hosts)
	f := h.Framing()
	x.in.body.Reset(x.c.in, f)
	if x.in.done = f.Kind == wire.NoBody; x.in.done {
		x.in.doneAt = x.at
	}
	x.req.HasBody, x.req.Expect, x.req.Reused = f.Kind != wire.NoBody, h.Expect, x.c.served > 1
	p.count(&x.req, o)
	x.c.takePlace(&x.req)
	x.record(e)
	x.follow()
	wrote, read := x.memory.Copy()
	if p.cfg.Digest && x.req.Operation == "DeleteObjects" {
		x.deletes = new(deletionCopy)
		wrote, read = x.deletes.request.write, x.deletes.response.write
	}
	if p.cfg.Digest || wrote != nil || read != nil {
		x.in.sum, x.out.sum = newDigest(awsChunked(x.req.Header), p.cfg.Digest, wrote), newDigest(false, p.cfg.Digest, read)
	}
	if step := h.Own; step.To > 0 {
		// The lines before the step header move up to the ones behind it: the head stays in one
		// piece.
		size := step.To - step.From
		copy(x.in.raw[size:], x.in.raw[:step.From])
		x.in.raw = x.in.raw[size:]
		x.c.in.Advance(size)
	}
}

// record begins the journal's record in e.
func (x *exchange) record(e *journal.Entry) {
	r := recordOf(KindExchange, &x.req, x.c.id, x.at)
	x.c.spare = x.p.journal.Arrive(e, r, string(x.req.Header))
	x.entry = e
}

// act runs the rule's fault, or forwards the exchange unchanged if no rule acts.
func (x *exchange) act() {
	if x.rule == nil {
		x.pass()
		return
	}
	x.rule.mark(x.entry)
	x.rule.Fault.(exchangeFault).act(x)
}

// afterUpstream reports whether the upstream acts before a fault that answers in its place.
func (x *exchange) afterUpstream() bool { return x.rule.AfterUpstream }

// pass forwards the request and the response unchanged.
func (x *exchange) pass() {
	if x.forward(nil) {
		x.relay(nil)
	}
}

// wait waits for d, which may be forever, or until the rule is removed or disabled. It returns
// false if the client has gone or the proxy has cut the connection. Exchanges that one change of
// the rules releases go on one after another, each after a latency of its own.
func (x *exchange) wait(d time.Duration) bool {
	if !x.flush() {
		return false
	}
	x.stopPump()
	w := &x.c.watch
	w.start(false, nil)
	var over <-chan time.Time
	if d != forever {
		t := time.NewTimer(d)
		defer t.Stop()
		over = t.C
	}
	passed := x.elapses(over, x.rule.gone)
	w.stop()
	if !passed {
		return x.lost()
	}
	return true
}

// elapses waits until over delivers, or released is closed and the latency of a release has passed.
// It returns false if the client has gone or the proxy has cut the connection before.
func (x *exchange) elapses(over <-chan time.Time, released <-chan struct{}) bool {
	for {
		select {
		case <-over:
			return true
		case <-released:
			if !x.p.cfg.IdentityLatency {
				return true
			}
			released = nil
			t := time.NewTimer(x.p.releaseLatency(x.req.IdentityHash, x.req.Nth))
			defer t.Stop()
			over = t.C
		case <-x.c.ctx.Done():
			return false
		case <-x.c.watch.gone:
			return false
		}
	}
}

// answers records the status and the header lines of the response that is sent. The caller sets
// out.answeredAt only if the body follows later than the head.
func (x *exchange) noteResponse(status int, lines []byte) {
	x.out.status, x.out.header = status, httptext.Headers(x.entry.KeepResponse(lines))
}

// flush sends the pending bytes of the response.
func (x *exchange) flush() bool {
	return x.out.Flush() == nil || x.unanswered()
}
