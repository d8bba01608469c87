package faultproxy

import (
	"net"
	"time"

	"github.com/s3chaos/s3chaos/faultproxy/internal/wire"
)

// upstream is a connection from the proxy to the upstream.
type upstream struct {
	nc      net.Conn
	in      *wire.Reader
	check   *wire.IdleCheck
	used    bool          // an exchange has used it
	spoiled bool          // it must not be used again
	idle    time.Duration // scenario time since which it is idle
}

// maxIdle is how long an upstream connection may be idle before the proxy drops it. Servers close
// idle connections.
const maxIdle = 4 * time.Second

// upstreamConn returns the connection to the upstream, and dials if it has to. It looks at an idle
// connection before each use: a response that the upstream sent without a request must not become
// the response to the next one. A response that arrives between this look and the first byte of the
// request cannot be told from the request's own.
func (c *conn) upstreamConn() (*upstream, error) {
	if up := c.up; up != nil {
		if c.p.now()-up.idle < maxIdle && up.check.Usable(up.in) {
			return up, nil
		}
		c.dropUpstream()
	}
	nc, err := c.p.dialUpstream(c.ctx)
	if err != nil {
		return nil, err
	}
	up := &upstream{nc: nc, in: wire.NewReader(nc), check: wire.NewIdleCheck(nc)}
	up.in.Raw = wire.NewRawConn(nc, up.in, c.p.alarms())
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
		up.in.Release()
	}
}
