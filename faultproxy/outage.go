package faultproxy

import (
	"cmp"
	"context"
	"io"
	"net"
	"slices"
	"time"
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

// cutPools sets what cuts the connections there are when a window begins: kept-alive ones would hide an outage.
func (p *Proxy) cutPools() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.draining || p.tcp || len(p.serving) == 0 {
		return
	}
	for _, w := range p.windows() {
		if p.cutting[w] {
			continue
		}
		p.cutting[w] = true
		p.group.Go(func() {
			if p.sleepUntil(w.From) && p.outage() {
				p.cutAll(endReset)
			}
		})
	}
}

// outage reports whether a fault of connections is active.
func (p *Proxy) outage() bool {
	return len(p.rules.now.Load().connections) > 0 && p.rules.outage(p.now())
}

// sleepUntil waits for a moment of scenario time, and reports false when the proxy closes first.
func (p *Proxy) sleepUntil(at time.Duration) bool {
	select {
	case <-p.begun:
	case <-p.closing:
		return false
	}
	t := time.NewTimer(at - p.now())
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-p.closing:
		return false
	}
}

// serveTCP accepts, and closes the port for the windows of its refuse rules. Nobody sees the dials that the kernel
// refuses: a window counts as one firing, and leaves no record.
func (p *Proxy) serveTCP(l net.Listener) error {
	addr := l.Addr().String()
	defer func() { _ = l.Close() }()
	for _, w := range p.windows() {
		if w.To <= p.now() {
			continue
		}
		closed := make(chan bool, 1)
		p.group.Go(func() {
			begun := p.sleepUntil(w.From)
			if begun {
				_ = l.Close()
			}
			closed <- begun
		})
		err := p.accept(l)
		select {
		case <-p.closing:
			return ErrClosed
		default:
		}
		if p.now() < w.From {
			return err
		}
		<-closed
		p.rules.pickConnection(stageDial, &request{}, p.now())
		p.cutAll(endReset)
		if !p.sleepUntil(w.To) {
			return ErrClosed
		}
		if l, err = p.reopen(l, addr); err != nil {
			return err
		}
	}
	return p.accept(l)
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
