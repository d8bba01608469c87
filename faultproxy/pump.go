package faultproxy

import (
	"errors"
	"io"
	"net"
	"time"

	"github.com/s3chaos/s3chaos/faultproxy/internal/wire"
)

// pump sends a request's head and body to the upstream while the exchange waits for the answer,
// which may come first. When the body is through it watches the client.
type pump struct {
	x         *exchange
	up        *upstream
	shaper    shaper
	out       wire.Writer
	bodyDone  chan struct{} // closed when the body needs no more reading, or can have none
	ended     chan struct{} // closed when the pump has stopped
	clientErr error         // what went wrong with the client, valid after settle
	watching  bool          // the watch is on, valid after bodyDone
	stopped   bool
}

// errBodyLost is the error of a body of which nobody knows any more how much was read: the kernel
// took bytes from the client that the upstream did not take.
var errBodyLost = errors.New("bytes went astray")

func startPump(x *exchange, up *upstream, s shaper) *pump {
	p := &pump{
		x: x, up: up, shaper: s, out: wire.NewWriter(up.nc), bodyDone: make(chan struct{}),
		ended: make(chan struct{}),
	}
	p.out.Err = p.out.Gather(x.in.raw)
	go p.run()
	return p
}

func (p *pump) run() {
	defer close(p.ended)
	defer func() {
		select {
		case <-p.bodyDone:
		default:
			close(p.bodyDone)
		}
	}()
	defer p.x.p.guard()
	switch err := p.send(); {
	case err == nil:
		p.x.bodyEnds()
		p.watching = true
		w := &p.x.c.watch
		w.arm(p.abandon)
		close(p.bodyDone)
		w.run()
		return
	case errors.Is(err, errBodyLost):
		close(p.bodyDone)
		if err := p.x.c.in.Drain(); !isTimeout(err) {
			p.clientErr = err
			p.abandon()
		}
		return
	case errors.Is(err, errCut), isTimeout(err): // nobody wants the rest
	default:
		p.clientErr = err
		p.abandon()
	}
}

// abandon lets nobody wait for the answer to a client that is gone.
func (p *pump) abandon() { _ = p.up.nc.Close() }

// send moves the body. Where nothing needs to see it, the kernel does.
func (p *pump) send() error {
	x := p.x
	if p.shaper == nil && x.in.sum == nil && x.in.body.Kind == wire.ByLength && p.out.Err == nil {
		if n, ok := wire.Splice(p.up.nc, x.c.nc, x.c.in, &x.in.body, &p.out); ok {
			x.in.received += n
			switch {
			case x.in.body.Done:
				return nil
			case p.out.Err != nil:
				return errBodyLost
			}
		}
	}
	return x.readBody(&p.out, p.shaper)
}

// stop ends the pump: a body still coming is dropped for a while, so that the client reads the
// answer it was sent.
func (p *pump) stop() {
	if p.stopped {
		return
	}
	p.stopped = true
	client := p.x.c.nc
	select {
	case <-p.bodyDone:
	default:
		_ = p.up.nc.SetWriteDeadline(time.Unix(1, 0))
		_ = client.SetReadDeadline(time.Now().Add(lingerTime))
		<-p.bodyDone
	}
	if p.watching {
		if p.x.c.watch.stop() {
			p.clientErr = io.EOF
		}
	} else {
		_ = client.SetReadDeadline(time.Unix(1, 0))
	}
	<-p.ended
	_ = client.SetReadDeadline(time.Time{})
	_ = p.up.nc.SetWriteDeadline(time.Time{}) // the body may have been through when its sending was to stop
	p.up.spoiled = p.up.spoiled || p.out.Err != nil || !p.x.in.done
}

// finish waits for the end of the request's body and stops the pump: what follows is between the
// proxy and the client alone. A body that the client holds back until it is told to continue is not
// waited for, nor one that went astray.
func (x *exchange) stopPump() {
	p := x.in.pump
	if p == nil || p.stopped {
		return
	}
	select {
	case <-p.bodyDone:
	default:
		_ = p.up.nc.SetWriteDeadline(time.Unix(1, 0)) // the upstream has answered: it needs no more
		if x.in.head.Expect && !x.in.continued {
			_ = x.c.nc.SetReadDeadline(time.Unix(1, 0))
		}
		<-p.bodyDone
	}
	p.stop()
}

func isTimeout(err error) bool {
	var ne net.Error
	return errors.As(err, &ne) && ne.Timeout()
}
