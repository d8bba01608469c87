package faultproxy

import (
	"cmp"
	"slices"
	"time"

	"github.com/s3chaos/s3chaos/faultproxy/internal/identity"
	"github.com/s3chaos/s3chaos/faultproxy/journal"
)

// windows are the windows of the rules that prevent connections, in order of time.
func (p *Proxy) windows() []Window {
	var list []Window
	for _, st := range p.rules.List() {
		if w := st.Rule.During; st.Rule.Fault.traits().stage == stageDial && w != (Window{}) {
			list = append(list, w)
		}
	}
	slices.SortFunc(list, func(a, b Window) int { return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To)) })
	return list
}

// cutPools sets what cuts the connections there are when a window begins: kept-alive ones would
// hide an outage.
func (p *Proxy) cutPools() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.draining || p.tcp.Load() || len(p.serving) == 0 {
		return
	}
	for _, w := range p.windows() {
		if p.cutting[w] {
			continue
		}
		p.cutting[w] = true
		p.group.Go(func() {
			defer p.guard()
			if !p.sleepUntil(w.From) {
				return
			}
			if a := p.outageRule(p.now()); a != nil {
				p.cutApart(journal.EndReset, a)
			}
		})
	}
}

// cutApart is cutAll under virtual time: idle connections end at once, before a request can get
// them; one with an exchange under way ends after a latency drawn from its request's identity, so
// that clients learn of it one after another.
func (p *Proxy) cutApart(as string, by *activeRule) {
	for _, c := range p.connections() {
		if place, busy := c.underWay(); busy && p.cfg.IdentityLatency {
			p.group.Go(func() {
				time.Sleep(identity.Latency(p.cfg.Seed, identity.Mix(place^cutSalt), 1))
				c.cutOff(as, by)
			})
			continue
		}
		c.cutOff(as, by)
	}
}

// cutSalt keeps the latency of a cut apart from those of requests.
const cutSalt = 0x63757473 // "cuts"

// outage reports whether a fault of connections is active.
func (p *Proxy) outage() bool { return p.outageRule(p.now()) != nil }

// outageRule is the rule whose fault of connections is active for what arrived at that time, or
// nil.
func (p *Proxy) outageRule(now time.Duration) *activeRule {
	rules := p.rules.now.Load()
	if len(rules.connections) == 0 {
		return nil
	}
	if !p.tcp.Load() {
		return rules.outage(now, stageDial, stageAccept)
	}
	if a, _ := p.closedBy(rules, now); a != nil {
		return a
	}
	return rules.outage(now, stageAccept)
}

// outage is the first rule for connections at these stages that is active: pooled connections are
// cut then, or an outage would be none. It counts nothing.
func (p *plan) outage(now time.Duration, at ...stage) *activeRule {
	for _, a := range p.connections {
		if slices.Contains(at, a.Fault.traits().stage) && a.During.contains(now) && !a.spent() && a.matched.Load() >= int64(a.After) &&
			(a.Probability == nil || *a.Probability >= 1) {
			return a
		}
	}
	return nil
}

// resetByOutage resets an exchange on a connection that did not survive an outage, and reports
// whether there is one.
func (x *exchange) resetByOutage() bool {
	a := x.p.outageRule(x.at)
	if a == nil || !x.p.claim(a) {
		return false
	}
	x.rule = a
	a.mark(x.entry)
	x.reset()
	return true
}

// cutByOutage names the rule whose outage cut the connection under an exchange. Where another rule
// has struck before, the strike stays that one's; on TCP the outage has fired all the same, since
// nobody may see its others.
func (x *exchange) cutByOutage() {
	by := x.c.cutRule()
	switch {
	case by == nil || x.resets:
	case x.rule == nil:
		x.p.claim(by)
		by.mark(x.entry)
	case x.p.tcp.Load():
		x.p.claim(by)
	}
}

// claim counts a connection that is cut as a strike of the rule, and reports whether it may be one.
// A server that is gone resets as well as refuses; other faults have struck when a dial or a
// handshake met them.
func (p *Proxy) claim(a *activeRule) bool {
	if _, ok := a.Fault.(*refuse); !ok {
		return true
	}
	a.matched.Add(1)
	return a.count()
}

// sleepUntil waits for a moment of scenario time, and reports false when the proxy closes first.
func (p *Proxy) sleepUntil(at time.Duration) bool { return p.pause(at, nil, nil) }

// pause is sleepUntil, unless one of two channels is closed before; at may be forever.
func (p *Proxy) pause(at time.Duration, wake, wakeToo <-chan struct{}) bool {
	select {
	case <-p.clockRuns:
	case <-wake:
		return true
	case <-wakeToo:
		return true
	case <-p.closing:
		return false
	}
	var over <-chan time.Time
	if at != forever {
		t := time.NewTimer(at - p.now())
		defer t.Stop()
		over = t.C
	}
	select {
	case <-over:
	case <-wake:
	case <-wakeToo:
	case <-p.closing:
		return false
	}
	return true
}
