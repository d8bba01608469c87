package faultproxy

import (
	"context"
	"errors"
	"io"
	"net"
	"syscall"
	"time"

	"github.com/s3chaos/s3chaos/faultproxy/internal/s3api"
	"github.com/s3chaos/s3chaos/faultproxy/journal"
)

// serveTCP accepts connections, and closes the port while a rule demands that. The kernel then
// refuses dials without telling the proxy. The rule fires only for a request that is cut, or for a
// dial that the dialer reports.
func (p *Proxy) serveTCP(l net.Listener) error {
	addr := l.Addr().String()
	defer func() { _ = l.Close() }()
	for {
		ended := make(chan struct{})
		closed := make(chan *activeRule, 1)
		p.group.Go(func() { closed <- p.closePort(l, ended) })
		err := p.accept(l)
		close(ended)
		by := <-closed
		select {
		case <-p.closing:
			return ErrClosed
		default:
		}
		if by == nil {
			return err
		}
		p.cutAll(journal.EndReset, by)
		if !p.whileClosed() {
			return ErrClosed
		}
		next, err := p.reopen(l, addr)
		p.closed.Store(nil)
		if err != nil {
			return err
		}
		l = next
	}
}

// closePort closes the listener as soon as a rule demands that, and returns the rule. It returns
// nil if ended is closed first.
func (p *Proxy) closePort(l io.Closer, ended <-chan struct{}) *activeRule {
	defer p.guard()
	for {
		rules := p.rules.now.Load()
		by, next := p.closedBy(rules, p.now())
		if by != nil {
			p.closed.Store(by)
			_ = l.Close()
			return by
		}
		if !p.pause(next, rules.replaced, ended) {
			return nil
		}
		select {
		case <-ended:
			return nil
		default:
		}
	}
}

// whileClosed waits until no rule demands a closed port. It returns false if the proxy closes
// first.
func (p *Proxy) whileClosed() bool {
	for {
		rules := p.rules.now.Load()
		by, next := p.closedBy(rules, p.now())
		if by == nil {
			return true
		}
		p.closed.Store(by)
		if !p.pause(next, rules.replaced, nil) {
			return false
		}
	}
}

// closedBy returns the rule that demands a closed port now, or nil, and the time to check again.
// The port is open until the scenario starts.
func (p *Proxy) closedBy(rules *plan, now time.Duration) (by *activeRule, next time.Duration) {
	select {
	case <-p.clockRuns:
	default:
		return nil, 0
	}
	next = forever
	for _, a := range rules.connections {
		w := a.window
		switch {
		case a.Fault.traits().stage != stageDial || w.To <= now:
		case now < w.From:
			next = min(next, w.From)
		default:
			return a, w.To
		}
	}
	return nil, next
}

// Dialed tells the proxy the error of a dial to its TCP port. A dialer in the same process calls
// it, because the kernel refuses dials without telling the proxy while a refuse rule has the port
// closed. The journal gets a record of a refused dial, and the rule has fired. Dialed ignores all
// other dials. ctx is the context of the dial.
func (p *Proxy) Dialed(ctx context.Context, err error) {
	rule := p.refusing()
	if rule == nil || !errors.Is(err, syscall.ECONNREFUSED) {
		return
	}
	p.claim(rule)
	var req s3api.Request
	o, _ := ctx.Value(originKey{}).(*origin)
	if o != nil {
		req.Parse(o.method, o.target, o.header, p.hosts)
	}
	now := p.now()
	p.journal.Complete(p.prevented(rule, &req, o, now), "",
		func(r *Record) { r.End, r.Ended = now, journal.EndRefused })
}

// refusing returns the rule for which the port is closed, in its present state, or nil.
func (p *Proxy) refusing() *activeRule {
	closed := p.closed.Load()
	if closed == nil {
		return nil
	}
	rules := p.rules.now.Load()
	for _, a := range rules.connections {
		if a.id == closed.id {
			return a
		}
	}
	by, _ := p.closedBy(rules, p.now())
	return by
}

// reopen listens again in place of a closed listener. It retries while another program holds the
// port.
func (p *Proxy) reopen(old io.Closer, addr string) (net.Listener, error) {
	for {
		l, err := new(net.ListenConfig).Listen(context.Background(), "tcp", addr)
		if err != nil {
			if !p.sleepUntil(p.now() + 10*time.Millisecond) {
				return nil, ErrClosed
			}
			continue
		}
		p.mu.Lock()
		delete(p.serving, old)
		p.serving[l] = struct{}{}
		draining := p.draining
		p.mu.Unlock()
		if draining {
			_ = l.Close()
			return nil, ErrClosed
		}
		return l, nil
	}
}
