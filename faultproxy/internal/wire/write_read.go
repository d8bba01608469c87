package wire

import (
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"syscall"
	"time"
)

// WriteRead writes p to dst, the connection that b reads from, and then reads at least one byte more unless some are there: a
// request and its answer, or an answer and the next request. sent, where there is one, is told how many bytes were
// written and why no more, and says whether to read; the error is then one of reading.
func (b *Reader) WriteRead(dst net.Conn, p []byte, sent func(n int, err error) bool) error {
	if b.Raw != nil && b.r == b.w {
		return b.Raw.writeRead(p, sent)
	}
	n, err := dst.Write(p)
	return b.afterWrite(n, err, sent)
}

// afterWrite is a turn from the end of its writing on.
func (b *Reader) afterWrite(n int, err error, sent func(n int, err error) bool) error {
	switch {
	case sent != nil && !sent(n, err):
		return nil
	case sent == nil && err != nil:
		return err
	case b.r < b.w:
		return nil
	}
	return b.Fill()
}

// RawConn makes the turns of a TCP connection with a system call less.
//
// A Read asks the kernel before it waits, which right after a Write is in vain: nobody can have answered yet. Two of the six
// system calls of a small exchange are of that kind. So the port writes where a Read would begin, when the runtime has just
// forgotten what was readable before (see [syscall.RawConn]), and then waits without asking: what comes in answer wakes it.
//
// What came before does not: bytes, or an end, sent out of turn, as by a client that pipelines its requests. Therefore a wait
// that has lasted for one to two sweeps is interrupted, and ends in an ordinary Read.
type RawConn struct {
	nc     net.Conn
	raw    syscall.RawConn
	in     *Reader
	act    func(fd uintptr) bool // step, bound once
	alarms Alarms

	Alarm Alarm      // interrupts a turn that takes long
	mu    sync.Mutex // held by interrupt

	// Of the turn under way.
	p     []byte
	sent  func(n int, err error) bool
	n     int   // bytes written
	wrote bool  // all of them were
	over  bool  // sent wants nothing more
	err   error // of reading
}

// NewRawConn returns nil where a turn is not to be had for less: on anything but plain TCP, and where nobody sweeps.
func NewRawConn(nc net.Conn, in *Reader, by Alarms) *RawConn {
	tcp, ok := nc.(*net.TCPConn)
	if !ok || !hasRawCalls || by == nil {
		return nil
	}
	raw, err := tcp.SyscallConn()
	if err != nil {
		return nil // it is closed, as the first read will tell
	}
	t := &RawConn{nc: nc, raw: raw, in: in, alarms: by}
	t.act = t.step
	return t
}

func (t *RawConn) writeRead(p []byte, sent func(n int, err error) bool) error {
	t.p, t.sent, t.n, t.wrote, t.over, t.err = p, sent, 0, false, false, nil
	t.in.r, t.in.w = 0, 0
	t.alarms.Set(&t.Alarm)
	err := t.raw.Read(t.act)
	if t.Alarm.Stop() {
		t.mu.Lock()
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
		return t.in.afterWrite(t.n, err, sent)
	case errors.Is(err, os.ErrDeadlineExceeded):
		return t.in.Fill()
	case err != nil:
		return err
	}
	return t.err
}

// step writes, the first time, and reads from then on. It reports whether the turn is done; else it is called again when
// the connection has become readable.
func (t *RawConn) step(fd uintptr) bool {
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

// Interrupt ends the waiting of a turn.
func (t *RawConn) Interrupt() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.Alarm.Ring() {
		_ = t.nc.SetReadDeadline(time.Unix(1, 0))
	}
}
