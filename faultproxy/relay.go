package faultproxy

import (
	"errors"
	"io"
	"time"

	"github.com/s3chaos/s3chaos/faultproxy/internal/wire"
	"github.com/s3chaos/s3chaos/faultproxy/journal"
)

// relay sends the upstream's response to the client, its body through last unless last is nil. It
// reports whether the whole response was sent. If it returns false while x.ended is "", last has
// cut the body.
func (x *exchange) relay(last shaper) bool {
	r, ok := x.prepareRelay()
	if !ok {
		return false
	}
	if x.declined() {
		x.keep = false
		r.head, r.edited = withClose(r.head), true
	}
	x.noteHead(r.status, r.head)
	f := x.up.head.Framing(x.req.Method)
	if f.Kind == wire.ByClose || !x.up.head.Persistent() || !x.in.head.Persistent() {
		x.keep = false
	}
	if last == nil && !x.shapesResponse() && !r.edited && x.out.sum == nil && f.Kind != wire.ByChunks {
		return x.relayWhole(f)
	}
	x.out.answeredAt = x.p.now()
	return x.relayAs(r.head, x.toClient(last, false))
}

// prepareRelay shows the upstream's response to the shaping rules, and returns it as they have
// edited it. It reports whether the exchange can go on.
func (x *exchange) prepareRelay() (r *reply, ok bool) {
	x.reply = reply{status: x.up.head.Status, head: x.up.raw, framing: x.up.head.Framing(x.req.Method)}
	return &x.reply, x.prepare(&x.reply)
}

// relayAs sends this head in place of the upstream's, and then the upstream's body through to. Its
// result is that of relay.
func (x *exchange) relayAs(head []byte, to sink) bool {
	up := x.c.up
	var b wire.Body
	b.Reset(up.in, x.up.head.Framing(x.req.Method))
	err := x.out.Gather(head)
	up.in.Advance(len(x.up.raw))
	if err != nil {
		x.c.dropUpstream()
		return x.lost()
	}
	return x.relayBody(up, &b, to)
}

// relayWhole sends the response unchanged: first the head with the buffered part of the body in one
// write, then the rest. f is the framing of the body.
func (x *exchange) relayWhole(f wire.Framing) bool {
	up, b := x.c.up, new(wire.Body)
	b.Reset(up.in, f)
	size := len(x.up.raw)
	if k := int64(len(up.in.Buffered()) - size); f.Kind == wire.ByClose || f.Kind == wire.ByLength {
		if f.Kind == wire.ByLength && k > b.Left {
			k = b.Left
		}
		size += int(k)
		if f.Kind == wire.ByLength {
			b.Left -= k
			b.Done = b.Left == 0
		}
	}
	send := x.out.Gather
	switch {
	case !b.Done:
		send = x.out.Send
		x.out.answeredAt = x.p.now()
	case x.reusable(up):
		send = x.out.Hold
	}
	if send(up.in.Buffered()[:size]) != nil {
		x.c.dropUpstream()
		return x.lost()
	}
	up.in.Advance(size)
	if !b.Done && f.Kind == wire.ByLength {
		if x.clientLeaves(up, func() { wire.Splice(x.c.nc, up.nc, up.in, b, &x.out.Writer) }) && !b.Done {
			x.c.dropUpstream()
			return x.lost()
		}
		if x.out.Err != nil && !b.Done {
			return x.brokenRelay(up, b)
		}
	}
	if b.Done {
		x.upstreamDone(up)
		return true
	}
	return x.relayBody(up, b, x.toClient(nil, false))
}

// brokenRelay ends the exchange after a splice has failed. It reads on to find out whether the
// upstream or the client failed.
func (x *exchange) brokenRelay(up *upstream, b *wire.Body) bool {
	_ = up.nc.SetReadDeadline(time.Now().Add(lingerTime))
	_, _, err := b.Next()
	x.c.dropUpstream()
	if err != nil && !isTimeout(err) && x.c.cutReason() == "" {
		return x.end(journal.EndUpstream)
	}
	return x.lost()
}

// relayBody sends the rest of a body piece by piece to the client, through to.
func (x *exchange) relayBody(up *upstream, b *wire.Body, to sink) bool {
	out := &x.out.Writer
	var (
		piece   []byte
		payload bool
		err     error
	)
	read := func() { piece, payload, err = b.Next() }
	for {
		if !b.Ready() && out.Flush() != nil {
			x.c.dropUpstream()
			return x.lost()
		}
		if b.Ready() {
			read()
		} else if x.clientLeaves(up, read) && err != nil {
			x.c.dropUpstream()
			return x.lost()
		}
		switch {
		case errors.Is(err, io.EOF):
			if err := to.end(); err != nil {
				return x.brokenBody(err)
			}
			x.upstreamDone(up)
			return true
		case err != nil:
			_ = to.end()
			_ = out.Flush() // the client gets what has arrived so far
			x.c.dropUpstream()
			switch how := x.c.cutReason(); {
			case how != "":
				return x.end(how)
			case isClosed(x.out.timeUp):
				return false
			}
			return x.end(journal.EndUpstream)
		}
		if err := to.put(piece, payload); err != nil {
			return x.brokenBody(err)
		}
	}
}

// clientLeaves calls read, which waits for the upstream, and reports whether the client left
// meanwhile: then the upstream's connection is closed, so that read returns. While a pump reads
// from the client, and under virtual time, the proxy notices a client that leaves when it next
// writes.
func (x *exchange) clientLeaves(up *upstream, read func()) bool {
	if x.p.cfg.IdentityLatency || x.in.pump != nil {
		read()
		return false
	}
	w := &x.c.watch
	w.start(true, func() { _ = up.nc.Close() })
	read()
	return w.stop()
}

// brokenBody ends the response's body because a shaper has cut it, or because the client cannot be
// sent any more.
func (x *exchange) brokenBody(err error) bool {
	x.c.dropUpstream()
	if !errors.Is(err, errCut) && !isClosed(x.out.timeUp) {
		return x.lost()
	}
	_ = x.out.Flush() // an error here does not matter: the connection is cut in any case
	return false
}

// reusable reports whether the upstream's connection can be used again after the response.
func (x *exchange) reusable(up *upstream) bool {
	return !up.spoiled && x.up.head.Persistent() && x.up.head.Framing(x.req.Method).Kind != wire.ByClose
}

// upstreamDone keeps or drops the upstream's connection after its response was read to the end.
func (x *exchange) upstreamDone(up *upstream) {
	if x.reusable(up) {
		up.idle = x.p.now()
		return
	}
	x.c.dropUpstream()
}

// discard reads the upstream's response to its end and drops it.
func (x *exchange) discard() bool {
	up := x.c.up
	var b wire.Body
	b.Reset(up.in, x.up.head.Framing(x.req.Method))
	up.in.Advance(len(x.up.raw))
	for {
		_, _, err := b.Next()
		if errors.Is(err, io.EOF) {
			x.upstreamDone(up)
			return true
		}
		if err != nil {
			x.c.dropUpstream() // the upstream has handled the request, which is what the caller needs
			return true
		}
	}
}

// relayUndelimited sends the response without a length and without chunks, so that the close is the
// end of its body.
func (x *exchange) relayUndelimited(last shaper) bool {
	x.keep = false
	r, ok := x.prepareRelay()
	if !ok {
		return false
	}
	head := withoutFraming(r.head)
	x.noteHead(r.status, head)
	x.out.answeredAt = x.p.now()
	return x.relayAs(head, x.toClient(last, true))
}
