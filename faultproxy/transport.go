package faultproxy

import (
	"context"
	"net/http"
	"net/http/httptrace"
	"strings"
	"sync/atomic"
	"time"

	"github.com/s3chaos/s3chaos/faultproxy/internal/httptext"
	"github.com/s3chaos/s3chaos/faultproxy/internal/identity"
	"github.com/s3chaos/s3chaos/faultproxy/internal/s3api"
	"github.com/s3chaos/s3chaos/faultproxy/internal/wire"
)

// Transport tells a proxy in the same process what its requests are for. Each request gets the
// header [StepHeader] with the step in its context. A dial made for a request knows its operation
// and key, so that a connection which a fault prevents is recorded as an attempt at that operation.
//
// With Proxy set, and [Config.IdentityLatency] on, requests take their place in virtual time here:
// before the pool of net/http, which gives a free connection to the request that came first. Behind
// the pool the scheduler would have decided already.
type Transport struct {
	// Base sends the requests; nil: http.DefaultTransport.
	Base http.RoundTripper
	// Proxy is the proxy that the requests go to; nil: requests take their place in the proxy, on
	// arrival.
	Proxy *Proxy

	inFlight atomic.Int64 // requests whose response has not ended
}

type stepKey struct{}

type originKey struct{}

// WithStep returns a context that puts the requests made with it in a step: part of their identity,
// and of the journal.
func WithStep(ctx context.Context, step string) context.Context {
	return context.WithValue(ctx, stepKey{}, step)
}

// RoundTrip implements http.RoundTripper.
func (t *Transport) RoundTrip(req *http.Request) (*http.Response, error) {
	base := t.Base
	if base == nil {
		base = http.DefaultTransport
	}
	o := newOrigin(req)
	if t.Proxy == nil || !t.Proxy.cfg.IdentityLatency {
		return base.RoundTrip(o.tagged(req, req.Context()))
	}
	return t.inOrder(base, o, req)
}

// inOrder sends a request after its identity latency, and ends it, if its context ends, at an
// instant of its own.
func (t *Transport) inOrder(base http.RoundTripper, o *origin, req *http.Request) (*http.Response, error) {
	p := t.Proxy
	t.inFlight.Add(1)
	ctx, release := t.endApart(req, o)
	over := func() {
		release()
		t.inFlight.Add(-1)
	}
	p.startClock()
	if err := o.takePlace(ctx, p); err != nil {
		over()
		if req.Body != nil {
			_ = req.Body.Close() // as every RoundTripper must
		}
		return nil, err
	}
	resp, err := base.RoundTrip(o.tagged(req, httptrace.WithClientTrace(ctx, o.trace(ctx, p))))
	if err != nil {
		over()
		return nil, err
	}
	watchEnd(resp, over)
	return resp, nil
}

// Unordered returns how many requests took their place in virtual time only on arrival, since they
// did not come through a [Transport] of this proxy: where several of them share connections, the
// scheduler decides which gets one. It is 0 without Config.IdentityLatency.
func (p *Proxy) Unordered() int { return int(p.unordered.Load()) }

// CloseIdleConnections closes the base's idle connections.
func (t *Transport) CloseIdleConnections() {
	if c, ok := t.Base.(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}

// newOrigin describes a request before it is sent.
func newOrigin(req *http.Request) *origin {
	var lines strings.Builder
	line := func(name, value string) {
		if value != "" && wire.ValidateHeader(name, value) == nil {
			lines.WriteString(name + ": " + value + "\r\n")
		}
	}
	host := req.Host
	if host == "" {
		host = req.URL.Host
	}
	line("Host", host)
	step, _ := req.Context().Value(stepKey{}).(string)
	line(s3api.StepHeader, step)
	for name, values := range req.Header {
		for _, v := range values {
			line(name, v)
		}
	}
	o := &origin{
		method: req.Method, target: req.URL.RequestURI(), header: httptext.Headers(lines.String()),
		step: step, ctx: req.Context(),
	}
	if o.method == "" {
		o.method = http.MethodGet
	}
	o.ready.Store(int64(never))
	return o
}

// tagged is the request with the origin in its context and the step in its header.
func (o *origin) tagged(req *http.Request, ctx context.Context) *http.Request {
	req = req.Clone(context.WithValue(ctx, originKey{}, o))
	if ctx != o.ctx { // the new context ends for the channel too
		//lint:ignore SA1019 http.Client itself sets the channel
		req.Cancel = nil //nolint:staticcheck // as above
	}
	o.ctx = ctx
	if o.step != "" && wire.ValidateHeader(s3api.StepHeader, o.step) == nil {
		req.Header.Set(s3api.StepHeader, o.step)
	}
	return req
}

// trace follows a request through net/http: each send after the first takes a place of its own, and
// the connection that a send gets is told whose request comes next.
func (o *origin) trace(ctx context.Context, p *Proxy) *httptrace.ClientTrace {
	return &httptrace.ClientTrace{
		GetConn: func(string) {
			if o.sends.Add(1) > 1 {
				_ = o.takePlace(ctx, p) // net/http notices by itself that the context has ended
			}
		},
		GotConn: func(info httptrace.GotConnInfo) {
			o.connected.Store(o.sends.Load())
			if c, ok := wire.Innermost(info.Conn).(interface{ Announce(any) }); ok {
				c.Announce(o)
			}
		},
	}
}

// lastNanosecond is the part of the identity latency that passes in the proxy. Time advances only
// when all goroutines wait, so the client has sent by then what it can: a reset never meets a
// half-written request by chance.
const lastNanosecond = time.Nanosecond

// takePlace lets the request's identity latency pass. Its error is the context's.
func (o *origin) takePlace(ctx context.Context, p *Proxy) error {
	var r s3api.Request
	r.Parse(o.method, o.target, o.header, p.hosts)
	p.sends.See(&r)
	o.identity.Store(r.IdentityHash)
	o.asked.Store(int64(p.now()))
	t := time.NewTimer(identity.Latency(p.cfg.Seed, r.IdentityHash, r.Nth) - lastNanosecond)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	o.ready.Store(int64(p.now()))
	return nil
}
