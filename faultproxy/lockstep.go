package faultproxy

import (
	"time"

	"github.com/s3chaos/s3chaos/faultproxy/internal/wire"
)

// This file makes certain how much a client has read of its source when its request ends early, in
// virtual time. A client that sends only the rest of the source again would send another rest in
// each run.

// settle lets the clients do all that they can at this instant. It does nothing without
// Config.IdentityLatency.
func (p *Proxy) settle() {
	if p.cfg.IdentityLatency {
		time.Sleep(lastNanosecond)
	}
}

// lockstep makes in settle before each read, until the function that it returns is called.
func (p *Proxy) lockstep(in *wire.Reader) (end func()) {
	if !p.cfg.IdentityLatency {
		return func() {}
	}
	in.Before = p.settle
	return func() {
		in.Before = nil
		p.settle()
	}
}

// fillUp fills the buffer of the connection with what the client sends.
func (x *exchange) fillUp() {
	if !x.p.cfg.IdentityLatency {
		return
	}
	for more := true; more; more = x.topUp() {
		x.p.settle()
	}
	x.p.settle()
}
