package s3client

import (
	"context"
	"net"
	"net/http/httptrace"
	"syscall"
	"time"
)

// This file sees a request body move after net/http has handed it to the kernel. The send buffer of
// a socket takes megabytes at once, and on a slow network they drain for minutes.

// sendQueue returns how many bytes of a connection the peer has not acknowledged yet; false: the
// system does not tell, or the connection is closed.
type sendQueue func() (int64, bool)

// pollsPerTimeout is how often a send queue is read within the attempt timeout. A stall is noticed
// one poll late at worst.
const pollsPerTimeout = 8

// traced returns a context for a request with a body. Its watchdog sees the send queue of the
// connection that the request gets.
func (w *watchdog) traced(ctx context.Context) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn: func(info httptrace.GotConnInfo) {
			if queue := socketQueue(info.Conn); queue != nil {
				w.follow(queue)
			}
		},
	})
}

// socketQueue returns the send queue of the socket below conn, TLS or not. It returns nil if there
// is not a socket, or if the system does not tell how long the queue is; then the send buffer is
// made small instead.
func socketQueue(conn net.Conn) sendQueue {
	for {
		inner, ok := conn.(interface{ NetConn() net.Conn })
		if !ok {
			break
		}
		conn = inner.NetConn()
	}
	socket, ok := conn.(syscall.Conn)
	if !ok {
		return nil
	}
	raw, err := socket.SyscallConn()
	if err != nil {
		return nil
	}
	queue := func() (n int64, ok bool) {
		err := raw.Control(func(fd uintptr) { n, ok = unacknowledged(fd) })
		return n, ok && err == nil
	}
	if _, ok := queue(); ok {
		return queue
	}
	if buffered, ok := conn.(interface{ SetWriteBuffer(bytes int) error }); ok {
		_ = buffered.SetWriteBuffer(smallSendBuffer) // a connection that refuses keeps its buffer
	}
	return nil
}

// smallSendBuffer is the send buffer, in bytes, where the system does not tell what is in it. At 20
// KiB/s it drains in 13 s.
const smallSendBuffer = 256 << 10

// follow polls queue until the watchdog stops. A queue that has become shorter is progress.
func (w *watchdog) follow(queue sendQueue) {
	w.queued.Store(true)
	start, every := time.Now(), max(w.timeout/pollsPerTimeout, time.Millisecond)
	var last int64
	var poll func()
	poll = func() {
		if w.stopped.Load() {
			return // the connection may serve another request by now
		}
		n, ok := queue()
		if !ok {
			return
		}
		if n < last {
			w.bytes(int(last - n))
		}
		if n == 0 && last > 0 {
			// The peer has all that was sent, and may process it as long as sending took.
			w.allow(max(w.timeout, time.Since(start)))
		}
		last = n
		time.AfterFunc(every, poll)
	}
	time.AfterFunc(every, poll)
}
