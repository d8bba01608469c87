package wire

import (
	"errors"
	"net"
	"syscall"
	"time"
)

// IdleCheck tells whether an idle connection of a client can be used for the next request. Bytes
// that arrive while it is idle are a response to no request, such as the 408 with which load
// balancers close, and the peer may have closed or reset the connection.
//
// The check does not see what arrives after it. A client cannot tell a response that began to
// arrive before the request was sent from one to the request.
type IdleCheck struct {
	nc   net.Conn
	tls  bool            // nc decrypts: it may hold bytes that the kernel has already delivered
	raw  syscall.RawConn // of the TCP connection; nil: not TCP
	look func(fd uintptr)
	idle bool // set by look
}

// NewIdleCheck makes the check of one connection.
func NewIdleCheck(nc net.Conn) *IdleCheck {
	c := &IdleCheck{nc: nc}
	inner := Innermost(nc)
	c.tls = inner != nc
	if tcp, ok := inner.(*net.TCPConn); ok {
		c.raw, _ = tcp.SyscallConn() // the error is that of a closed connection, which the next write reports
		c.look = func(fd uintptr) {
			_, err := rawPeek(fd)
			c.idle = errors.Is(err, syscall.EAGAIN)
		}
	}
	return c
}

// Usable reports whether nothing has arrived since the last message that in has read: no bytes, no
// close, no reset. It does not wait.
func (c *IdleCheck) Usable(in *Reader) bool {
	if c.readable() || len(in.Buffered()) > 0 {
		return false
	}
	if !c.tls {
		return true
	}
	// A deadline that has passed keeps the read from waiting; it returns what is decrypted already.
	_ = c.nc.SetReadDeadline(time.Unix(1, 0))
	err := in.Fill()
	_ = c.nc.SetReadDeadline(time.Time{})
	var ne net.Error
	return errors.As(err, &ne) && ne.Timeout()
}

// readable reports whether a read of the connection below TLS would return at once.
func (c *IdleCheck) readable() bool {
	if c.raw != nil {
		return c.raw.Control(c.look) != nil || !c.idle
	}
	memory, ok := Innermost(c.nc).(interface{ Readable() bool })
	return ok && memory.Readable()
}
