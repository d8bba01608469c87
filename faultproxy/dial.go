package faultproxy

import (
	"context"
	"errors"
	"net"
	"time"

	"github.com/s3chaos/s3chaos/faultproxy/internal/identity"
	"github.com/s3chaos/s3chaos/faultproxy/internal/s3api"
	"github.com/s3chaos/s3chaos/faultproxy/journal"
)

// OnDial decides whether a dial to the proxy fails, as the rules for connections demand. It is made
// to be the hook of a network in memory: [memnet.Network.OnDial]. It returns nil if the dial
// succeeds, otherwise the error that a real network gives; the journal then has a record of kind
// connection. ctx is the context of the dial.
func (p *Proxy) OnDial(ctx context.Context, _, addr string) error {
	if !p.cfg.StartOnArrival {
		p.startClock()
	}
	o, _ := ctx.Value(originKey{}).(*origin)
	send := o.send()
	rule, entry := p.connectionRuleFor(stageDial, o)
	if rule == nil {
		return nil
	}
	err, ended := rule.Fault.(dialFault).prevent(&dial{p, ctx, o, rule, addr}), journal.EndRefused
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		ended = journal.EndClientGone
	}
	if send > 0 && o.connected.Load() >= send {
		ended = journal.EndUnused
	}
	p.journal.Complete(entry, "", func(r *Record) { r.End, r.Ended = p.now(), ended })
	return err
}

// dial is a dial that a rule's fault acts on.
type dial struct {
	p    *Proxy
	ctx  context.Context
	o    *origin // the request that the dial is for; nil: unknown
	rule *activeRule
	addr string // host:port
}

// host returns the host name of the address.
func (d *dial) host() string {
	host, _, err := net.SplitHostPort(d.addr)
	if err != nil {
		return d.addr
	}
	return host
}

// connectionRule returns the rule that acts on a connection at that stage, with its record, or nil.
func (p *Proxy) connectionRule(at stage, nc net.Conn) (*activeRule, *journal.Entry) {
	return p.connectionRuleFor(at, originOf(nc))
}

// originOf returns the request that a connection was dialed for, or nil if the network does not
// know.
func originOf(nc net.Conn) *origin {
	if secure, ok := nc.(interface{ NetConn() net.Conn }); ok {
		nc = secure.NetConn()
	}
	d, ok := nc.(interface{ Dialed() context.Context })
	if !ok {
		return nil
	}
	o, _ := d.Dialed().Value(originKey{}).(*origin)
	return o
}

// connectionRuleFor does the same for a connection that is dialed for o; o may be nil. It lets the
// identity latency pass before it decides.
func (p *Proxy) connectionRuleFor(at stage, o *origin) (*activeRule, *journal.Entry) {
	arrival := p.now()
	if !p.rules.mayActAt(at, arrival) {
		return nil, nil
	}
	var req s3api.Request
	if o != nil {
		req.Parse(o.method, o.target, o.header, p.hosts)
	}
	drawn := req
	p.dials.See(&drawn) // a tracker of its own, so that successful dials do not change the numbers of requests
	asked, placed := o.placed(arrival)
	if placed {
		arrival = asked
	} else if p.cfg.IdentityLatency {
		time.Sleep(identity.Latency(p.cfg.Seed, drawn.IdentityHash, drawn.Nth))
	}
	rule := p.rules.pickConnection(at, &drawn, arrival)
	if rule == nil {
		if o != nil && !placed && p.cfg.IdentityLatency {
			o.admit(arrival, p.now())
		}
		return nil, nil
	}
	p.startClock()
	if placed {
		time.Sleep(lastNanosecond)
	}
	return rule, p.prevented(rule, &req, o, arrival)
}

// prevented adds the record of a connection that the rule prevents. req is the request that it was
// dialed for, and o its origin; both may be unknown.
func (p *Proxy) prevented(rule *activeRule, req *s3api.Request, o *origin, arrival time.Duration) *journal.Entry {
	p.admit()
	p.count(req, o)
	entry := new(journal.Entry)
	p.journal.Arrive(entry, recordOf(KindConnection, req, 0, arrival), string(req.Header))
	entry.SetRules(rule.firing())
	return entry
}
