// Package memnet is a network in memory: [New] makes one, [Network.Listen] and
// [Network.DialContext] are used as those of package net.
//
// Its connections behave as TCP does on one machine, except where TCP leaves to chance what a test
// wants to know:
//
//   - What was written before a reset, or before a close with unread bytes, is
//     still read, to the byte.
//   - The peer's close or reset is known at once: the next write fails, where
//     TCP takes one more.
//   - A reset is the error of every read and write that follows. TCP tells
//     only one of them.
//
// Connections are buffered, have deadlines, can be closed by half and can be reset; errors have the
// types and the errnos that the real network gives. Everything blocks in a way that package
// testing/synctest counts as blocked, so the network works under virtual time.
//
//	network := memnet.New()
//	listener, _ := network.Listen("s3.test:80")
//	go http.Serve(listener, handler)
//	client := &http.Client{Transport: &http.Transport{DialContext: network.DialContext}}
package memnet

import (
	"context"
	"net"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
)

// Network connects listeners and dialers that use it. Make one with [New]; all methods may be
// called at the same time.
type Network struct {
	mu        sync.Mutex
	listeners map[string]*listener
	ports     ports
	onDial    func(ctx context.Context, network, addr string) error

	open atomic.Int64
}

// New makes a network without listeners.
func New() *Network {
	return &Network{listeners: map[string]*listener{}, ports: ports{last: firstPort - 1}}
}

// Listen announces on a "host:port". Any host will do; port 0 is replaced by a free one; "*" as the
// first label of the host stands for any labels, as in "*.s3.test:80", and no host for any host. It
// fails with [syscall.EADDRINUSE] if the address already has a listener.
func (n *Network) Listen(addr string) (net.Listener, error) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, &net.OpError{Op: "listen", Net: "tcp", Err: err}
	}
	if host == "" {
		host = "*"
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	l := newListener(n)
	if port == "0" {
		if l.port = n.ports.take(); l.port == 0 {
			return nil,
				&net.OpError{
					Op: "listen", Net: "tcp", Addr: Addr(addr),
					Err: os.NewSyscallError("bind", syscall.EADDRINUSE),
				}
		}
		port = strconv.Itoa(l.port)
	}
	l.addr = Addr(net.JoinHostPort(host, port))
	if n.listeners[string(l.addr)] != nil {
		n.ports.give(l.port)
		return nil,
			&net.OpError{Op: "listen", Net: "tcp", Addr: l.addr, Err: os.NewSyscallError("bind", syscall.EADDRINUSE)}
	}
	n.listeners[string(l.addr)] = l
	return l, nil
}

// DialContext connects to a listener. The network is "tcp", "tcp4" or "tcp6". Without a listener
// the error is [Refused]; a hook set with [Network.OnDial] is asked first. When the context ends
// first, the error matches [context.Canceled] or [context.DeadlineExceeded].
func (n *Network) DialContext(ctx context.Context, network, addr string) (net.Conn, error) {
	switch network {
	case "tcp", "tcp4", "tcp6":
	default:
		return nil, &net.OpError{Op: "dial", Net: network, Err: net.UnknownNetworkError(network)}
	}
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, &net.OpError{Op: "dial", Net: network, Err: err}
	}
	if err := dialEnded(ctx, addr); err != nil {
		return nil, err
	}
	n.mu.Lock()
	hook := n.onDial
	n.mu.Unlock()
	if hook != nil {
		if err := hook(ctx, network, addr); err != nil {
			return nil, err
		}
		if err := dialEnded(ctx, addr); err != nil {
			return nil, err
		}
	}
	n.mu.Lock()
	l := n.find(host, port)
	local := 0
	if l != nil {
		local = n.ports.take()
	}
	n.mu.Unlock()
	switch {
	case l == nil:
		return nil, Refused(addr)
	case local == 0:
		return nil, connectError(addr, syscall.EADDRNOTAVAIL)
	}
	c, err := l.connect(ctx, local, Addr(addr))
	if err != nil {
		n.release(local)
		return nil, err
	}
	return c, nil
}

// OnDial sets a hook that every dial asks before it connects: an error from it is returned to the
// dialer as it is. The hook may block until its context ends. Nil removes it.
func (n *Network) OnDial(hook func(ctx context.Context, network, addr string) error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.onDial = hook
}

// Conns counts the ends of connections that are not closed: two for each connection in use.
func (n *Network) Conns() int { return int(n.open.Load()) }

// find returns the listener for a host, the exact one before those with a "*".
func (n *Network) find(host, port string) *listener {
	if l := n.listeners[net.JoinHostPort(host, port)]; l != nil {
		return l
	}
	for rest := host; ; {
		_, tail, found := strings.Cut(rest, ".")
		if !found {
			return n.listeners[net.JoinHostPort("*", port)]
		}
		if l := n.listeners[net.JoinHostPort("*."+tail, port)]; l != nil {
			return l
		}
		rest = tail
	}
}

// release returns the port of a connection; port 0 means that it has no port.
func (n *Network) release(port int) {
	if port == 0 {
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.ports.give(port)
}

// remove forgets a listener that has closed.
func (n *Network) remove(l *listener) {
	n.mu.Lock()
	defer n.mu.Unlock()
	delete(n.listeners, string(l.addr))
	n.ports.give(l.port)
}

// Addr is a "host:port" in the network in memory.
type Addr string

// Network returns "tcp".
func (Addr) Network() string { return "tcp" }

// String returns "host:port".
func (a Addr) String() string { return string(a) }
