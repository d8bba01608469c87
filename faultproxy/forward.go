package faultproxy

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"os"
	"time"

	"github.com/s3chaos/s3chaos/faultproxy/internal/wire"
	"github.com/s3chaos/s3chaos/faultproxy/journal"
)

// forward sends the request to the upstream, and waits for the head of the final response. It
// passes interim responses to the client. If anything fails, forward answers the client and returns
// false.
func (x *exchange) forward() bool {
	if !x.before() {
		return false
	}
	if x.in.done || x.in.body.Kind == wire.ByLength && !x.shapesRequest() && !x.in.head.Expect &&
		int64(len(x.in.raw))+x.in.body.Left <= wire.BufferSize {
		if !x.in.done {
			if x.readAhead(len(x.in.raw)+int(x.in.body.Left)) != nil {
				return x.lost()
			}
			x.in.doneAt = x.p.now()
		}
		return x.ask(false, x.sendWhole)
	}
	return x.ask(true, func(up *upstream) error {
		x.consume()
		x.in.pump = startPump(x, up)
		return x.await(up, nil)
	})
}

// ask sends the request on a connection to the upstream, and waits for the head of the response:
// send does both. If a reused connection fails before any byte of a response, the upstream had
// closed it while it was idle; then ask tries again on a new one. It does not do so if once is set,
// or for POST and PATCH, which are not idempotent.
func (x *exchange) ask(once bool, send func(*upstream) error) bool {
	once = once || x.req.Method == "POST" || x.req.Method == "PATCH"
	for {
		up, err := x.c.upstreamConn()
		if err != nil {
			return x.upstreamFailed(err)
		}
		fresh := !up.used
		err = send(up)
		if err == nil {
			up.used = true
			return true
		}
		if x.ended != "" {
			return false
		}
		if fresh || once || len(up.in.Buffered()) > 0 {
			return x.upstreamFailed(err)
		}
		x.c.dropUpstream()
	}
}

// sendWhole sends head and body in one write. Both must be in the buffer.
func (x *exchange) sendWhole(up *upstream) error {
	size := len(x.in.raw)
	if !x.in.done {
		size += int(x.in.body.Left)
	}
	message := x.c.in.Buffered()[:size]
	if err := x.await(up, func() error { return up.in.WriteRead(up.nc, message, nil) }); err != nil {
		return err
	}
	if !x.in.done {
		x.in.sum.write(x.c.in.Buffered()[len(x.in.raw):size])
		x.in.received += int64(size - len(x.in.raw))
		x.bodyEnds()
	}
	x.in.consumed = true
	x.c.in.Advance(size)
	return nil
}

// readAhead reads until the buffer holds n bytes, from the start of the head.
func (x *exchange) readAhead(n int) error {
	in := x.c.in
	in.Reserve(n)
	for len(in.Buffered()) < n {
		if err := in.FillTail(); err != nil {
			return err
		}
	}
	x.in.raw = in.Buffered()[:len(x.in.raw)]
	return nil
}

// await calls send to send the request, unless a pump is sending it, and reads the head of the
// final response. Meanwhile it watches whether the client leaves.
func (x *exchange) await(up *upstream, send func() error) (err error) {
	w := &x.c.watch
	var sendErr error
	if x.in.pump == nil {
		w.start(!x.p.cfg.IdentityLatency, func() { _ = up.nc.Close() })
		sendErr = send()
	}
	if sendErr != nil {
		up.spoiled = true
		if err = sendErr; !up.used { // the upstream may have responded to the part that it received
			err = up.nc.SetReadDeadline(time.Now().Add(lingerTime))
		}
	}
	for interim := 0; err == nil; interim++ {
		var n int
		if n, err = up.in.AwaitHead(); err != nil {
			break
		}
		x.up.raw = up.in.Buffered()[:n]
		if x.up.head, err = wire.ParseResponse(x.up.raw); err != nil {
			break
		}
		if x.up.head.Status == 101 {
			err = wire.Malformed("101 Switching Protocols without a request for it")
			break
		}
		if x.up.head.Status >= 200 {
			break
		}
		if interim == maxInterim {
			err = wire.Malformed("more than %d interim responses", maxInterim)
			break
		}
		if !x.in.head.Old && !x.in.quiet && x.out.Send(x.up.raw) != nil {
			x.lost()
			err = net.ErrClosed
			break
		}
		x.in.continued = x.in.continued || x.up.head.Status == 100
		up.in.Advance(n)
	}
	gone := x.in.pump == nil && w.stop()
	if err == nil {
		x.up.status = x.up.head.Status
		x.note(up)
		return nil
	}
	if errors.Is(err, io.EOF) && len(up.in.Buffered()) > 0 {
		err = io.ErrUnexpectedEOF
	}
	err = cmp.Or(sendErr, err)
	if gone {
		x.lost()
	}
	if p := x.in.pump; p != nil {
		if p.stop(); p.clientErr != nil {
			x.judge(p.clientErr)
		}
	}
	return err
}

// upstreamFailed answers 502 or 504 if the upstream cannot be reached, or breaks off before the
// head of its response is complete.
func (x *exchange) upstreamFailed(err error) bool {
	if x.ended != "" {
		return false
	}
	x.c.dropUpstream()
	x.bareAnswer()
	if how := x.c.cutReason(); how != "" {
		return x.end(how)
	}
	x.p.cfg.Logger.Warn("upstream failed", "addr", x.p.cfg.Upstream, "error", err)
	x.entry.Update(func(r *Record) { r.Why = shortly(err) })
	status, code := 502, "BadGateway"
	var ne net.Error
	if errors.As(err, &ne) && ne.Timeout() {
		status, code = 504, "GatewayTimeout"
	}
	if x.in.pump == nil && !x.receive(nil) {
		return false
	}
	x.answerError(answer{status: status, code: code, message: "The upstream could not be reached or gave no answer."})
	return x.end(journal.EndUpstream)
}

// maxInterim is how many interim responses (status 100 to 199) the upstream may send to one
// request.
const maxInterim = 100

const dialTimeout = 10 * time.Second

// dialUpstream opens a connection to the upstream, with TLS if the configuration says so.
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
