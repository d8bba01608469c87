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

// WriteRead writes p to dst, the connection that b reads from, and then reads at least one byte
// unless some are buffered: a request and its response, or a response and the next request. If sent
// is not nil, WriteRead calls it with the number of bytes written and the error of writing, and
// reads only if sent returns true; the error is then that of reading.
func (b *Reader) WriteRead(dst net.Conn, p []byte, sent func(n int, err error) bool) error {
	if b.Raw != nil && b.r == b.w {
		return b.Raw.writeRead(p, sent)
	}
	n, err := dst.Write(p)
	return b.afterWrite(n, err, sent)
}

// afterWrite is the part of WriteRead that follows the write.
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

// RawConn does WriteRead on a TCP connection with one system call less.
//
// A Read asks the kernel before it waits. Right after a Write this fails nearly always, because the
// peer cannot have answered yet: two of the six system calls of a small exchange. RawConn therefore
// writes inside of [syscall.RawConn].Read, when the runtime has just reset its readiness, and then
// waits without asking. The peer's answer wakes it.
//
// Bytes that arrived before the wait, from a client that pipelines its requests, do not wake it.
// Therefore an [Alarm] interrupts a wait after one to two ticks, and an ordinary Read follows.
type RawConn struct {
	nc     net.Conn
	raw    syscall.RawConn
	in     *Reader
	act    func(fd uintptr) bool // the method value step, made once to save an allocation
	alarms Alarms

	Alarm Alarm      // interrupts a wait that takes long
	mu    sync.Mutex // held by interrupt

	// State of the call under way.
	p     []byte
	sent  func(n int, err error) bool
	n     int   // bytes written
	wrote bool  // all bytes were written
	over  bool  // sent returned false
	err   error // error of reading
}

// NewRawConn returns nil unless the connection is plain TCP, the platform has the system calls, and
// by is not nil.
func NewRawConn(nc net.Conn, in *Reader, by Alarms) *RawConn {
	tcp, ok := nc.(*net.TCPConn)
	if !ok || !hasRawCalls || by == nil {
		return nil
	}
	raw, err := tcp.SyscallConn()
	if err != nil {
		return nil // the connection is closed, as the first read will report
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
	case !t.wrote: // the peer has gone, its buffers are full, or an alarm interrupted: an ordinary Write finds out
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

// step writes at its first call and reads at later ones. It reports whether WriteRead is done.
// Otherwise the runtime calls it again when the connection is readable.
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

// Interrupt ends the wait of a WriteRead whose alarm is set. The sweeper calls it.
func (t *RawConn) Interrupt() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.Alarm.Ring() {
		_ = t.nc.SetReadDeadline(time.Unix(1, 0))
	}
}
