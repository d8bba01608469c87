package faultproxy

import (
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"time"

	"github.com/s3chaos/s3chaos/faultproxy/internal/identity"
	"github.com/s3chaos/s3chaos/faultproxy/internal/s3api"
	"github.com/s3chaos/s3chaos/faultproxy/internal/wire"
	"github.com/s3chaos/s3chaos/faultproxy/journal"
)

// announcer is a connection in memory whose other end tells what it sends next.
type announcer interface{ Announced() any }

// conn is a client connection, with the connection to the upstream beside it.
type conn struct {
	p      *Proxy
	id     int
	nc     net.Conn
	in     *wire.Reader
	served int // exchanges so far
	x      exchange
	watch  watch
	spare  *journal.Entry // for the next record; nil: there is none
	lines  []wire.Line    // of the exchange's request head
	origin *origin        // the request that the connection was dialed for, where known

	announcer announcer // nil: the connection is not in memory

	answered func(n int, err error) bool // exchange.answered, bound once

	mu    sync.Mutex
	up    *upstream
	cutAs string      // how the proxy itself cut the connection; "": it did not
	cutBy *activeRule // the rule whose outage cut it
	busy  bool        // an exchange is under way
	place uint64      // a hash of the exchange's identity, for its order among others

	ctx    context.Context // ends when the proxy cuts the connection
	cancel context.CancelFunc
}

func newConn(p *Proxy, nc net.Conn) *conn {
	c := &conn{p: p, id: int(p.conns.Add(1)), nc: nc, in: wire.NewReader(nc), origin: originOf(nc)}
	c.announcer, _ = wire.Innermost(nc).(announcer)
	c.ctx, c.cancel = context.WithCancel(context.Background())
	if p.cfg.TLS == nil {
		c.in.Raw = wire.NewRawConn(nc, c.in, p.alarms())
	}
	c.x.c, c.x.p = c, p
	c.answered = c.x.answered
	c.watch.init(c)
	return c
}

// announcedOrigin is the request that the client announced for this exchange, or nil.
func (c *conn) announcedOrigin() *origin {
	if c.announcer == nil {
		return nil
	}
	o, _ := c.announcer.Announced().(*origin)
	return o
}

// serve runs the connection's exchanges, one after another, to its end.
func (c *conn) serve() {
	for alive := true; alive; {
		alive = c.next()
	}
}

// guard is guard of the proxy for the connection's goroutine.
func (c *conn) guard() {
	if r := recover(); r != nil {
		c.p.crashed(r)
		if e := c.x.entry; e != nil {
			c.p.journal.Complete(e, "", func(r *Record) { r.End, r.Ended = c.p.now(), journal.EndClosed })
		}
	}
}

// ports are the connection's own and its upstream's, nil where they have none.
func (c *conn) rawConns() [2]*wire.RawConn {
	c.mu.Lock()
	defer c.mu.Unlock()
	ports := [2]*wire.RawConn{c.in.Raw}
	if c.up != nil {
		ports[1] = c.up.in.Raw
	}
	return ports
}

// end gives back what the connection holds.
func (c *conn) end() {
	c.cancel()
	c.dropUpstream()
	_ = c.nc.Close() // what matters has been said or cut
	c.in.Release()
}

// setBusy notes whether an exchange is under way, and reports whether the connection goes on: a proxy that shuts down
// ends it between exchanges.
func (c *conn) setBusy(busy bool) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.busy = busy
	select {
	case <-c.p.closing:
		return busy
	default:
		return true
	}
}

// takePlace notes the place of the exchange's request among others.
func (c *conn) takePlace(r *s3api.Request) {
	c.mu.Lock()
	c.place = identity.Mix(r.IdentityHash, uint64(r.Nth))
	c.mu.Unlock()
}

// underWay reports whether an exchange is under way, and its request's place.
func (c *conn) underWay() (place uint64, busy bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.place, c.busy
}

// next waits for a request, runs its exchange and begins to wait for the next. It reports whether the connection lives on.
func (c *conn) next() bool {
	n, err := c.in.AwaitHead()
	if err != nil {
		var m *wire.MalformedError
		if !errors.As(err, &m) && !errors.Is(err, wire.ErrHeadTooLarge) {
			return false // gone between requests, or in the middle of a head
		}
	}
	c.setBusy(true)
	c.served++
	c.x.run(n, err)
	return c.turn()
}

// turn sends what is left of the answer and begins to wait for the next request. It reports whether the connection lives on.
func (c *conn) turn() bool {
	x := &c.x
	if p := x.out.Pending(); x.keep && len(p) > 0 {
		err := c.in.WriteRead(c.nc, p, c.answered)
		return err == nil && x.keep
	}
	x.answered(0, x.out.Flush())
	if x.linger {
		c.linger()
	}
	return x.keep
}

// newEntry is an entry for the next record.
func (c *conn) newEntry() *journal.Entry {
	e := c.spare
	if c.spare = nil; e == nil {
		e = new(journal.Entry)
	}
	return e
}

// cutOff ends the connection from outside its own goroutine, because of a rule or nil.
func (c *conn) cutOff(as string, by *activeRule) {
	c.mu.Lock()
	if c.cutAs != "" {
		c.mu.Unlock()
		return
	}
	c.cutAs, c.cutBy = as, by
	nc, up := c.nc, c.up
	c.mu.Unlock()
	if as == journal.EndReset {
		wire.ResetConn(nc)
	} else {
		_ = nc.Close()
	}
	c.cancel() // not before: who waits for it would close the connection without a reset
	if up != nil {
		_ = up.nc.Close()
	}
}

// cutReason is how the proxy cut the connection, "" if it did not.
func (c *conn) cutReason() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.cutAs
}

// cutRule is the rule whose outage cut the connection, or nil.
func (c *conn) cutRule() *activeRule {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.cutBy
}

// lingerTime is how long a connection that ends is read from, so that what was answered is not lost to a reset.
const (
	lingerTime  = 500 * time.Millisecond
	lingerBytes = 1 << 30 // at most: in virtual time nothing else may end it
)

// linger ends the sending side and reads what the client still sends.
func (c *conn) linger() {
	half, ok := c.nc.(interface{ CloseWrite() error })
	if !ok || half.CloseWrite() != nil {
		return
	}
	if c.nc.SetReadDeadline(time.Now().Add(lingerTime)) == nil {
		_, _ = io.CopyN(io.Discard, c.nc, lingerBytes)
	}
}
