package faultproxy

import (
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// turn writes p to dst, the connection that b reads from, and then reads at least one byte more unless some are there: a
// request and its answer, or an answer and the next request. sent, where there is one, is told how many bytes were
// written and why no more, and says whether to read; the error is then one of reading.
func (b *reader) turn(dst net.Conn, p []byte, sent func(n int, err error) bool) error {
	if b.port != nil && b.r == b.w {
		return b.port.turn(p, sent)
	}
	n, err := dst.Write(p)
	return b.turned(n, err, sent)
}

// turned is a turn from the end of its writing on.
func (b *reader) turned(n int, err error, sent func(n int, err error) bool) error {
	switch {
	case sent != nil && !sent(n, err):
		return nil
	case sent == nil && err != nil:
		return err
	case b.r < b.w:
		return nil
	}
	return b.fill()
}

// port makes the turns of a TCP connection with a system call less.
//
// A Read asks the kernel before it waits, which right after a Write is in vain: nobody can have answered yet. Two of the six
// system calls of a small exchange are of that kind. So the port writes where a Read would begin, when the runtime has just
// forgotten what was readable before (see [syscall.RawConn]), and then waits without asking: what comes in answer wakes it.
//
// What came before does not: bytes, or an end, sent out of turn, as by a client that pipelines its requests. Therefore a wait
// that has lasted for one to two sweeps is interrupted, and ends in an ordinary Read.
type port struct {
	nc      net.Conn
	raw     syscall.RawConn
	in      *reader
	act     func(fd uintptr) bool // step, bound once
	sweeper *sweeper

	since atomic.Uint32 // the sweep before the turn began
	state atomic.Int32  // watchOff, watchDue: a turn is under way, watchOn: it is interrupted
	mu    sync.Mutex    // held by who interrupts

	// Of the turn under way.
	p     []byte
	sent  func(n int, err error) bool
	n     int   // bytes written
	wrote bool  // all of them were
	over  bool  // sent wants nothing more
	err   error // of reading
}

// newPort returns nil where a turn is not to be had for less: on anything but plain TCP, and where nobody sweeps.
func newPort(nc net.Conn, in *reader, p *Proxy) *port {
	tcp, ok := nc.(*net.TCPConn)
	if !ok || !rawTurns || p.cfg.IdentityLatency {
		return nil
	}
	raw, err := tcp.SyscallConn()
	if err != nil {
		return nil // it is closed, as the first read will tell
	}
	t := &port{nc: nc, raw: raw, in: in, sweeper: p.sweeper}
	t.act = t.step
	return t
}

func (t *port) turn(p []byte, sent func(n int, err error) bool) error {
	t.p, t.sent, t.n, t.wrote, t.over, t.err = p, sent, 0, false, false, nil
	t.in.r, t.in.w = 0, 0
	t.sweeper.expect(&t.since, &t.state)
	err := t.raw.Read(t.act)
	if !t.state.CompareAndSwap(watchDue, watchOff) {
		t.mu.Lock()
		t.state.Store(watchOff)
		_ = t.nc.SetReadDeadline(time.Time{})
		t.mu.Unlock()
	}
	switch {
	case t.over:
		return nil
	case !t.wrote: // gone, its buffers are full, or interrupted before it began: an ordinary Write finds out
		if err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
			var n int
			n, err = t.nc.Write(p[t.n:])
			t.n += n
		}
		return t.in.turned(t.n, err, sent)
	case errors.Is(err, os.ErrDeadlineExceeded):
		return t.in.fill()
	case err != nil:
		return err
	}
	return t.err
}

// step writes, the first time, and reads from then on. It reports whether the turn is done; else it is called again when
// the connection has become readable.
func (t *port) step(fd uintptr) bool {
	if !t.wrote {
		t.n, t.wrote = rawWrite(fd, t.p)
		if t.wrote && t.sent != nil {
			t.over = !t.sent(t.n, nil)
		}
		return !t.wrote || t.over
	}
	n, err := rawRead(fd, t.in.buf)
	switch {
	case errors.Is(err, syscall.EAGAIN):
		return false
	case err != nil:
		t.err = os.NewSyscallError("read", err)
	case n == 0:
		t.err = io.EOF
	default:
		t.in.w = n
	}
	return true
}

// interrupt ends the waiting of a turn.
func (t *port) interrupt() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.state.CompareAndSwap(watchDue, watchOn) {
		_ = t.nc.SetReadDeadline(time.Unix(1, 0))
	}
}
