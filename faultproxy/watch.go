package faultproxy

import (
	"errors"
	"io"
	"net"
	"os"
	"sync/atomic"
	"time"
)

// watch notices that the client goes away while its exchange waits for something else. Where the connection cannot tell,
// it reads ahead to find out.
type watch struct {
	c      *conn
	peer   <-chan struct{} // closed when the client is gone; nil: the connection cannot tell
	quit   chan struct{}   // receives to end the watching of peer
	gone   chan struct{}   // receives once when the client went away
	ended  chan struct{}   // receives once when the watching ended
	state  atomic.Int32    // whether the sweeper is to begin it
	since  atomic.Uint32   // the sweep before it may
	final  bool            // the end of the client's sending counts as its going
	onGone func()          // called when the client went away; nil: nothing
	eof    bool            // the client will send no more
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

// States of a watch.
const (
	watchOff int32 = iota
	watchDue       // the sweeper begins it when it has been due for a while
	watchOn
)

// start begins to watch, if late only after a while. onGone is called from another goroutine.
func (w *watch) start(late, final bool, onGone func()) {
	w.onGone, w.final = onGone, final
	if late {
		w.c.p.sweeper.expect(&w.since, &w.state)
		return
	}
	w.state.Store(watchOn)
	go w.run()
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
		case errors.Is(err, errBufferFull) || errors.Is(err, os.ErrDeadlineExceeded):
			return
		case errors.Is(err, io.EOF) && !w.final:
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
	if w.state.CompareAndSwap(watchDue, watchOff) || w.state.Load() == watchOff {
		return false
	}
	w.state.Store(watchOff)
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
