package faultproxy

import (
	"cmp"
	"slices"
	"time"

	"github.com/s3chaos/s3chaos/faultproxy/journal"
)

// windows returns the windows of the rules that make dials fail, ordered by time.
func (p *Proxy) windows() []Window {
	var list []Window
	for _, a := range p.rules.now.Load().rules {
		if a.Fault.traits().stage == stageDial && a.window != (Window{}) {
			list = append(list, a.window)
		}
	}
	slices.SortFunc(list, func(a, b Window) int { return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To)) })
	return list
}

// cutPools starts a timer for the start of each window. It resets the open connections then,
// because clients would otherwise use kept-alive connections during the outage.
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

// cutApart cuts all connections under virtual time. It cuts idle connections at once, before a
// request can get them. It cuts a connection with an exchange after a latency drawn from the
// request's identity, so that clients notice one after another.
func (p *Proxy) cutApart(as string, by *activeRule) {
	for _, c := range p.connections() {
		if place, busy := c.underWay(); busy && p.cfg.IdentityLatency {
			p.group.Go(func() {
				time.Sleep(p.latencyOf(cutSalt, place, 1))
				c.cutOff(as, by)
			})
			continue
		}
		c.cutOff(as, by)
	}
}

// cutSalt makes the latency of a cut differ from that of the request.
const cutSalt = 0x63757473 // the letters "cuts"

// outage reports whether a fault of connections is active now.
func (p *Proxy) outage() bool { return p.outageRule(p.now()) != nil }

// outageRule returns the rule whose connection fault is active at a time, or nil.
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

// outage returns the first active rule for connections at these stages, or nil. It does not count
// anything.
func (p *plan) outage(now time.Duration, at ...stage) *activeRule {
	for _, a := range p.connections {
		if slices.Contains(at, a.Fault.traits().stage) && a.window.contains(now) && !a.spent() &&
			a.matched.Load() >= int64(a.After) &&
			(a.Probability == nil || *a.Probability >= 1) {
			return a
		}
	}
	return nil
}

// resetByOutage resets an exchange that arrives on a reused connection during an outage, and
// reports whether there is an outage.
func (x *exchange) resetByOutage() bool {
	a := x.p.outageRule(x.at)
	if a == nil || !x.p.claim(a) {
		return false
	}
	x.rule = a
	x.entry.SetRules(a.firing())
	x.reset()
	return true
}

// cutByOutage records that an outage cut the connection of the exchange. If another rule acted on
// the exchange before, the record keeps that rule. On TCP the outage counts as fired even then,
// because the proxy does not learn of the dials that the kernel refuses.
func (x *exchange) cutByOutage() {
	by := x.c.cutRule()
	switch {
	case by == nil || x.resets:
	case !x.faulty():
		x.p.claim(by)
		x.entry.SetRules(by.firing())
	case x.p.tcp.Load():
		x.p.claim(by)
	}
}

// claim counts a cut connection for the rule, and reports whether the rule may fire. Only refuse
// fires by a cut, because a server that is gone also resets connections. Other faults fire only
// when a dial or a handshake meets them.
func (p *Proxy) claim(a *activeRule) bool {
	if _, ok := a.Fault.(*refuse); !ok {
		return true
	}
	a.matched.Add(1)
	return a.count()
}

// sleepUntil waits until a scenario time. It returns false if the proxy closes first.
func (p *Proxy) sleepUntil(at time.Duration) bool { return p.pause(at, nil, nil) }

// pause waits until a scenario time, which may be forever, or until one of two channels is closed.
// It returns false if the proxy closes first.
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
