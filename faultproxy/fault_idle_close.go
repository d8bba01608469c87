package faultproxy

import (
	"time"

	"github.com/s3chaos/s3chaos/faultproxy/internal/s3api"
)

// idleClose lets a kept-alive connection turn out dead when the next request arrives on it.
type idleClose struct{}

// IdleClose resets a reused connection when the matched request arrives on it, before anything is answered, as a
// server that closed an idle connection does. It applies to requests on reused connections only.
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
