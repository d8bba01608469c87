package faultproxy

import (
	"time"

	"github.com/s3chaos/s3chaos/faultproxy/internal/s3api"
)

// idleClose resets a kept-alive connection when the next request arrives on it.
type idleClose struct{}

// IdleClose resets a reused connection when a matching request arrives on it, before any response.
// This is what a client sees of a server that closed an idle connection. The fault applies to
// requests on reused connections only.
func IdleClose() Fault { return &idleClose{} }

func (f *idleClose) Kind() string    { return "idle_close" }
func (f *idleClose) String() string  { return printFault(f) }
func (f *idleClose) part(r *Rule)    { r.Fault = f }
func (f *idleClose) traits() traits  { return traits{order: beforeUpstream} }
func (f *idleClose) Validate() error { return nil }

func (f *idleClose) applies(req *s3api.Request, _ time.Duration, _ any) bool { return req.Reused }

func (f *idleClose) act(x *exchange) { x.reset() }

func (f *idleClose) idleReason() string {
	return "each came on a new connection: no kept-alive one was reused"
}
