package faultproxy

import (
	"time"

	"github.com/s3chaos/s3chaos/faultproxy/internal/s3api"
)

// idleClose resets a kept-alive connection when the next request arrives on it, or is silent on it.
type idleClose struct {
	Silent bool `yaml:"silent"` // neither a reset nor an answer: the packets vanish
}

// IdleClose resets a reused connection when a matching request arrives on it, before any response.
// This is what a client sees of a server that closed an idle connection. The fault applies to
// requests on reused connections only.
func IdleClose() Fault { return &idleClose{} }

// IdleSilence lets a reused connection die without a word when a matching request arrives on it:
// the client can send, and gets no response, no close and no reset. This is what a client sees of a
// firewall that has forgotten an idle connection and drops its packets. The connection stays dead
// until the client closes it; if the rule is removed or disabled, it is reset.
func IdleSilence() Fault { return &idleClose{Silent: true} }

func (f *idleClose) Kind() string    { return "idle_close" }
func (f *idleClose) String() string  { return printFault(f) }
func (f *idleClose) part(r *Rule)    { r.Fault = f }
func (f *idleClose) traits() traits  { return traits{order: beforeUpstream} }
func (f *idleClose) Validate() error { return nil }

func (f *idleClose) applies(req *s3api.Request, _ time.Duration, _ any) bool { return req.Reused }

func (f *idleClose) act(x *exchange) {
	if !f.Silent || x.wait(forever) {
		x.reset()
	}
}

func (f *idleClose) idleReason() string {
	return "each came on a new connection: no kept-alive one was reused"
}
