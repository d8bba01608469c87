package faultproxy

import (
	"net"
	"time"

	"github.com/s3chaos/s3chaos/faultproxy/internal/wire"
)

// upstream is a connection to the upstream.
type upstream struct {
	nc      net.Conn
	in      *wire.Reader
	used    bool          // an exchange went over it
	spoiled bool          // it is not to be used again
	idle    time.Duration // since when it has been waiting, scenario time
}

// maxIdle is how long an upstream connection may wait and still be used: servers close idle ones.
const maxIdle = 4 * time.Second

// upstreamConn returns the connection to the upstream, a new one where needed. One that is to be
// asked only once must be alive, as far as can be seen.
func (c *conn) upstreamConn(once bool) (*upstream, error) {
	if up := c.up; up != nil {
		if len(up.in.Buffered()) == 0 && c.p.now()-up.idle < maxIdle && !(once && wire.ClosedIdle(up.nc)) {
			return up, nil
		}
		c.dropUpstream() // silent for long, or it said more than it was asked
	}
	nc, err := c.p.dialUpstream(c.ctx)
	if err != nil {
		return nil, err
	}
	up := &upstream{nc: nc, in: wire.NewReader(nc)}
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
