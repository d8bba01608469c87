package faultproxy

import (
	"context"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/s3chaos/s3chaos/faultproxy/internal/wire"
)

// Transport tells a proxy in the same process what its requests are for: each gets the header [StepHeader] with the step
// in its context, and dials made for it know its operation and key, so that a connection that a fault prevents is
// recorded as an attempt at that operation.
type Transport struct {
	// Base sends the requests; nil: http.DefaultTransport.
	Base http.RoundTripper
}

type stepKey struct{}

type originKey struct{}

// origin is the request that a connection is dialed for.
type origin struct {
	method, target string
	header         headers
	ctx            context.Context // the request's

	dialed, admitted atomic.Int64 // when the dial came, and when the identity latency of a dial that went well was over
}

// admit notes that the dial went well, after a latency.
func (o *origin) admit(dialed, now time.Duration) {
	if o.admitted.Load() != int64(dialed) { // not the same dial at a later stage
		o.dialed.Store(int64(dialed))
	}
	o.admitted.Store(int64(now))
}

// arrived is when the request of an exchange came that is seen now: a latency of its dial belongs to its own.
func (o *origin) arrived(now time.Duration) time.Duration {
	if o != nil && o.admitted.Load() == int64(now) {
		return time.Duration(o.dialed.Load())
	}
	return now
}

// WithStep returns a context that puts the requests made with it in a step: part of their identity, and of the journal.
func WithStep(ctx context.Context, step string) context.Context {
	return context.WithValue(ctx, stepKey{}, step)
}

// RoundTrip implements http.RoundTripper.
func (t *Transport) RoundTrip(req *http.Request) (*http.Response, error) {
	base := t.Base
	if base == nil {
		base = http.DefaultTransport
	}
	ctx := req.Context()
	step, _ := ctx.Value(stepKey{}).(string)
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
	line(StepHeader, step)
	for name, values := range req.Header {
		for _, v := range values {
			line(name, v)
		}
	}
	o := &origin{method: req.Method, target: req.URL.RequestURI(), header: headers(lines.String()), ctx: ctx}
	if o.method == "" {
		o.method = http.MethodGet
	}
	req = req.Clone(context.WithValue(ctx, originKey{}, o))
	if step != "" && wire.ValidateHeader(StepHeader, step) == nil {
		req.Header.Set(StepHeader, step)
	}
	return base.RoundTrip(req)
}

// CloseIdleConnections closes the base's idle connections.
func (t *Transport) CloseIdleConnections() {
	if c, ok := t.Base.(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}
