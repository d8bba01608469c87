package faultproxy

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"os"
	"time"
)

// forward sends the request to the upstream, its body through s if there is one, and waits for the head of the answer.
// Interim answers go to the client. Whatever fails is answered.
func (x *exchange) forward(s shaper) bool {
	if !x.before() {
		return false
	}
	for {
		up, err := x.c.upstreamConn()
		if err != nil {
			return x.upstreamFailed(err)
		}
		fresh := !up.used
		err = x.request(up, s)
		if err == nil {
			up.used = true
			return true
		}
		if x.ended != "" {
			return false
		}
		if fresh || x.consumed || !x.repeatable(up) {
			return x.upstreamFailed(err)
		}
		x.c.dropUpstream() // it had closed the idle connection: once more on a fresh one
	}
}

// repeatable reports whether the request may be sent again after a used connection failed without a byte of an answer:
// what HTTP calls idempotent.
func (x *exchange) repeatable(up *upstream) bool {
	return len(up.in.buffered()) == 0 && x.req.Method != "POST" && x.req.Method != "PATCH"
}

// request sends the request over one connection and reads the head of the answer.
func (x *exchange) request(up *upstream, s shaper) error {
	size := len(x.raw)
	small := x.bodyDone || x.body.kind == byLength && s == nil && !x.head.expect && int64(size)+x.body.left <= bufferSize
	if !small {
		x.consume()
		x.pump = startPump(x, up, s)
		return x.await(up)
	}
	if !x.bodyDone {
		size += int(x.body.left)
		if err := x.readAhead(size); err != nil {
			x.lost()
			return err
		}
	}
	if _, err := up.nc.Write(x.c.in.buffered()[:size]); err != nil {
		return err
	}
	if err := x.await(up); err != nil {
		return err
	}
	if !x.bodyDone {
		x.reqSum.write(x.c.in.buffered()[len(x.raw):size])
		x.received += int64(size - len(x.raw))
		x.bodyDone = true
	}
	x.consumed = true
	x.c.in.advance(size)
	return nil
}

// readAhead reads until the buffer holds n bytes from the head on.
func (x *exchange) readAhead(n int) error {
	in := x.c.in
	in.reserve(n)
	for len(in.buffered()) < n {
		if err := in.fillTail(); err != nil {
			return err
		}
	}
	x.raw = in.buffered()[:len(x.raw)]
	return nil
}

// await reads the head of the final answer, watching the client meanwhile.
func (x *exchange) await(up *upstream) (err error) {
	w := &x.c.watch
	if x.pump == nil {
		w.start(!x.c.p.cfg.IdentityLatency, false, func() { _ = up.nc.Close() })
	}
	var n int
	for {
		if n, err = up.in.head(); err != nil {
			break
		}
		x.respRaw = up.in.buffered()[:n]
		if x.resp, err = parseResponse(x.respRaw); err != nil {
			break
		}
		if x.resp.status == 101 {
			err = bad("a switch of protocols that nobody asked for")
			break
		}
		if x.resp.status >= 200 {
			break
		}
		if !x.head.old && !x.quiet && x.out.send(x.respRaw) != nil {
			x.lost()
			err = net.ErrClosed
			break
		}
		x.continued = x.continued || x.resp.status == 100
		up.in.advance(n)
	}
	gone := w.stop()
	if err == nil {
		x.upStatus = x.resp.status
		if x.kept != nil {
			x.answerHead = string(x.respRaw[x.resp.lines : len(x.respRaw)-2])
		}
		x.note(up)
		return nil
	}
	if errors.Is(err, io.EOF) && len(up.in.buffered()) > 0 {
		err = io.ErrUnexpectedEOF
	}
	if gone {
		x.lost()
	}
	if p := x.pump; p != nil {
		if p.settle(); p.clientErr != nil {
			x.judge(p.clientErr)
		}
	}
	return err
}

// upstreamFailed answers for an upstream that cannot be reached or broke off before the head of its answer was there.
func (x *exchange) upstreamFailed(err error) bool {
	if x.ended != "" {
		return false
	}
	x.c.dropUpstream()
	if how := x.c.cutReason(); how != "" {
		return x.end(how)
	}
	x.c.p.cfg.Logger.Warn("upstream failed", "addr", x.c.p.cfg.Upstream, "error", err)
	status, code := 502, "BadGateway"
	var ne net.Error
	if errors.As(err, &ne) && ne.Timeout() {
		status, code = 504, "GatewayTimeout"
	}
	if x.pump != nil {
		x.pump.settle()
	}
	if !x.receive(nil) {
		return false
	}
	x.answerError(answer{status: status, code: code, message: "The upstream could not be reached or gave no answer."})
	return x.end(endUpstream)
}

const dialTimeout = 10 * time.Second

// dialUpstream opens a connection to the upstream.
func (p *Proxy) dialUpstream(ctx context.Context) (net.Conn, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, dialTimeout, os.ErrDeadlineExceeded)
	defer cancel()
	nc, err := p.cfg.Dial(ctx, "tcp", p.cfg.Upstream)
	if err != nil || p.cfg.UpstreamTLS == nil {
		return nc, err
	}
	cfg := p.cfg.UpstreamTLS.Clone()
	cfg.NextProtos = []string{"http/1.1"}
	if host, _, err := net.SplitHostPort(p.cfg.Upstream); err == nil && cfg.ServerName == "" {
		cfg.ServerName = host
	}
	tc := tls.Client(nc, cfg)
	if err := tc.HandshakeContext(ctx); err != nil {
		_ = nc.Close()
		return nil, err
	}
	return tc, nil
}
