package faultproxy

import (
	"errors"
	"io"
	"time"
)

// How exchanges and connections end, as the journal says it.
const (
	endComplete   = "complete"       // the client got a whole answer
	endReset      = "reset"          // the connection was reset
	endClosed     = "closed"         // the connection was closed before the answer was whole
	endTimeout    = "timeout"        // nothing was answered, for as long as the fault said
	endClientGone = "client_gone"    // the client gave up
	endUpstream   = "upstream_error" // the upstream could not be reached, or broke off
	endBad        = "bad_request"    // what the client sent was no HTTP
	endRefused    = "refused"        // a dial that failed
	endTLS        = "tls"            // a handshake that failed
)

// errCut is what a shaper returns when the body ends here.
var errCut = errors.New("cut")

// exchange is one request and its answer. Its methods are the steps that faults are made of; those that return a bool
// report whether the exchange is still under way.
type exchange struct {
	c     *conn
	req   request
	head  requestHead
	raw   []byte // the request's head in the connection's buffer, without the step header
	entry *entry
	rule  *activeRule
	at    time.Duration

	body      body    // the request's
	consumed  bool    // the request's head was taken from the buffer
	bodyDone  bool    // the request's body was read to its end
	continued bool    // the client was told to continue
	quiet     bool    // interim answers are kept from the client
	received  int64   // bytes of the request on the wire
	reqSum    *digest // nil: not wanted
	pump      *pump   // sends the body while the answer is awaited; nil: none

	resp     responseHead
	respRaw  []byte // in the upstream's buffer
	respSum  *digest
	upStatus int
	stored   bool // the first of two sends was answered with success

	kept       *keep  // of the object's content, for stale rules; nil: not wanted
	answerHead string // the upstream's header lines, where the content is kept
	past       *past  // of what the request may change, for stale rules; nil: not wanted, or not known yet

	status     int
	code       string        // S3 error code that the client was sent
	answer     headers       // header lines that the client was sent
	receivedAt time.Duration // zero: the request was not read to its end
	answeredAt time.Duration // zero: nothing was answered, or all of it at the end
	out        writer        // to the client
	keep       bool          // the connection lives on
	linger     bool          // the connection ends with reading what still comes
	ended      string
}

// run runs the exchange whose head, n bytes, is in the buffer; err says that there is none. The last of the answer may still
// have to be sent: answered is then to be called.
func (x *exchange) run(n int, err error) {
	c, p := x.c, x.c.p
	*x = exchange{c: c, keep: true, out: writer{dst: c.nc, buf: x.out.buf[:0]}}
	p.begin()
	x.at = p.now()
	if c.served == 1 {
		x.at = c.origin.arrived(x.at)
	}
	x.raw = c.in.buffered()[:n]
	if err == nil {
		x.head, err = parseRequest(x.raw)
	}
	if err != nil {
		x.refuse(err)
		return
	}
	x.arrive()
	if p.cfg.IdentityLatency {
		time.Sleep(identityLatency(p.cfg.Seed, x.req.identity64, x.req.Nth))
	}
	switch {
	case !p.admit():
		x.close(endClosed)
	case x.req.Reused && p.outage() && x.strikeReused():
	default:
		x.rule = p.rules.pick(&x.req, x.at)
		x.act()
	}
	x.settle()
}

// answered ends the exchange when the last n bytes of its answer were sent, or could not be. It reports whether the
// connection lives on.
func (x *exchange) answered(n int, err error) bool {
	x.out.sent += int64(n)
	x.out.buf = x.out.buf[:0]
	if err != nil && x.ended == endComplete {
		x.ended = ""
		x.lost()
	}
	x.recollect()
	x.release()
	x.complete()
	x.keep = x.keep && !x.c.p.outage() && x.c.setBusy(false)
	return x.keep
}

// arrive takes the head in: what rules match, and the journal's record.
func (x *exchange) arrive() {
	p, h := x.c.p, &x.head
	text := x.c.texts.keep(x.raw)
	x.received = int64(len(x.raw))
	x.req.parse(text[h.method.from:h.method.to], text[h.target.from:h.target.to], headers(text[h.lines:len(text)-2]), p.hosts)
	f := h.framing()
	x.body.reset(x.c.in, f)
	if x.bodyDone = f.kind == noBody; x.bodyDone {
		x.receivedAt = x.at
	}
	x.req.HasBody, x.req.Expect, x.req.Reused = f.kind != noBody, h.expect, x.c.served > 1
	p.tracker.see(&x.req)
	x.entry = p.journal.arrive(KindExchange, &x.req, x.c.id, x.at)
	var wrote, read *keep
	if x.recalls() {
		x.kept = new(keep)
		if wrote = x.kept; x.req.Method == "GET" {
			wrote, read = nil, x.kept
		}
	}
	if p.cfg.Digest || x.kept != nil {
		x.reqSum, x.respSum = newDigest(h.streaming, p.cfg.Digest, wrote), newDigest(false, p.cfg.Digest, read)
	}
	if step := h.step; step.to > 0 {
		// The lines before the step header move up to the ones behind it: the head stays in one piece.
		size := step.to - step.from
		copy(x.raw[size:], x.raw[:step.from])
		x.raw = x.raw[size:]
		x.c.in.advance(size)
	}
}

// act lets the fault do its part, or the exchange pass.
func (x *exchange) act() {
	if x.rule == nil {
		x.pass()
		return
	}
	label, text := x.rule.label, x.rule.Fault.String()
	x.entry.update(func(r *Record) { r.Rule, r.Fault = label, text })
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

// end notes how the exchange ended, the first time, and that its connection does not live on.
func (x *exchange) end(how string) bool {
	x.keep = false
	if x.ended == "" {
		x.ended = how
	}
	return false
}

// lost ends the exchange because its client can no longer be read from or written to.
func (x *exchange) lost() bool {
	if how := x.c.cutReason(); how != "" && !x.c.watch.eof {
		return x.end(how)
	}
	return x.end(endClientGone)
}

// reset ends the exchange and its connection with a TCP reset.
func (x *exchange) reset() {
	x.end(endReset)
	x.out.buf = x.out.buf[:0]
	resetConn(x.c.nc)
}

// close ends the exchange and its connection with an orderly close.
func (x *exchange) close(how string) {
	x.end(how)
	x.linger = true
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

// consume takes the head from the buffer, to read the body behind it.
func (x *exchange) consume() {
	if !x.consumed {
		x.consumed = true
		x.c.in.advance(len(x.raw))
	}
}

// receive reads the request's body to its end and drops it, telling the client to send it if it waits for that.
func (x *exchange) receive(s shaper) bool {
	x.consume()
	if x.bodyDone {
		return true
	}
	if x.head.expect && !x.continued && len(x.c.in.buffered()) == 0 {
		if !x.sayContinue() {
			return false
		}
	}
	return x.judge(x.readBody(&writer{dst: io.Discard}, s))
}

// judge says how the reading of the request's body ended.
func (x *exchange) judge(err error) bool {
	var m *malformed
	switch {
	case err == nil:
		x.bodyEnds()
		return true
	case errors.Is(err, errCut):
		return true
	case errors.As(err, &m):
		x.answerBad(err)
		return false
	}
	return x.lost()
}

// bodyEnds notes that the request was read to its end.
func (x *exchange) bodyEnds() { x.bodyDone, x.receivedAt = true, x.c.p.now() }

// answers notes that the answer's head is sent, whose header lines these are. When that is need not be noted if the answer
// is over at once.
func (x *exchange) answers(status int, lines []byte) {
	x.status, x.answer = status, headers(x.c.texts.keep(lines))
}

func (x *exchange) sayContinue() bool {
	x.continued = true
	if x.out.send([]byte("HTTP/1.1 100 Continue\r\n\r\n")) != nil {
		return x.lost()
	}
	return true
}

// flush sends what is gathered of the answer.
func (x *exchange) flush() bool {
	if x.out.flush() != nil {
		return x.lost()
	}
	return true
}

// readBody reads the request's body to its end, sending it on to out, through s if there is one. What is returned is the
// client's error; out's is kept in it, and the rest of the body dropped.
func (x *exchange) readBody(out *writer, s shaper) error {
	for {
		if !x.body.ready() {
			out.try(out.flush)
		}
		piece, payload, err := x.body.next()
		if err != nil {
			out.try(out.flush)
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}
		x.received += int64(len(piece))
		if payload {
			x.reqSum.write(piece)
		}
		switch {
		case out.err != nil:
		case payload && s != nil:
			if err := s.shape(x, piece, out); errors.Is(err, errCut) {
				return errCut
			} else if err != nil {
				out.err = err
			}
		default:
			out.err = out.write(piece)
		}
	}
}

// settle brings to an end what is still open of the request when the answer is on its way.
func (x *exchange) settle() {
	if x.ended == "" {
		x.ended = endComplete
	}
	if p := x.pump; p != nil && !p.settled {
		x.flush()
		p.settle()
	}
	if up := x.c.up; up != nil && up.spoiled {
		x.c.dropUpstream()
	}
	x.consume()
	if !x.bodyDone {
		x.keep = false
		x.linger = x.linger || x.ended == endComplete
	}
	if x.c.watch.eof {
		x.keep = false
	}
}

// complete writes the record's last state.
func (x *exchange) complete() {
	p := x.c.p
	if x.ended == endReset {
		x.cutByOutage()
	}
	end := p.now()
	if w := &x.c.watch; w.eof && x.ended == endClientGone {
		end = w.at
	}
	if x.answeredAt == 0 && x.status != 0 {
		x.answeredAt = end
	}
	req, resp := x.reqSum.sum(x.bodyDone), x.respSum.sum(x.status != 0 && x.ended != endClientGone)
	p.journal.complete(x.entry, func(r *Record) {
		r.End, r.Ended = end, x.ended
		r.Received, r.Answered = x.receivedAt, x.answeredAt
		x.entry.answer = x.answer
		r.Status, r.UpstreamStatus, r.ErrorCode = x.status, x.upStatus, x.code
		r.Committed = (x.stored || x.succeeded()) && writes(x.req.Method)
		r.BytesReceived, r.BytesSent = x.received, x.out.sent
		r.RequestSHA256, r.ResponseSHA256 = req, resp
	})
}

// succeeded reports whether the upstream's last answer says that it did what it was asked for.
func (x *exchange) succeeded() bool {
	return x.upStatus >= 200 && x.upStatus <= 299 || x.upStatus == 303 && x.req.Operation == "PostObject"
}

// writes reports whether a method asks for a change.
func writes(method string) bool {
	return method != "GET" && method != "HEAD" && method != "OPTIONS"
}
