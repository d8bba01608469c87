package faultproxy

import (
	"bytes"
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

// exchange is one request and its response. Faults are built from its methods. A method that
// returns a bool reports whether the exchange can go on, unless its comment says otherwise.
type exchange struct {
	c      *conn
	p      *Proxy
	req    s3api.Request
	entry  *journal.Entry
	rule   *activeRule      // the rule that ends the exchange; nil: the upstream does
	at     time.Duration    // scenario time of the request's arrival
	memory *memory.Exchange // informs stale rules about the exchange; nil: there are no such rules

	shaping []shaping // the rules that shape the exchange, in order
	tail    tail      // sends the response's body
	reply   reply     // the upstream's response, as the shaping rules edit it: here to save an allocation

	in  requestSide
	up  upstreamSide
	out responseSide

	deletes *deletionCopy // of a DeleteObjects in a proxy that reads bodies; nil: none

	keep   bool          // the connection stays open after the exchange
	linger bool          // read from the connection until the client has closed it
	resets bool          // this exchange has reset the connection, not an outage
	overAt time.Duration // when the exchange was over for the client; 0: when its record is completed
	ended  string        // the word of journal.EndX; "": the exchange is under way
}

// requestSide is the request as the proxy receives it from the client.
type requestSide struct {
	head      wire.RequestHead
	raw       []byte // the head in the connection's buffer, without the step header
	body      wire.Body
	consumed  bool          // the head was removed from the buffer
	done      bool          // the body was read to its end or is missing
	doneAt    time.Duration // when the body was read to its end; 0: not yet
	continued bool          // 100 Continue was sent to the client
	quiet     bool          // the client gets no interim responses
	received  int64         // bytes on the wire
	sum       *digest       // of the body; nil: neither digest nor copy wanted
	pump      *pump         // sends the body while the proxy waits for the response; may be nil
	hurry     chan struct{} // closed when the rest of the body need not be slow any more; nil: never
	timeUp    chan struct{} // closed when a fault cuts the body at a time; nil: none does
}

// upstreamSide is the upstream's most recent response.
type upstreamSide struct {
	head   wire.ResponseHead
	raw    []byte // the head in the buffer of the upstream connection
	status int    // 0: no response yet
	stored bool   // the fault duplicate: the first of its two sends succeeded
}

// responseSide is the response as it is sent to the client.
type responseSide struct {
	wire.Writer
	status     int              // 0: no response
	code       string           // S3 error code
	header     httptext.Headers // header lines
	answeredAt time.Duration    // when the head was sent; 0: it was not, or it is sent together with the end
	sum        *digest          // of the body; nil: neither digest nor copy wanted
	timeUp     chan struct{}    // closed when a fault cuts the body at a time; nil: none does
}

// run runs the exchange whose head is the first n bytes in the buffer. err means that they are not
// a valid head. The last bytes of the response may still be in the buffer of x.out afterwards: the
// caller sends them and calls answered.
func (x *exchange) run(n int, err error) {
	c, p := x.c, x.p
	out := x.out.Writer
	out.Reset(c.nc)
	clear(x.shaping)
	*x = exchange{c: c, p: p, keep: true, out: responseSide{Writer: out}, shaping: x.shaping[:0]}
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
		x.rule, x.shaping = p.rules.pick(&x.req, x.at, x.shaping)
		x.act()
	}
	x.finish()
}

// arrive prepares the request for the rules, and adds its record to the journal. o is the request
// in the client's program, or nil if it is unknown.
func (x *exchange) arrive(o *origin) {
	p, h := x.p, &x.in.head
	e := x.c.newEntry()
	text := e.KeepHead(x.in.raw)
	x.in.received = int64(len(x.in.raw))
	x.req = s3api.Request{
		Method: h.Method.Of(text), Target: h.Target.Of(text),
		Header: httptext.Headers(text[h.Lines : len(text)-2]),
	}
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
		x.in.sum, x.out.sum = newDigest(awsChunked(x.req.Header), p.cfg.Digest, wrote),
			newDigest(false, p.cfg.Digest, read)
	}
	if step := h.Own; step.To > 0 {
		// The proxy removes the step header: it moves the bytes before it up to the bytes after it,
		// so that the head is still one piece.
		size := step.To - step.From
		copy(x.in.raw[size:], x.in.raw[:step.From])
		x.in.raw = x.in.raw[size:]
		x.c.in.Advance(size)
	}
}

// record adds the record of the exchange to the journal, in e.
func (x *exchange) record(e *journal.Entry) {
	r := recordOf(KindExchange, &x.req, x.c.id, x.at)
	x.c.spare = x.p.journal.Arrive(e, r, string(x.req.Header))
	x.entry = e
}

// act runs the faults of the rules, or forwards the exchange unchanged if no rule acts.
func (x *exchange) act() {
	if x.rule == nil && len(x.shaping) == 0 {
		x.pass()
		return
	}
	x.mark()
	x.shapes()
	switch ends := x.rule; {
	case !x.delay():
		if ends != nil {
			x.unfire(true)
		}
	case ends == nil:
		x.pass()
	default:
		ends.Fault.(exchangeFault).act(x)
	}
	x.unfireIdle()
}

// afterUpstream reports whether the upstream handles the request before the fault answers in its
// place.
func (x *exchange) afterUpstream() bool { return x.rule.AfterUpstream }

// pass forwards the request and the response unchanged.
func (x *exchange) pass() {
	if x.forward() {
		x.relay(nil)
	}
}

// wait waits for d, which may be forever, or until the rule that ends the exchange is removed or
// disabled. It returns false if the client has gone or the proxy has cut the connection.
func (x *exchange) wait(d time.Duration) bool { return x.waitFor(x.rule, d) }

// waitFor waits as wait does, on behalf of any rule. Exchanges that one change of the rules
// releases go on one after another, each after a latency of its own.
func (x *exchange) waitFor(rule *activeRule, d time.Duration) bool {
	if !x.flush() {
		return false
	}
	x.stopPump()
	x.held(rule)
	w := &x.c.watch
	w.start(false, nil)
	var over <-chan time.Time
	if d != forever {
		t := time.NewTimer(d + x.lag())
		defer t.Stop()
		over = t.C
	}
	passed := x.elapses(over, rule.gone, w.gone, nil, x.out.timeUp)
	w.stop()
	if !passed {
		if isClosed(x.out.timeUp) {
			return false
		}
		return x.lost()
	}
	return true
}

// waitSalt makes the lag of a wait differ from the latency of the request.
const waitSalt = 0x77616974 // the letters "wait"

// lag returns how much longer than stated a wait takes: up to a microsecond, drawn from the
// request's identity. The client may have started a timer of the same length at the same instant;
// the lag lets that timer fire first, where else the scheduler would decide.
func (x *exchange) lag() time.Duration {
	if !x.p.cfg.IdentityLatency {
		return 0
	}
	return 1 + x.p.latencyOf(waitSalt, x.req.IdentityHash, x.req.Nth)%time.Microsecond
}

// held tells the owner of the proxy that a rule holds the exchange.
func (x *exchange) held(rule *activeRule) {
	if f := x.p.cfg.Held; f != nil {
		f(rule.label)
	}
}

// elapses waits until over fires or hurry is closed, or until released is closed and the latency of
// a release has passed. It returns false if left or timeUp is ready or the proxy cuts the
// connection first.
func (x *exchange) elapses(over <-chan time.Time, released, left, hurry, timeUp <-chan struct{}) bool {
	for {
		select {
		case <-over:
			return true
		case <-released:
			if !x.p.cfg.IdentityLatency {
				return true
			}
			released = nil
			t := time.NewTimer(x.p.latencyOf(releaseSalt, x.req.IdentityHash, x.req.Nth))
			defer t.Stop()
			over = t.C
		case <-hurry:
			return true
		case <-x.c.ctx.Done():
			return false
		case <-left:
			return false
		case <-timeUp:
			return false
		}
	}
}

// noteResponse records the status and the header lines of the response that is sent. The caller
// sets out.answeredAt only if the body is sent later than the head.
func (x *exchange) noteResponse(status int, lines []byte) {
	x.out.status, x.out.header = status, httptext.Headers(x.entry.KeepResponse(lines))
}

// noteHead records the status and the header lines of a head that is sent.
func (x *exchange) noteHead(status int, head []byte) {
	x.noteResponse(status, head[bytes.IndexByte(head, '\n')+1:len(head)-2])
}

// flush sends the buffered bytes of the response.
func (x *exchange) flush() bool {
	return x.out.Flush() == nil || x.unanswered()
}
