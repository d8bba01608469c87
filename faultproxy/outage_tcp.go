package faultproxy

import (
	"context"
	"io"
	"net"
	"time"
)

// serveTCP accepts, and closes the port while one of the rules wants that. Nobody sees the dials that the kernel refuses:
// a window counts as one firing, and leaves no record.
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
		p.cutAll(endReset, by)
		if !p.whileClosed() {
			return ErrClosed
		}
		if l, err = p.reopen(l, addr); err != nil {
			return err
		}
	}
}

// closePort closes a listener as soon as a rule wants that, and returns the rule; nil when the accepting has ended before.
func (p *Proxy) closePort(l io.Closer, ended <-chan struct{}) *activeRule {
	defer p.guard()
	for {
		rules := p.rules.now.Load()
		by, next := p.closedBy(rules, p.now())
		if by != nil {
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

// whileClosed waits until no rule wants the port closed, and reports false when the proxy closes first.
func (p *Proxy) whileClosed() bool {
	for {
		rules := p.rules.now.Load()
		by, next := p.closedBy(rules, p.now())
		if by == nil {
			return true
		}
		if !p.pause(next, rules.replaced, nil) {
			return false
		}
	}
}

// closedBy is the rule for which TCP ports are closed now, nil if they are open, and when to look again. Before the
// scenario begins they are open.
func (p *Proxy) closedBy(rules *plan, now time.Duration) (by *activeRule, next time.Duration) {
	select {
	case <-p.begun:
	default:
		return nil, 0
	}
	next = forever
	for _, a := range rules.connections {
		w := a.During
		switch {
		case a.Fault.traits().stage != stageDial || w.To <= now:
		case now < w.From:
			next = min(next, w.From)
		case p.closes(a, now):
			return a, w.To
		}
	}
	return nil, next
}

// closes reports whether a rule closes TCP ports for its window, which has begun. It is asked once each time that it is
// enabled, and its firing counted, however many ports there are.
func (p *Proxy) closes(a *activeRule, now time.Duration) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	closes, asked := p.closers[a.gone]
	if !asked {
		for gone := range p.closers {
			select {
			case <-gone:
				delete(p.closers, gone)
			default:
			}
		}
		closes = a.fires(p.cfg.Seed, &request{}, now)
		p.closers[a.gone] = closes
	}
	return closes
}

// reopen listens again, in place of a listener that was closed; somebody may hold the port for a moment.
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
