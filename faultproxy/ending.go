package faultproxy

import (
	"github.com/s3chaos/s3chaos/faultproxy/internal/wire"
	"github.com/s3chaos/s3chaos/faultproxy/journal"
)

// end records how the exchange ended, unless that is recorded already. The connection is not used
// again.
func (x *exchange) end(how string) bool {
	x.keep = false
	if x.ended == "" {
		x.ended = how
	}
	return false
}

// lost ends the exchange because the proxy cannot read from or write to the client any more. The
// proxy itself may have cut the connection.
func (x *exchange) lost() bool {
	if how := x.c.cutReason(); how != "" && !x.c.watch.eof.Load() {
		return x.end(how)
	}
	return x.end(journal.EndClientGone)
}

// unanswered ends the exchange because the rest of its response could not be sent. It replaces
// "complete", which was recorded when the response was buffered.
func (x *exchange) unanswered() bool {
	if x.ended == journal.EndComplete {
		x.ended = ""
	}
	return x.lost()
}

// reset ends the exchange and resets its connection.
func (x *exchange) reset() {
	x.resets = x.ended == ""
	x.end(journal.EndReset)
	x.out.Drop()
	wire.ResetConn(x.c.nc)
}

// close ends the exchange, and closes its connection in an orderly way.
func (x *exchange) close(how string) {
	x.end(how)
	x.linger = true
}

// finish ends the request once the response is sent or buffered: it stops the pump, and decides
// whether the connection can be used again.
func (x *exchange) finish() {
	if x.ended == "" {
		x.ended = journal.EndComplete
	}
	if x.settles() { // before the client has the last byte, after which it may send the next request
		x.p.tracker.Settle(&x.req)
	}
	if p := x.in.pump; p != nil && !p.stopped {
		x.flush()
		p.stop()
	}
	if up := x.c.up; up != nil && up.spoiled {
		x.c.dropUpstream()
	}
	x.consume()
	if !x.in.done {
		x.keep = false
		x.linger = x.linger || x.ended == journal.EndComplete
	}
	if x.c.watch.eof.Load() && len(x.c.in.Buffered()) == 0 {
		x.keep = false
	}
}

// answered ends the exchange after the last n bytes of its response were sent, or failed with err.
// It reports whether the connection stays open.
func (x *exchange) answered(n int, err error) bool {
	x.out.Sent += int64(n)
	x.out.Drop()
	if err != nil {
		x.unanswered()
	}
	x.over()
	x.complete(err == nil)
	x.keep = x.keep && !x.p.outage() && x.c.setBusy(false)
	return x.keep
}

// complete writes the final state of the record. sent reports whether the last bytes of the
// response were sent.
func (x *exchange) complete(sent bool) {
	p := x.p
	if x.ended == journal.EndReset {
		x.cutByOutage()
	}
	end := p.now()
	if w := &x.c.watch; w.eof.Load() && x.ended == journal.EndClientGone {
		end = max(w.at, x.at, x.out.answeredAt)
	}
	if x.overAt > 0 {
		end = x.overAt
	}
	if x.out.answeredAt == 0 && x.out.status != 0 && sent {
		x.out.answeredAt = end
	}
	req, resp := x.in.sum.sum(x.in.done), x.out.sum.sum(x.out.status != 0 && x.ended != journal.EndClientGone)
	deletes := x.deletes.deletions()
	p.journal.Complete(x.entry, string(x.out.header), func(r *Record) {
		r.End, r.Ended = end, x.ended
		r.Received, r.Answered = x.in.doneAt, x.out.answeredAt
		r.Status, r.UpstreamStatus, r.ErrorCode = x.out.status, x.up.status, x.out.code
		r.Committed = (x.up.stored || x.succeeded()) && writes(x.req.Method)
		r.BytesReceived, r.BytesSent = x.in.received, x.out.Sent
		r.RequestSHA256, r.ResponseSHA256 = req, resp
		r.Deletes = deletes
	})
	x.entry = nil // the journal may use the entry again
}

// succeeded reports whether the status of the upstream's last response means success.
func (x *exchange) succeeded() bool {
	return x.up.status >= 200 && x.up.status <= 299 || x.up.status == 303 && x.req.Operation == "PostObject"
}

// settles reports whether the response is one after which a client does not try again: it is
// complete, and it is a success or the upstream's own word that the object is not there or that a
// condition does not hold.
func (x *exchange) settles() bool {
	if x.ended != journal.EndComplete || x.out.code != "" {
		return false
	}
	switch status := x.out.status; {
	case status >= 200 && status <= 299, status == 304:
		return !x.traits().spoils
	case status == 404, status == 412:
		return !x.faulty()
	}
	return false
}

// writes reports whether a request with this method can change something.
func writes(method string) bool {
	return method != "GET" && method != "HEAD" && method != "OPTIONS"
}
