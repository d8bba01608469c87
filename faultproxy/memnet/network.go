// Package memnet is a network in memory: [New] makes one, [Network.Listen]
// and [Network.DialContext] are used as those of package net.
//
// Its connections behave as TCP does on one machine, with one difference that
// tests want: what was written before a reset is still read, to the byte.
// Connections are buffered, have deadlines, can be closed by half and can be
// reset; errors have the types and the errnos that the real network gives.
// Everything blocks in a way that package testing/synctest counts as blocked,
// so the network works under virtual time.
//
//	network := memnet.New()
//	listener, _ := network.Listen("s3.test:80")
//	go http.Serve(listener, handler)
//	client := &http.Client{Transport: &http.Transport{DialContext: network.DialContext}}
package memnet

import (
	"context"
	"errors"
	"net"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
)

// Network connects listeners and dialers that use it. Make one with [New]; all methods may be called at the same time.
type Network struct {
	mu        sync.Mutex
	listeners map[string]*listener
	port      int // last ephemeral port given out
	onDial    func(ctx context.Context, network, addr string) error

	open atomic.Int64
}

// firstPort begins the range that Linux gives out as ephemeral ports.
const firstPort = 32768

// New makes a network without listeners.
func New() *Network {
	return &Network{listeners: map[string]*listener{}, port: firstPort - 1}
}

// Listen announces on a "host:port". Any host will do; port 0 is replaced by
// a free one; "*" as the first label of the host stands for any labels, as in
// "*.s3.test:80". It fails with [syscall.EADDRINUSE] where somebody listens.
func (n *Network) Listen(addr string) (net.Listener, error) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, &net.OpError{Op: "listen", Net: "tcp", Err: err}
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if port == "0" {
		port = n.nextPort()
	}
	addr = net.JoinHostPort(host, port)
	if n.listeners[addr] != nil {
		return nil, &net.OpError{Op: "listen", Net: "tcp", Addr: Addr(addr), Err: os.NewSyscallError("bind", syscall.EADDRINUSE)}
	}
	l := newListener(n, Addr(addr))
	n.listeners[addr] = l
	return l, nil
}

// DialContext connects to a listener. The network is "tcp", "tcp4" or "tcp6".
// Where nobody listens the error is [Refused]; a hook set with
// [Network.OnDial] is asked first.
func (n *Network) DialContext(ctx context.Context, network, addr string) (net.Conn, error) {
	switch network {
	case "tcp", "tcp4", "tcp6":
	default:
		return nil, &net.OpError{Op: "dial", Net: network, Addr: Addr(addr), Err: net.UnknownNetworkError(network)}
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
	local := Addr("client:" + n.nextPort())
	n.mu.Unlock()
	if l == nil {
		return nil, Refused(addr)
	}
	return l.connect(ctx, local, Addr(addr))
}

// OnDial sets a hook that every dial asks before it connects: an error from
// it is returned to the dialer as it is. The hook may block until its context
// ends. Nil removes it.
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

func (n *Network) nextPort() string {
	n.port++
	if n.port > 65535 {
		n.port = firstPort
	}
	return strconv.Itoa(n.port)
}

func (n *Network) remove(l *listener) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.listeners[string(l.addr)] == l {
		delete(n.listeners, string(l.addr))
	}
}

// dialEnded is the error of a dial whose context has ended, shaped as package net shapes it.
func dialEnded(ctx context.Context, addr string) error {
	err := ctx.Err()
	switch {
	case err == nil:
		return nil
	case errors.Is(err, context.DeadlineExceeded):
		err = os.ErrDeadlineExceeded
	default:
		err = errCanceled{}
	}
	return &net.OpError{Op: "dial", Net: "tcp", Addr: Addr(addr), Err: err}
}

// errCanceled prints as package net's own error does and matches [context.Canceled].
type errCanceled struct{}

func (errCanceled) Error() string        { return "operation was canceled" }
func (errCanceled) Is(target error) bool { return target == context.Canceled }

// Addr is a "host:port" in the network in memory.
type Addr string

// Network returns "tcp".
func (Addr) Network() string { return "tcp" }

// String returns "host:port".
func (a Addr) String() string { return string(a) }
