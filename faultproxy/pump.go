package faultproxy

import (
	"errors"
	"io"
	"net"
	"time"

	"github.com/s3chaos/s3chaos/faultproxy/internal/wire"
)

// pump sends a request's head and body to the upstream while the exchange waits for the response,
// which may come before the end of the body. When the body is sent, the pump watches whether the
// client leaves.
type pump struct {
	x         *exchange
	up        *upstream
	to        sink // shapes the body and sends it to out
	shaped    bool // a rule shapes the body
	out       wire.Writer
	bodyDone  chan struct{} // closed when the body was read, or cannot be read any further
	ended     chan struct{} // closed when the pump has stopped
	clientErr error         // error of the client's connection, valid after stop
	watching  bool          // the watch is running, valid after bodyDone
	stopped   bool
}

// errBodyLost means that the proxy does not know how much of the body was read: the kernel took
// bytes from the client that it could not send to the upstream.
var errBodyLost = errors.New("the position in the request's body is unknown")

func startPump(x *exchange, up *upstream) *pump {
	p := &pump{
		x: x, up: up, out: wire.NewWriter(up.nc), bodyDone: make(chan struct{}),
		ended: make(chan struct{}),
	}
	p.to = x.toUpstream(&p.out, nil, false)
	if p.shaped = x.shapesRequest(); p.shaped {
		x.in.hurry = make(chan struct{})
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
	case errors.Is(err, errCut), isTimeout(err): // the rest of the body is not needed
	default:
		p.clientErr = err
		p.abandon()
	}
}

// abandon closes the upstream's connection, so that the exchange stops waiting for a response to a
// client that has left.
func (p *pump) abandon() { _ = p.up.nc.Close() }

// hasten tells the pump that the upstream has responded, and so does not need the rest of the body.
// It also ends the pauses of the shapers.
func (p *pump) hasten() {
	_ = p.up.nc.SetWriteDeadline(time.Unix(1, 0))
	if hurry := p.x.in.hurry; hurry != nil && !isClosed(hurry) {
		close(hurry)
	}
}

// send sends the body. The kernel moves it (splice) if no digest and no shaper needs its bytes.
func (p *pump) send() error {
	x := p.x
	if !p.shaped && x.in.sum == nil && x.in.body.Kind == wire.ByLength && p.out.Err == nil {
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
	return x.readBody(&p.out, p.to, p.shaped)
}

// stop ends the pump. If the body has not ended, stop goes on reading and dropping it for a while,
// because the client may not read the response before it has sent the body.
func (p *pump) stop() {
	if p.stopped {
		return
	}
	p.stopped = true
	client := p.x.c.nc
	select {
	case <-p.bodyDone:
	default:
		p.hasten()
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
	_ = p.up.nc.SetWriteDeadline(time.Time{}) // stop may have set this deadline after the body had been sent
	p.up.spoiled = p.up.spoiled || p.out.Err != nil || !p.x.in.done
}

// stopPump waits for the end of the request's body and stops the pump. From then on only the
// exchange uses the client's connection. It does not wait for a body that the client holds back
// until 100 Continue, nor for one that was lost.
func (x *exchange) stopPump() {
	p := x.in.pump
	if p == nil || p.stopped {
		return
	}
	select {
	case <-p.bodyDone:
	default:
		p.hasten()
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
