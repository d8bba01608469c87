package wire

import (
	"errors"
	"net"
	"syscall"
)

// Innermost returns the connection below TLS, or nc itself.
func Innermost(nc net.Conn) net.Conn {
	for {
		outer, ok := nc.(interface{ NetConn() net.Conn })
		if !ok {
			return nc
		}
		nc = outer.NetConn()
	}
}

// ResetConn closes a connection so that the peer sees a TCP reset.
func ResetConn(nc net.Conn) {
	switch nc := Innermost(nc).(type) {
	case interface{ Reset() error }:
		_ = nc.Reset()
	case *net.TCPConn:
		_ = nc.SetLinger(0)
		_ = nc.Close()
	default:
		_ = nc.Close()
	}
}

// ClosedIdle reports whether an idle connection cannot be used again: the peer has closed it, or
// has sent unsolicited bytes.
func ClosedIdle(nc net.Conn) bool {
	switch nc := Innermost(nc).(type) {
	case interface{ PeerClosed() <-chan struct{} }:
		select {
		case <-nc.PeerClosed():
			return true
		default:
		}
	case *net.TCPConn:
		raw, err := nc.SyscallConn()
		if err != nil {
			return true
		}
		idle := false
		err = raw.Control(func(fd uintptr) {
			_, err := rawPeek(fd)
			idle = errors.Is(err, syscall.EAGAIN)
		})
		return err != nil || !idle
	}
	return false
}
