package faultproxy

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"time"

	"github.com/s3chaos/s3chaos/faultproxy/internal/wire"
	"github.com/s3chaos/s3chaos/faultproxy/journal"
)

// Serve accepts connections until Close or Shutdown, and then returns ErrClosed; another error is
// the listener's. It closes the listener. On TCP a refuse rule closes the listener for its window
// and opens it again after, or when the rule goes away: see [Refuse]. Faults that need a network in
// memory are an error there, and so is a refuse rule without a window, with times, after or
// probability, or of a TCP listener that is wrapped in another.
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
		p.begin()
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

// overTCP reports whether a listener's port is the kernel's, which asks no proxy before it takes a
// connection.
func overTCP(l net.Listener) bool {
	_, ok := l.Addr().(*net.TCPAddr)
	return ok
}

// checkRule is the error for a fault that this proxy cannot do.
func (p *Proxy) checkRule(r Rule) error {
	p.mu.Lock()
	wrapped := p.wrapped
	p.mu.Unlock()
	t, kind, tcp := r.Fault.traits(), r.Fault.Kind(), p.tcp.Load()
	switch {
	case t.needsTLS && p.cfg.TLS == nil:
		return fieldErrorf(kind, "needs a proxy that speaks TLS")
	case tcp && t.memoryOnly:
		return fieldErrorf(kind, "cannot be done to a TCP port: it needs a network in memory")
	case wrapped && t.stage == stageDial:
		return fieldErrorf(kind, "cannot be done to a TCP listener within another: it could not be opened again")
	case tcp && t.stage == stageDial && r.During == Window{}:
		return fieldErrorf("during", "missing: on TCP %s needs the window in which nobody listens", kind)
	case tcp && t.stage == stageDial && r.Times != 0:
		return uncounted("times", kind)
	case tcp && t.stage == stageDial && r.After != 0:
		return uncounted("after", kind)
	case tcp && t.stage == stageDial && r.Probability != nil:
		return uncounted("probability", kind)
	}
	return nil
}

// uncounted is the error for a limit on dials that nobody sees.
func uncounted(field, kind string) error {
	return fieldErrorf(field, "cannot be kept on TCP: %s closes the port for the whole window", kind)
}

// accept runs the connections of one listener.
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
			c.begin()
		}()
	}
}

// temporary reports whether accepting may succeed later: too many open files.
func temporary(err error) bool {
	var ne interface{ Temporary() bool }
	return errors.As(err, &ne) && ne.Temporary()
}

// begin lets the faults of a fresh connection act, and then serves it.
func (c *conn) begin() {
	p := c.p
	rule, entry := p.strike(stageAccept, wire.Innermost(c.nc))
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

// sleep lets d pass, unless the rule is gone before, and reports whether the connection is still
// there.
func (c *conn) sleep(d time.Duration, gone <-chan struct{}) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-gone:
		return true
	case <-c.ctx.Done():
		return false
	}
}

// handshakeTimeout is how long a client may take for a TLS handshake.
const handshakeTimeout = 10 * time.Second

// handshake puts TLS on the connection, with the certificate of a fault; "handshake" cuts it after
// the first bytes.
func (c *conn) handshake(fault string) error {
	ctx, cancel := context.WithTimeout(c.ctx, handshakeTimeout)
	defer cancel()
	if fault == "handshake" {
		_ = c.nc.SetReadDeadline(time.Now().Add(handshakeTimeout))
		_ = c.in.Fill() // the client's hello
		wire.ResetConn(c.nc)
		return io.ErrUnexpectedEOF
	}
	tc := tls.Server(c.nc, c.p.cfg.TLS.serverConfig(fault))
	if err := tc.HandshakeContext(ctx); err != nil {
		return err
	}
	if fault != "" {
		// With TLS 1.3 the server is done before the client has judged the certificate: what it
		// says next tells.
		c.in.Src = tc
		if err := c.in.Fill(); err != nil {
			return err
		}
	}
	c.mu.Lock()
	c.nc = tc
	c.mu.Unlock()
	c.in.Src = tc
	return nil
}

// join makes a connection known, unless the proxy is closing.
func (p *Proxy) join(c *conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.draining {
		return false
	}
	p.live[c] = struct{}{}
	p.group.Add(1)
	return true
}

func (p *Proxy) leave(c *conn) {
	p.mu.Lock()
	delete(p.live, c)
	if p.draining && len(p.live) == 0 {
		close(p.sweeper.over)
	}
	p.mu.Unlock()
	p.group.Done()
}

func (p *Proxy) track(l io.Closer) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.draining {
		return false
	}
	p.serving[l] = struct{}{}
	p.group.Add(1)
	if !p.cfg.IdentityLatency {
		p.sweeper.once.Do(func() { p.group.Go(p.sweeper.run) })
	}
	return true
}

func (p *Proxy) untrack(l io.Closer) {
	p.mu.Lock()
	delete(p.serving, l)
	p.mu.Unlock()
	p.group.Done()
}

// stopAccepting closes the listeners and the connections between two exchanges.
func (p *Proxy) stopAccepting() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.draining {
		p.draining = true
		close(p.closing)
		if len(p.live) == 0 {
			close(p.sweeper.over)
		}
	}
	for l := range p.serving {
		_ = l.Close()
	}
	for c := range p.live {
		c.mu.Lock()
		busy := c.busy
		c.mu.Unlock()
		if !busy {
			go c.cutOff(journal.EndClosed, nil)
		}
	}
}

// Shutdown stops accepting, lets the exchanges under way come to their end, and closes. When the
// context ends first, the rest is cut, and the context's error returned.
func (p *Proxy) Shutdown(ctx context.Context) error {
	p.stopAccepting()
	done := make(chan struct{})
	go func() {
		p.group.Wait()
		close(done)
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		p.cutOnce.Do(func() { close(p.cut) })
		p.cutAll(journal.EndClosed, nil)
		<-done
		return context.Cause(ctx)
	}
}

// Close cuts everything and waits until all goroutines of the proxy have ended. It always returns
// nil.
func (p *Proxy) Close() error {
	p.stopAccepting()
	p.cutOnce.Do(func() { close(p.cut) })
	p.cutAll(journal.EndClosed, nil)
	p.group.Wait()
	return nil
}

// cutAll ends all connections there are, because of a rule or nil.
func (p *Proxy) cutAll(as string, by *activeRule) {
	for _, c := range p.connections() {
		c.cutOff(as, by)
	}
}

// connections are the connections there are, in no order.
func (p *Proxy) connections() []*conn {
	p.mu.Lock()
	defer p.mu.Unlock()
	live := make([]*conn, 0, len(p.live))
	for c := range p.live {
		live = append(live, c)
	}
	return live
}
