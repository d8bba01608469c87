package faultproxy

import (
	"context"
	"errors"
	"io"

	"github.com/s3chaos/s3chaos/faultproxy/internal/wire"
	"github.com/s3chaos/s3chaos/faultproxy/journal"
)

// This file is for requests that the proxy sends to the upstream apart from an exchange: later than
// its response, or of its own.

// untilCut returns a context that ends when the proxy is closed or has failed.
func (p *Proxy) untilCut() (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(context.Background())
	p.group.Go(func() {
		select {
		case <-p.cut:
		case <-p.failed:
		case <-ctx.Done():
		}
		cancel()
	})
	return ctx, cancel
}

// sendOwn sends a request on a connection of its own: send writes it. It returns the head of the
// final response, whose body it reads and drops.
func (p *Proxy) sendOwn(ctx context.Context, method string, send func(io.Writer) error) (wire.ResponseHead, error) {
	nc, err := p.dialUpstream(ctx)
	if err != nil {
		return wire.ResponseHead{}, err
	}
	defer nc.Close()
	stop := context.AfterFunc(ctx, func() { _ = nc.Close() })
	defer stop()
	in := wire.NewReader(nc)
	defer in.Release()
	if err := send(nc); err != nil {
		return wire.ResponseHead{}, err
	}
	for range maxInterim + 1 {
		n, err := in.AwaitHead()
		if err != nil {
			return wire.ResponseHead{}, err
		}
		head, err := wire.ParseResponse(in.Buffered()[:n])
		if err != nil {
			return wire.ResponseHead{}, err
		}
		in.Advance(n)
		if head.Status < 200 {
			continue
		}
		var b wire.Body
		for b.Reset(in, head.Framing(method)); err == nil; {
			_, _, err = b.Next()
		}
		return head, wire.IgnoreEOF(err)
	}
	return wire.ResponseHead{}, errors.New("too many interim responses")
}

// keepRequest reads the whole request and stores it in a spool, its body as the shaping rules leave
// it. It answers 500 if it cannot store the request. It reports whether the exchange can go on.
func (x *exchange) keepRequest(message *spool) bool {
	held := wire.Writer{Dst: message}
	held.Err = held.Send(x.in.raw)
	x.consume()
	if !x.in.done {
		if x.in.head.Expect && !x.in.continued && !x.sendContinue() ||
			!x.judge(x.readBody(&held, x.toUpstream(&held, nil, false), x.shapesRequest())) {
			return false
		}
	}
	if held.Err != nil {
		x.p.cfg.Logger.Error("the proxy could not store the request", "fault", x.rule.Fault.Kind(), "error", held.Err)
		x.answerError(answer{code: "InternalError"}.usual())
		return x.end(journal.EndClosed)
	}
	return true
}
