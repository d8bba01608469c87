package faultproxy

import (
	"context"
	"io"

	"github.com/s3chaos/s3chaos/faultproxy/journal"
)

// join adds a connection to the live ones. It returns false if the proxy is closing.
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

// stopAccepting closes the listeners, and the connections that have no exchange under way.
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

// Shutdown stops accepting, waits for the exchanges under way, and closes the proxy. If ctx ends
// first, it cuts the remaining connections and returns the cause of ctx.
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

// Close cuts all connections, and waits until all goroutines of the proxy have ended. It always
// returns nil.
func (p *Proxy) Close() error {
	p.stopAccepting()
	p.cutOnce.Do(func() { close(p.cut) })
	p.cutAll(journal.EndClosed, nil)
	p.group.Wait()
	return nil
}

// Disconnect cuts all connections. It is for a caller who knows that their clients have left, as
// after a process was killed: on TCP the proxy needs two seconds to see that by itself. The records
// then say that the client is gone. New connections are accepted as before.
func (p *Proxy) Disconnect() { p.cutAll(journal.EndClientGone, nil) }

// cutAll cuts all connections. by is the rule whose outage is the reason, or nil.
func (p *Proxy) cutAll(as string, by *activeRule) {
	for _, c := range p.connections() {
		c.cutOff(as, by)
	}
}

// connections returns the live connections, in no particular order.
func (p *Proxy) connections() []*conn {
	p.mu.Lock()
	defer p.mu.Unlock()
	live := make([]*conn, 0, len(p.live))
	for c := range p.live {
		live = append(live, c)
	}
	return live
}
