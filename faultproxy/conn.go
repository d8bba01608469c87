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

// announcer is implemented by connections in memory: the client announces on them which request it
// sends next.
type announcer interface{ Announced() any }

// conn is a connection of a client, and the connection to the upstream that belongs to it.
type conn struct {
	p      *Proxy
	id     int
	nc     net.Conn
	in     *wire.Reader
	served int // exchanges so far
	x      exchange
	watch  watch
	spare  *journal.Entry // entry to use for the next record; nil: allocate one
	lines  []wire.Line    // header lines of the exchange's request
	origin *origin        // the request that the connection was dialed for; nil: unknown

	announcer announcer // nil: the connection is not in memory

	answered func(n int, err error) bool // the method value exchange.answered, made once to save an allocation

	headBegins func() // sets the deadline of a request's head; nil: no deadline
	headTimed  bool   // the deadline is set

	mu    sync.Mutex
	up    *upstream
	cutAs string      // the word of journal.EndX for how the proxy cut the connection; "": it did not
	cutBy *activeRule // the rule whose outage cut it
	busy  bool        // an exchange is under way
	place uint64      // hash of the request's identity and number: decides in which order connections are cut
	first uint64      // place of the first request

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
	if p.cfg.HeadTimeout > 0 {
		c.headBegins = c.timeHead
	}
	c.watch.init(c)
	return c
}

// announcedOrigin returns the request that the client announced for this exchange, or nil.
func (c *conn) announcedOrigin() *origin {
	if c.announcer == nil {
		return nil
	}
	o, _ := c.announcer.Announced().(*origin)
	return o
}

// serve runs the exchanges of the connection one after another, until the connection ends.
func (c *conn) serve() {
	for alive := true; alive; {
		alive = c.next()
	}
}

// guard is deferred in the connection's goroutine. After a panic it stops the proxy, as Proxy.guard
// does, and completes the record of the exchange.
func (c *conn) guard() {
	if r := recover(); r != nil {
		c.p.crashed(r)
		if e := c.x.entry; e != nil {
			c.p.journal.Complete(e, "", func(r *Record) { r.End, r.Ended = c.p.now(), journal.EndClosed })
		}
	}
}

// rawConns returns the raw connections of the client's side and of the upstream's, or nil for a
// side that has none.
func (c *conn) rawConns() [2]*wire.RawConn {
	c.mu.Lock()
	defer c.mu.Unlock()
	ports := [2]*wire.RawConn{c.in.Raw}
	if c.up != nil {
		ports[1] = c.up.in.Raw
	}
	return ports
}

// end releases what the connection holds.
func (c *conn) end() {
	c.cancel()
	c.dropUpstream()
	_ = c.nc.Close() // the response was sent or the connection was cut, so an error here does not matter
	c.in.Release()
}

// setBusy records whether an exchange is under way. It reports whether the connection may go on:
// during a shutdown it may not, once it is idle.
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

// takePlace stores the hash of the exchange's request, by which simultaneous cuts are ordered, and
// tells the request that of the connection's first.
func (c *conn) takePlace(r *s3api.Request) {
	c.mu.Lock()
	c.place = identity.Mix(r.IdentityHash, uint64(r.Nth))
	if !r.Reused {
		c.first = c.place
	}
	r.Connection = c.first
	c.mu.Unlock()
}

// underWay reports whether an exchange is under way, and the hash of its request.
func (c *conn) underWay() (place uint64, busy bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.place, c.busy
}

// next waits for a request and runs its exchange. It reports whether the connection stays open.
func (c *conn) next() bool {
	n, err := c.in.AwaitRequest(c.headBegins)
	err = c.headEnds(err)
	if err != nil {
		var m *wire.MalformedError
		if !errors.As(err, &m) && !errors.Is(err, wire.ErrHeadTooLarge) && !errors.Is(err, errStalledHead) {
			return false // the client closed the connection, between requests or within a head
		}
	}
	return c.exchange(n, err)
}

// exchange runs the exchange whose head is the first n bytes in the buffer. err means that they are
// not a valid head. It reports whether the connection stays open.
func (c *conn) exchange(n int, err error) bool {
	c.setBusy(true)
	c.served++
	c.x.run(n, err)
	return c.turn()
}

// turn sends the last bytes of the response. If the connection is raw, the same system call starts
// to wait for the next request. It reports whether the connection stays open.
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

// newEntry returns an empty entry for the next record.
func (c *conn) newEntry() *journal.Entry {
	e := c.spare
	if c.spare = nil; e == nil {
		e = new(journal.Entry)
	}
	return e
}

// cutOff ends the connection, and may be called from any goroutine. as is the word of journal.EndX
// for it; by is the rule whose outage is the reason, or nil.
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
	c.cancel() // only now, because a goroutine that waits for it closes the connection, which must be reset before
	if up != nil {
		_ = up.nc.Close()
	}
}

// cutReason returns the word for how the proxy cut the connection, or "" if it did not.
func (c *conn) cutReason() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.cutAs
}

// cutRule returns the rule whose outage cut the connection, or nil.
func (c *conn) cutRule() *activeRule {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.cutBy
}

// The proxy goes on reading for this long after the last response on a connection. Closing with
// unread bytes would reset the connection, and the client could lose the response.
const (
	lingerTime  = 500 * time.Millisecond
	lingerBytes = 1 << 30 // upper limit, because virtual time does not advance while bytes keep coming
)

// linger closes the sending side, and discards what the client still sends.
func (c *conn) linger() {
	half, ok := c.nc.(interface{ CloseWrite() error })
	if !ok || half.CloseWrite() != nil {
		return
	}
	c.p.settle() // the client does what the response makes it do
	if c.nc.SetReadDeadline(time.Now().Add(lingerTime)) == nil {
		_, _ = io.CopyN(io.Discard, c.nc, lingerBytes)
	}
}
