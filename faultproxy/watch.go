package faultproxy

import (
	"errors"
	"io"
	"os"
	"sync/atomic"
	"time"

	"github.com/s3chaos/s3chaos/faultproxy/internal/wire"
)

// watch notices that the client closes its connection while the exchange waits for something else.
// If the connection cannot tell, watch reads ahead to find out.
type watch struct {
	c      *conn
	peer   <-chan struct{} // closed when the client has closed; nil: the connection cannot tell
	quit   chan struct{}   // receives a value to end the watch
	gone   chan struct{}   // receives a value once when the client has left
	ended  chan struct{}   // receives a value once when the watch has ended
	alarm  wire.Alarm      // starts the watch
	onGone func()          // called when the client has left; may be nil
	eof    atomic.Bool     // the client sends no more bytes
	at     time.Duration   // when eof was set
}

// halfClosed is how long the proxy waits after the client has closed its sending side. On TCP the
// proxy cannot tell whether such a client has left or waits for the response.
const halfClosed = 2 * time.Second

func (w *watch) init(c *conn) {
	w.c = c
	w.gone = make(chan struct{}, 1)
	w.ended = make(chan struct{}, 1)
	w.quit = make(chan struct{}, 1)
	if pc, ok := wire.Innermost(c.nc).(interface{ PeerClosed() <-chan struct{} }); ok {
		w.peer = pc.PeerClosed()
	}
}

// start starts the watch, with late only after one to two sweeps. onGone is called from another
// goroutine.
func (w *watch) start(late bool, onGone func()) {
	if late {
		w.onGone = onGone
		w.c.p.sweeper.Set(&w.alarm)
		return
	}
	w.arm(onGone)
	go w.run()
}

// arm prepares the watch for a caller that calls run itself.
func (w *watch) arm(onGone func()) {
	w.onGone = onGone
	w.alarm.SetRung()
}

func (w *watch) run() {
	defer func() { w.ended <- struct{}{} }()
	defer w.c.p.guard()
	if w.peer != nil {
		select {
		case <-w.peer:
			w.ends()
			w.left()
		case <-w.quit:
		}
		return
	}
	for {
		switch err := w.c.in.FillTail(); {
		case err == nil:
		case errors.Is(err, wire.ErrBufferFull) || errors.Is(err, os.ErrDeadlineExceeded):
			return
		case errors.Is(err, io.EOF):
			w.ends()
			over := time.NewTimer(halfClosed)
			defer over.Stop()
			select {
			case <-over.C:
				w.left()
			case <-w.quit:
			}
			return
		default:
			w.ends()
			w.left()
			return
		}
	}
}

// peerLeft reports whether the client closed its connection during the identity latency. The proxy
// does not forward such a request: otherwise the scheduler would decide whether the upstream
// responds before the proxy notices.
func (w *watch) peerLeft() bool {
	select {
	case <-w.peer:
		w.ends()
		return true
	default:
		return false
	}
}

// ends records that the client sends no more bytes, unless the proxy itself has cut the connection.
func (w *watch) ends() {
	if !w.eof.Load() && w.c.cutReason() == "" {
		w.at = w.c.p.now()
		w.eof.Store(true)
	}
}

// left reports that the client has left.
func (w *watch) left() {
	w.gone <- struct{}{}
	if w.onGone != nil {
		w.onGone()
	}
}

// stop ends the watch, and reports whether the client has left.
func (w *watch) stop() bool {
	if !w.alarm.Stop() {
		return false
	}
	w.quit <- struct{}{}
	if w.peer == nil {
		_ = w.c.nc.SetReadDeadline(time.Unix(1, 0))
	}
	<-w.ended
	if w.peer == nil {
		_ = w.c.nc.SetReadDeadline(time.Time{})
	}
	select {
	case <-w.quit:
	default:
	}
	select {
	case <-w.gone:
		return true
	default:
		return false
	}
}
