package faultproxy

import (
	"net"
	"time"
)

// upstream is a connection to the upstream.
type upstream struct {
	nc   net.Conn
	in   *reader
	used bool      // an exchange went over it
	idle time.Time // since when it has been waiting
}

// maxIdle is how long an upstream connection may wait and still be used: servers close idle ones.
const maxIdle = 4 * time.Second

// upstreamConn returns the connection to the upstream, a new one where needed.
func (c *conn) upstreamConn() (*upstream, error) {
	if up := c.up; up != nil {
		if len(up.in.buffered()) == 0 && time.Since(up.idle) < maxIdle {
			return up, nil
		}
		c.dropUpstream() // silent for long, or it said more than it was asked
	}
	nc, err := c.p.dialUpstream(c.ctx)
	if err != nil {
		return nil, err
	}
	up := &upstream{nc: nc, in: newReader(nc)}
	up.in.port = newPort(nc, up.in, c.p)
	c.mu.Lock()
	c.up = up
	cut := c.cutAs != ""
	c.mu.Unlock()
	if cut {
		_ = nc.Close()
		return nil, net.ErrClosed
	}
	return up, nil
}

func (c *conn) dropUpstream() {
	c.mu.Lock()
	up := c.up
	c.up = nil
	c.mu.Unlock()
	if up != nil {
		_ = up.nc.Close()
		up.in.release()
	}
}
