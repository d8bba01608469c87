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

// Transport tells a proxy in the same process what its requests are for. It adds the header
// [StepHeader] with the step in the request's context. A dial for a request knows the request, so
// that the journal records a connection that a fault prevents as an attempt of that operation.
//
// If Proxy is set and [Config.IdentityLatency] is on, requests wait for their identity latency
// here. That must be before the connection pool of net/http, which gives a free connection to the
// request that comes first: after the pool, the scheduler would have decided which one that is.
type Transport struct {
	// Base sends the requests; nil: http.DefaultTransport.
	Base http.RoundTripper
	// Proxy is the proxy that the requests go to; nil: the identity latency passes in the proxy, on
	// arrival.
	Proxy *Proxy

	inFlight atomic.Int64 // requests whose response has not ended
}

type stepKey struct{}

type originKey struct{}

// WithStep returns a context for the requests of a scenario step. The step is part of their
// identity, and the journal shows it.
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

// inOrder sends a request after its identity latency. If its context ends, the request ends at an
// instant that differs from those of other requests.
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
			_ = req.Body.Close() // every RoundTripper must close the body
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

// Unordered returns how many requests waited for their identity latency in the proxy, because they
// did not come through a [Transport] of this proxy. If several such requests share connections, the
// scheduler decides which one gets which. Unordered returns 0 without Config.IdentityLatency.
func (p *Proxy) Unordered() int { return int(p.unordered.Load()) }

// CloseIdleConnections closes the idle connections of Base.
func (t *Transport) CloseIdleConnections() {
	if c, ok := t.Base.(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}

// newOrigin returns the origin of a request before it is sent.
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

// tagged returns the request with its origin in the context and its step in a header.
func (o *origin) tagged(req *http.Request, ctx context.Context) *http.Request {
	req = req.Clone(context.WithValue(ctx, originKey{}, o))
	if ctx != o.ctx { // ctx ends when the channel is closed, so the channel is not needed
		//lint:ignore SA1019 http.Client itself sets the channel
		req.Cancel = nil //nolint:staticcheck // as above
	}
	o.ctx = ctx
	if o.step != "" && wire.ValidateHeader(s3api.StepHeader, o.step) == nil {
		req.Header.Set(s3api.StepHeader, o.step)
	}
	return req
}

// trace returns hooks for net/http. Each send after the first waits for an identity latency of its
// own. The connection that a send gets is told which request comes next.
func (o *origin) trace(ctx context.Context, p *Proxy) *httptrace.ClientTrace {
	return &httptrace.ClientTrace{
		GetConn: func(string) {
			if o.sends.Add(1) > 1 {
				_ = o.takePlace(ctx, p) // net/http itself notices the end of the context
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

// lastNanosecond is the part of the identity latency that passes in the proxy. Virtual time
// advances only when all goroutines wait, so by then the client has sent all that it can. A reset
// therefore never meets a request that is written in part.
const lastNanosecond = time.Nanosecond

// takePlace waits for the request's identity latency. Its error is the cause of the context.
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
