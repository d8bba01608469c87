package faultproxy

import (
	"errors"
	"net"
	"time"

	"github.com/s3chaos/s3chaos/faultproxy/internal/wire"
	"github.com/s3chaos/s3chaos/faultproxy/journal"
)

// Serve accepts connections until Close or Shutdown is called, and then returns ErrClosed. Any
// other error comes from the listener, or is a *FieldError because of a rule. Serve closes the
// listener. On TCP, a refuse rule closes the listener for its window and opens it again afterwards:
// see [Refuse]. TCP cannot do faults that need a network in memory, nor a refuse rule that has no
// window, that has times, after or probability, or whose listener wraps a TCP listener; these are
// errors.
func (p *Proxy) Serve(l net.Listener) error {
	defer l.Close()
	_, tcp := l.(*net.TCPListener)
	if wrapped := !tcp && overTCP(l); tcp || wrapped {
		p.mu.Lock()
		p.wrapped = p.wrapped || wrapped
		p.mu.Unlock()
		p.tcp.Store(true)
		for _, st := range p.rules.List() {
			if err := p.checkRule(st.Rule); err != nil {
				return err
			}
		}
	}
	if !p.cfg.StartOnArrival {
		p.startClock()
	}
	if !p.track(l) {
		return ErrClosed
	}
	defer p.untrack(l)
	if tcp {
		return p.serveTCP(l)
	}
	p.cutPools()
	return p.accept(l)
}

// overTCP reports whether the kernel accepts the connections of a listener, without asking the
// proxy.
func overTCP(l net.Listener) bool {
	_, ok := l.Addr().(*net.TCPAddr)
	return ok
}

// accept serves the connections of one listener.
func (p *Proxy) accept(l net.Listener) error {
	for {
		nc, err := l.Accept()
		if err != nil {
			select {
			case <-p.closing:
				return ErrClosed
			default:
			}
			if temporary(err) {
				time.Sleep(5 * time.Millisecond)
				continue
			}
			return err
		}
		c := newConn(p, nc)
		if !p.join(c) {
			_ = nc.Close()
			continue
		}
		go func() {
			defer p.leave(c)
			defer c.end()
			defer c.guard()
			c.handle()
		}()
	}
}

// temporary reports whether accepting may succeed later, for example after "too many open files".
func temporary(err error) bool {
	var ne interface{ Temporary() bool }
	return errors.As(err, &ne) && ne.Temporary()
}

// handle runs a new connection: first the fault that acts on it, if there is one, then its
// exchanges.
func (c *conn) handle() {
	p := c.p
	rule, entry := p.connectionRule(stageAccept, wire.Innermost(c.nc))
	if rule == nil {
		if p.cfg.TLS == nil || c.handshake("") == nil {
			c.serve()
		}
		return
	}
	how := rule.Fault.(acceptFault).accepted(c, rule)
	p.journal.Complete(entry, "", func(r *Record) { r.End, r.Ended = p.now(), how })
	if how == journal.EndComplete {
		c.serve()
	}
}

// sleep waits for d, or until gone is closed. It returns false if the connection was cut.
func (c *conn) sleep(d time.Duration, gone <-chan struct{}) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-gone:
		c.p.releaseApart(c.origin)
		return true
	case <-c.ctx.Done():
		return false
	}
}
