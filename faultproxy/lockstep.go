package faultproxy

import "time"

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

// fillUp fills the buffer of the connection with what the client has sent, and lets it send more.
// The client has sent all that it can, because the identity latency of the request is over.
func (x *exchange) fillUp() {
	if x.p.cfg.IdentityLatency {
		x.topUp()
		x.p.settle()
	}
}

// lockstep fills the buffer with what the client has sent. From then on, until the function that it
// returns is called, it lets the client send more before each read of the request's body. The
// reads, and with them the time that they take, are then the same in each run.
func (x *exchange) lockstep() (end func()) {
	if !x.p.cfg.IdentityLatency {
		return func() {}
	}
	x.topUp()
	in := x.c.in
	in.Before = x.p.settle
	return func() {
		in.Before = nil
		x.p.settle()
	}
}
