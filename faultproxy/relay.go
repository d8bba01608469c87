package faultproxy

import (
	"bytes"
	"errors"
	"io"
	"time"
)

// shaper changes, delays or cuts a body on its way, piece by piece. It may return errCut: the body ends here.
type shaper interface {
	shape(x *exchange, piece []byte, out *writer) error
}

// relay sends the upstream's answer to the client, its body through s if there is one. It reports whether the answer was
// sent whole; false with the exchange still under way means that s cut it.
func (x *exchange) relay(s shaper) bool {
	up := x.c.up
	f := x.resp.framing(x.req.Method)
	x.answers(x.resp.status, x.respRaw[x.resp.lines:len(x.respRaw)-2])
	if f.kind == byClose || !x.resp.persistent() || !x.head.persistent() {
		x.keep = false
	}
	var b body
	b.reset(up.in, f)
	if s == nil && x.respSum == nil && f.kind != byChunks {
		return x.relayWhole(up, &b, f)
	}
	x.answeredAt = x.c.p.now()
	err := x.out.write(x.respRaw)
	up.in.advance(len(x.respRaw))
	if err != nil {
		return x.lost()
	}
	return x.relayBody(up, &b, s, false)
}

// relayWhole sends head and body as they are, with what is buffered of the body in one write.
func (x *exchange) relayWhole(up *upstream, b *body, f framing) bool {
	size := len(x.respRaw)
	if k := int64(len(up.in.buffered()) - size); f.kind == byClose || f.kind == byLength {
		if f.kind == byLength && k > b.left {
			k = b.left
		}
		size += int(k)
		if f.kind == byLength {
			b.left -= k
			b.done = b.left == 0
		}
	}
	send := x.out.write
	switch {
	case !b.done:
		send = x.out.send
		x.answeredAt = x.c.p.now()
	case x.reusable(up):
		send = x.out.hold
	}
	if send(up.in.buffered()[:size]) != nil {
		x.c.dropUpstream()
		return x.lost()
	}
	up.in.advance(size)
	if !b.done && f.kind == byLength {
		splice(x.c.nc, up.nc, up.in, b, &x.out)
		if x.out.err != nil && !b.done {
			return x.brokenRelay(up, b)
		}
	}
	if b.done {
		x.upstreamDone(up)
		return true
	}
	return x.relayBody(up, b, nil, false)
}

// brokenRelay finds out whose fault it was that a splice ended: reading on tells.
func (x *exchange) brokenRelay(up *upstream, b *body) bool {
	_ = up.nc.SetReadDeadline(time.Now().Add(lingerTime))
	_, _, err := b.next()
	x.c.dropUpstream()
	if err != nil && !isTimeout(err) && x.c.cutReason() == "" {
		return x.end(endUpstream)
	}
	return x.lost()
}

// relayBody sends the rest of a body piece by piece; bare leaves the chunks' framing out.
func (x *exchange) relayBody(up *upstream, b *body, s shaper, bare bool) bool {
	out := &x.out
	for {
		if !b.ready() && out.flush() != nil {
			x.c.dropUpstream()
			return x.lost()
		}
		piece, payload, err := b.next()
		switch {
		case errors.Is(err, io.EOF):
			x.upstreamDone(up)
			return true
		case err != nil:
			_ = out.flush() // what came so far is the client's
			x.c.dropUpstream()
			if how := x.c.cutReason(); how != "" {
				return x.end(how)
			}
			return x.end(endUpstream)
		}
		switch {
		case !payload && bare:
		case payload && s != nil:
			err = s.shape(x, piece, out)
		case payload:
			x.respSum.write(piece)
			err = out.write(piece)
		default:
			err = out.write(piece)
		}
		if errors.Is(err, errCut) {
			_ = out.flush() // the client may be gone; it is cut off in any case
			x.c.dropUpstream()
			return false
		}
		if err != nil {
			x.c.dropUpstream()
			return x.lost()
		}
	}
}

// reusable reports whether the connection may be used again when the upstream's answer was read to its end.
func (x *exchange) reusable(up *upstream) bool {
	return !up.spoiled && x.resp.persistent() && x.resp.framing(x.req.Method).kind != byClose
}

// upstreamDone notes that the upstream's answer was read to its end.
func (x *exchange) upstreamDone(up *upstream) {
	if x.reusable(up) {
		up.idle = x.c.p.now()
		return
	}
	x.c.dropUpstream()
}

// discard reads the upstream's answer to its end and drops it.
func (x *exchange) discard() bool {
	up := x.c.up
	var b body
	b.reset(up.in, x.resp.framing(x.req.Method))
	up.in.advance(len(x.respRaw))
	for {
		_, _, err := b.next()
		if errors.Is(err, io.EOF) {
			x.upstreamDone(up)
			return true
		}
		if err != nil {
			x.c.dropUpstream() // the upstream has acted, which is all that counts
			return true
		}
	}
}

// relayUndelimited is relay without a length and without chunks: the close is the body's end.
func (x *exchange) relayUndelimited(s shaper) bool {
	x.keep = false
	up := x.c.up
	head := withoutFraming(x.respRaw)
	x.answers(x.resp.status, head[x.resp.lines:len(head)-2])
	x.answeredAt = x.c.p.now()
	f := x.resp.framing(x.req.Method)
	up.in.advance(len(x.respRaw))
	if x.out.write(head) != nil {
		return x.lost()
	}
	var b body
	b.reset(up.in, f)
	return x.relayBody(up, &b, s, true)
}

// withoutFraming is a response head without its length or chunks, announcing the close.
func withoutFraming(head []byte) []byte {
	var out []byte
	for rest := head[:len(head)-2]; len(rest) > 0; {
		i := bytes.IndexByte(rest, '\n') + 1
		line := rest[:i]
		rest = rest[i:]
		if name, _, ok := bytes.Cut(line, []byte{':'}); ok && framingHeader(string(name)) {
			continue
		}
		out = append(out, line...)
	}
	return append(out, "Connection: close\r\n\r\n"...)
}
