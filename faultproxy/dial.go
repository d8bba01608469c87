package faultproxy

import (
	"context"
	"errors"
	"net"
	"time"

	"github.com/s3chaos/s3chaos/faultproxy/memnet"
)

// OnDial is the hook for a network in memory ([memnet.Network.OnDial]) that lets dials to the proxy fail as its rules
// say: the error is the one that a real network gives. A dial that fails is in the journal as a connection; one that
// does not is nil here, and an exchange later.
func (p *Proxy) OnDial(ctx context.Context, _, addr string) error {
	if !p.cfg.StartOnArrival {
		p.begin()
	}
	o, _ := ctx.Value(originKey{}).(*origin)
	send := o.send()
	rule, entry := p.strikeOrigin(stageDial, o)
	if rule == nil {
		return nil
	}
	err, ended := p.prevent(ctx, o, rule, addr), endRefused
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		ended = endClientGone
	}
	if send > 0 && o.connected.Load() >= send {
		ended = endUnused
	}
	p.journal.complete(entry, func(r *Record) { r.End, r.Ended = p.now(), ended })
	return err
}

// prevent is the error of a dial that a rule's fault prevents, when it is due or the rule goes away. o is the request that
// it is dialed for, or nil.
func (p *Proxy) prevent(ctx context.Context, o *origin, rule *activeRule, addr string) error {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		host = addr
	}
	switch f := rule.Fault.(type) {
	case *refuse:
		switch f.As {
		case "unreachable":
			return memnet.Unreachable(addr)
		case "no_route":
			return memnet.NoRoute(addr)
		case "timed_out":
			return memnet.TimedOut(addr)
		}
	case *dns:
		if f.As == "temporary" {
			return memnet.DNSTemporary(host)
		}
		return memnet.NXDomain(host)
	case *connectTimeout:
		after := f.After
		if after == 0 {
			after = linuxConnectTimeout
		}
		var givenUp <-chan struct{} // net/http lets a dial go on when nobody waits for it any more
		if o != nil {
			givenUp = o.ctx.Done()
		}
		t := time.NewTimer(after)
		defer t.Stop()
		select {
		case <-t.C:
		case <-rule.gone:
		case <-p.cut:
		case <-givenUp:
			return &net.OpError{Op: "dial", Net: "tcp", Addr: memnet.Addr(addr), Err: o.ctx.Err()}
		case <-ctx.Done():
			return &net.OpError{Op: "dial", Net: "tcp", Addr: memnet.Addr(addr), Err: ctx.Err()}
		}
		return memnet.TimedOut(addr)
	}
	return memnet.Refused(addr)
}

// strike decides whether a fault of connections strikes this one, which may know the request it was dialed for.
func (p *Proxy) strike(at stage, nc net.Conn) (*activeRule, *entry) {
	return p.strikeOrigin(at, originOf(nc))
}

// originOf is the request that a connection was dialed for, or nil where the network does not know.
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

// strikeOrigin is strike for a known origin, or nil. What it returns is recorded, and the identity latency has passed.
func (p *Proxy) strikeOrigin(at stage, o *origin) (*activeRule, *entry) {
	arrival := p.now()
	if !p.rules.strikes(at, arrival) {
		return nil, nil
	}
	var req request
	if o != nil {
		req.parse(o.method, o.target, o.header, p.hosts)
	}
	drawn := req
	p.dials.see(&drawn) // draws of dials that go well leave no trace among the exchanges
	asked, placed := o.placed(arrival)
	if placed {
		arrival = asked
	} else if p.cfg.IdentityLatency {
		time.Sleep(identityLatency(p.cfg.Seed, drawn.identity64, drawn.Nth))
	}
	rule := p.rules.pickConnection(at, &drawn, arrival)
	if rule == nil {
		if o != nil && !placed && p.cfg.IdentityLatency {
			o.admit(arrival, p.now())
		}
		return nil, nil
	}
	p.begin()
	return rule, p.prevented(rule, &req, o, arrival)
}

// prevented is the record of a connection that a rule strikes; req is the request that it was dialed for, and o its
// origin, if known.
func (p *Proxy) prevented(rule *activeRule, req *request, o *origin, arrival time.Duration) *entry {
	p.admit()
	p.count(req, o)
	entry := new(entry)
	p.journal.arrive(entry, KindConnection, req, 0, arrival)
	entry.blame(rule)
	return entry
}

// strikes reports whether any rule for connections at that stage may still act: where none can, a dial takes no time.
func (s *RuleSet) strikes(at stage, now time.Duration) bool {
	for _, a := range s.now.Load().connections {
		if a.Fault.traits().stage == at && a.During.contains(now) && !a.spent() {
			return true
		}
	}
	return false
}
