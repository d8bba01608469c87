package memnet

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// Conn is one end of a connection in memory: a [net.Conn] that can also be closed by half and
// reset.
type Conn struct {
	network       *Network
	local, remote Addr
	port          int // to give back; 0 for the end that was accepted
	in, out       *stream
	gone          sync.Once
	done          chan struct{} // closed when this end is
	peer          *Conn
	dialed        context.Context
	announced     atomic.Pointer[any] // by the peer
}

var _ net.Conn = (*Conn)(nil)

// pair makes the two ends of a connection.
func pair(ctx context.Context, n *Network, port int, server Addr) (dialer, accepter *Conn) {
	up, down := newStream(), newStream()
	client := Addr("client:" + strconv.Itoa(port))
	n.open.Add(2)
	dialer = &Conn{network: n, local: client, remote: server, port: port, in: down, out: up}
	accepter = &Conn{network: n, local: server, remote: client, in: up, out: down}
	dialer.peer, accepter.peer = accepter, dialer
	for _, c := range []*Conn{dialer, accepter} {
		c.done, c.dialed = make(chan struct{}), context.WithoutCancel(ctx)
	}
	return dialer, accepter
}

// PeerClosed returns a channel that is closed when the peer has closed or reset the whole
// connection, whatever is still to be read: what a half-close does not show.
func (c *Conn) PeerClosed() <-chan struct{} { return c.peer.done }

// Readable reports whether a Read would return at once: with bytes, with the peer's end, or with an
// error.
func (c *Conn) Readable() bool { return c.in.readable() }

// Dialed returns the values of the context that the connection was dialed with; it never ends. Both
// ends know it.
func (c *Conn) Dialed() context.Context { return c.dialed }

// Announce tells the other end, in this process, what the next bytes are for. Nothing is sent: the
// other end gets v from Announced.
func (c *Conn) Announce(v any) { c.peer.announced.Store(&v) }

// Announced returns what the other end announced last, and forgets it. It returns nil if there is
// nothing new.
func (c *Conn) Announced() any {
	if v := c.announced.Swap(nil); v != nil {
		return *v
	}
	return nil
}

// Read reads what has arrived and blocks while there is nothing. It returns [io.EOF] after the
// peer's last byte, [syscall.ECONNRESET] when the peer reset the connection,
// [os.ErrDeadlineExceeded] when the deadline passed and [net.ErrClosed] when this end is closed.
func (c *Conn) Read(p []byte) (int, error) {
	n, err := c.in.read(p)
	return n, c.wrap("read", err)
}

// Write writes all of p and blocks while the peer's buffer is full. It fails with [syscall.EPIPE]
// when the peer, or this end by CloseWrite, is closed, with [syscall.ECONNRESET] when the peer
// reset the connection, and otherwise as Read does.
func (c *Conn) Write(p []byte) (int, error) {
	n, err := c.out.write(p)
	return n, c.wrap("write", err)
}

// Close closes both directions. The peer reads what was written, then [io.EOF]. A second call fails
// with [net.ErrClosed].
func (c *Conn) Close() error { return c.end("close", ended) }

// Reset closes the connection with a RST: the peer reads what was written, then
// [syscall.ECONNRESET], which its writes get at once.
func (c *Conn) Reset() error { return c.end("reset", reset) }

// CloseWrite closes one direction: the peer reads what was written, then [io.EOF], and may go on
// writing. It fails with [syscall.ENOTCONN] when the peer reset the connection.
func (c *Conn) CloseWrite() error { return c.wrap("close", c.out.closeWrite()) }

// CloseRead makes reads end with [io.EOF]; what the peer writes is thrown away.
func (c *Conn) CloseRead() error { return c.wrap("close", c.in.closeRead()) }

// LocalAddr returns this end's "host:port".
func (c *Conn) LocalAddr() net.Addr { return c.local }

// RemoteAddr returns the peer's "host:port".
func (c *Conn) RemoteAddr() net.Addr { return c.remote }

// SetDeadline sets both deadlines; a zero time removes them.
func (c *Conn) SetDeadline(t time.Time) error {
	if err := c.SetReadDeadline(t); err != nil {
		return err
	}
	return c.SetWriteDeadline(t)
}

// SetReadDeadline ends reads, a blocked one included, at a time; a zero time removes the deadline.
func (c *Conn) SetReadDeadline(t time.Time) error {
	return c.wrapSet(c.in.setDeadline(&c.in.reader, t))
}

// SetWriteDeadline ends writes, a blocked one included, at a time; a zero time removes the
// deadline.
func (c *Conn) SetWriteDeadline(t time.Time) error {
	return c.wrapSet(c.out.setDeadline(&c.out.writer, t))
}

func (c *Conn) end(op string, how ending) error {
	err := net.ErrClosed
	c.gone.Do(func() {
		err = nil
		c.out.endWriter(how)
		c.in.endReader(how)
		c.network.open.Add(-1)
		c.network.release(c.port)
		close(c.done)
	})
	return c.wrap(op, err)
}

// abort ends a connection that no listener accepted.
func (c *Conn) abort() { _ = c.Reset() }

// wrap gives an error the shape that package net gives it.
func (c *Conn) wrap(op string, err error) error {
	if err == nil || err == io.EOF { //nolint:errorlint // the bare io.EOF is the contract of io.Reader
		return err
	}
	var errno syscall.Errno
	if errors.As(err, &errno) {
		call := op
		if op == "close" {
			call = "shutdown" // only CloseWrite fails with an errno
		}
		err = os.NewSyscallError(call, errno)
	}
	return &net.OpError{Op: op, Net: "tcp", Source: c.local, Addr: c.remote, Err: err}
}

// wrapSet is wrap for deadlines, of which package net names this end alone.
func (c *Conn) wrapSet(err error) error {
	if err == nil {
		return nil
	}
	return &net.OpError{Op: "set", Net: "tcp", Addr: c.local, Err: err}
}
