package faultproxy

import (
	"errors"
	"io"
	"net"
	"os"
	"time"
)

// watchDelay is how long an exchange waits for the upstream in real time before it begins to look whether its client is
// still there. Under virtual time it looks at once.
const watchDelay = 20 * time.Millisecond

// watch notices that the client goes away while its exchange waits for something else. Where the connection cannot tell,
// it reads ahead to find out.
type watch struct {
	c      *conn
	peer   <-chan struct{} // closed when the client is gone; nil: the connection cannot tell
	quit   chan struct{}   // receives to end the watching of peer
	gone   chan struct{}   // receives once when the client went away
	ended  chan struct{}   // receives once when the watching ended
	timer  *time.Timer     // begins it later
	late   bool            // by timer
	final  bool            // the end of the client's sending counts as its going
	onGone func()          // called when the client went away; nil: nothing
	on     bool
	eof    bool // the client will send no more
}

func (w *watch) init(c *conn) {
	w.c = c
	w.gone = make(chan struct{}, 1)
	w.ended = make(chan struct{}, 1)
	if pc, ok := innermost(c.nc).(interface{ PeerClosed() <-chan struct{} }); ok {
		w.peer = pc.PeerClosed()
		w.quit = make(chan struct{}, 1)
	}
}

// innermost is the connection below TLS.
func innermost(nc net.Conn) net.Conn {
	for {
		outer, ok := nc.(interface{ NetConn() net.Conn })
		if !ok {
			return nc
		}
		nc = outer.NetConn()
	}
}

// start begins to watch, after a while if late. onGone is called from another goroutine.
func (w *watch) start(late, final bool, onGone func()) {
	w.onGone, w.late, w.final, w.on = onGone, late, final, true
	switch {
	case !late:
		go w.run()
	case w.timer == nil:
		w.timer = time.AfterFunc(watchDelay, w.run)
	default:
		w.timer.Reset(watchDelay)
	}
}

func (w *watch) run() {
	defer func() { w.ended <- struct{}{} }()
	if w.peer != nil {
		select {
		case <-w.peer:
			w.left()
		case <-w.quit:
		}
		return
	}
	for {
		switch err := w.c.in.fillTail(); {
		case err == nil:
		case err == errBufferFull || errors.Is(err, os.ErrDeadlineExceeded):
			return
		case err == io.EOF && !w.final:
			w.eof = true
			return // half-closed: it may well wait for the answer
		default:
			w.left()
			return
		}
	}
}

func (w *watch) left() {
	w.eof = true
	w.gone <- struct{}{}
	if w.onGone != nil {
		w.onGone()
	}
}

// stop ends the watching and reports whether the client went away.
func (w *watch) stop() bool {
	if !w.on {
		return false
	}
	w.on = false
	if w.late && w.timer.Stop() {
		return false
	}
	if w.peer != nil {
		w.quit <- struct{}{}
		<-w.ended
		select {
		case <-w.quit:
		default:
		}
	} else {
		_ = w.c.nc.SetReadDeadline(time.Unix(1, 0))
		<-w.ended
		_ = w.c.nc.SetReadDeadline(time.Time{})
	}
	select {
	case <-w.gone:
		return true
	default:
		return false
	}
}
