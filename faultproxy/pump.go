package faultproxy

import (
	"errors"
	"io"
	"net"
	"time"
)

// pump sends a request's head and body to the upstream while the exchange waits for the answer, which may come first.
// When the body is through it watches the client.
type pump struct {
	x         *exchange
	up        *upstream
	shaper    shaper
	out       writer
	bodyDone  chan struct{} // closed when the body needs no more reading
	ended     chan struct{} // closed when the pump has stopped
	clientErr error         // what went wrong with the client, valid after bodyDone
	quit      chan struct{} // closed when nobody needs it any more
	settled   bool
}

func startPump(x *exchange, up *upstream, s shaper) *pump {
	p := &pump{x: x, up: up, shaper: s, out: writer{dst: up.nc}, bodyDone: make(chan struct{}), ended: make(chan struct{}), quit: make(chan struct{})}
	p.out.err = p.out.write(x.raw)
	go p.run()
	return p
}

func (p *pump) run() {
	defer close(p.ended)
	err := p.send()
	if err != nil && !errors.Is(err, errCut) {
		p.abandon(err)
	}
	if err == nil {
		p.x.bodyDone = true
	}
	close(p.bodyDone)
	if err != nil {
		return
	}
	p.watch()
}

// watch waits until the client is gone or the pump settled.
func (p *pump) watch() {
	w := &p.x.c.watch
	if w.peer != nil {
		select {
		case <-w.peer:
			p.abandon(io.EOF)
		case <-p.quit:
		}
		return
	}
	var err error
	for err == nil {
		err = p.x.c.in.fillTail()
	}
	switch {
	case errors.Is(err, errBufferFull) || isTimeout(err):
	case errors.Is(err, io.EOF):
		w.eof = true // half-closed: it may well wait for the answer
	default:
		p.abandon(err)
	}
}

// abandon lets nobody wait for the answer to a client that is gone.
func (p *pump) abandon(err error) {
	p.clientErr = err
	_ = p.up.nc.Close()
}

// send moves the body. Where nothing needs to see it, the kernel does.
func (p *pump) send() error {
	x := p.x
	if p.shaper == nil && x.reqSum == nil && x.body.kind == byLength && p.out.err == nil {
		if n, ok := splice(p.up.nc, x.c.nc, x.c.in, &x.body, &p.out); ok {
			x.received += n
			if x.body.done {
				return nil
			}
		}
	}
	return x.readBody(&p.out, p.shaper)
}

// settle ends the pump: a body still coming is dropped for a while, so that the client reads the answer it was sent.
func (p *pump) settle() {
	if p.settled {
		return
	}
	p.settled = true
	select {
	case <-p.bodyDone:
	default:
		_ = p.up.nc.SetWriteDeadline(time.Unix(1, 0))
		_ = p.x.c.nc.SetReadDeadline(time.Now().Add(lingerTime))
		<-p.bodyDone
	}
	close(p.quit)
	_ = p.x.c.nc.SetReadDeadline(time.Unix(1, 0))
	<-p.ended
	_ = p.x.c.nc.SetReadDeadline(time.Time{})
	if p.out.err != nil || !p.x.bodyDone {
		p.x.c.dropUpstream()
		return
	}
	_ = p.up.nc.SetWriteDeadline(time.Time{}) // the body was through when its sending was to stop
}

// finish waits for the end of the request's body and stops the pump: what follows is between the proxy and the client
// alone. A body that the client holds back until it is told to continue is not waited for.
func (x *exchange) finish() {
	p := x.pump
	if p == nil || p.settled {
		return
	}
	select {
	case <-p.bodyDone:
	default:
		_ = p.up.nc.SetWriteDeadline(time.Unix(1, 0)) // the upstream has answered: it needs no more
		if x.head.expect && !x.continued {
			_ = x.c.nc.SetReadDeadline(time.Unix(1, 0))
		}
		<-p.bodyDone
	}
	p.settle()
}

func isTimeout(err error) bool {
	var ne net.Error
	return errors.As(err, &ne) && ne.Timeout()
}
