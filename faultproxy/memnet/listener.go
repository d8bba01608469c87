package memnet

import (
	"context"
	"net"
	"sync"
)

// backlog is how many connections wait to be accepted before dials block, as Linux's default.
const backlog = 4096

// listener is one end of the network that waits for connections.
type listener struct {
	network *Network
	addr    Addr
	port    int // to give back; 0 for one that the caller chose

	mu     sync.Mutex
	change sync.Cond // the queue grew or shrank, the listener closed, a dial was given up
	queue  []*Conn
	closed bool
}

func newListener(n *Network) *listener {
	l := &listener{network: n}
	l.change.L = &l.mu
	return l
}

// Accept returns the next connection, or [net.ErrClosed].
func (l *listener) Accept() (net.Conn, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for len(l.queue) == 0 && !l.closed {
		l.change.Wait()
	}
	if l.closed {
		return nil, &net.OpError{Op: "accept", Net: "tcp", Addr: l.addr, Err: net.ErrClosed}
	}
	c := l.queue[0]
	l.queue = l.queue[1:]
	l.change.Broadcast()
	return c, nil
}

// Close ends all Accepts and resets what was not accepted. The second call fails with
// [net.ErrClosed].
func (l *listener) Close() error {
	l.mu.Lock()
	waiting, again := l.queue, l.closed
	l.queue, l.closed = nil, true
	l.change.Broadcast()
	l.mu.Unlock()
	if again {
		return &net.OpError{Op: "close", Net: "tcp", Addr: l.addr, Err: net.ErrClosed}
	}
	l.network.remove(l)
	for _, c := range waiting {
		c.abort()
	}
	return nil
}

// Addr returns the address it listens on.
func (l *listener) Addr() net.Addr { return l.addr }

// connect queues a new connection and returns the dialer's end. As with TCP the dial is done before
// anybody accepts.
func (l *listener) connect(ctx context.Context, local int, remote Addr) (net.Conn, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.queue) >= backlog {
		stop := context.AfterFunc(ctx, func() {
			l.mu.Lock()
			defer l.mu.Unlock()
			l.change.Broadcast()
		})
		defer stop()
	}
	for len(l.queue) >= backlog && !l.closed && ctx.Err() == nil {
		l.change.Wait()
	}
	if l.closed {
		return nil, Refused(string(remote))
	}
	if err := dialEnded(ctx, string(remote)); err != nil {
		return nil, err
	}
	dialer, accepter := pair(ctx, l.network, local, remote)
	l.queue = append(l.queue, accepter)
	l.change.Broadcast()
	return dialer, nil
}
