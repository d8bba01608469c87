package faultproxy

import (
	"errors"
	"io"
	"os"
	"sync/atomic"
	"time"

	"github.com/s3chaos/s3chaos/faultproxy/internal/wire"
)

// watch notices that the client goes away while its exchange waits for something else. Where the
// connection cannot tell, it reads ahead to find out.
type watch struct {
	c      *conn
	peer   <-chan struct{} // closed when the client is gone; nil: the connection cannot tell
	quit   chan struct{}   // receives to end the watching
	gone   chan struct{}   // receives once when the client went away
	ended  chan struct{}   // receives once when the watching ended
	alarm  wire.Alarm      // begins it
	onGone func()          // called when the client went away; nil: nothing
	eof    atomic.Bool     // the client will send no more
	at     time.Duration   // when that was noticed, valid with eof
}

// halfClosed is how long a client that will send no more is waited for with its answer. On TCP
// nobody can tell whether it has gone or listens still.
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

// start begins to watch, if late only after a while. onGone is called from another goroutine.
func (w *watch) start(late bool, onGone func()) {
	if late {
		w.onGone = onGone
		w.c.p.sweeper.Set(&w.alarm)
		return
	}
	w.arm(onGone)
	go w.run()
}

// arm is start for who calls run.
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

// peerLeft reports whether the client closed its connection during the identity latency. Such a
// request never reaches the upstream: else the scheduler would decide whether the upstream answers
// before the proxy notices.
func (w *watch) peerLeft() bool {
	select {
	case <-w.peer:
		w.ends()
		return true
	default:
		return false
	}
}

// ends notes that the client will send no more: of its own accord, and not because the proxy has
// cut it off.
func (w *watch) ends() {
	if !w.eof.Load() && w.c.cutReason() == "" {
		w.at = w.c.p.now()
		w.eof.Store(true)
	}
}

// left says that nobody waits for the answer any more.
func (w *watch) left() {
	w.gone <- struct{}{}
	if w.onGone != nil {
		w.onGone()
	}
}

// stop ends the watching and reports whether the client went away.
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
