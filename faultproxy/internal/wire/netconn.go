package wire

import (
	"net"
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
