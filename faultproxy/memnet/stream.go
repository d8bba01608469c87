package memnet

import (
	"io"
	"net"
	"os"
	"sync"
	"syscall"
	"time"
)

// bufferSize bounds what is written and not yet read, in bytes a direction.
const bufferSize = 64 << 10

// ending is how one side of a stream has ended.
type ending int

const (
	open  ending = iota
	half         // closed by half: writes no more, or reads no more
	ended        // the whole connection was closed
	reset        // the whole connection was reset
)

// stream is one direction of a connection: a bounded buffer with a side that writes and a side that
// reads.
type stream struct {
	mu     sync.Mutex
	change sync.Cond // any of the below

	buf []byte // unread bytes are buf[off:]
	off int

	reader, writer side
}

// side is one side of a stream.
type side struct {
	state   ending
	expired bool        // its deadline has passed
	timer   *time.Timer // ends the current deadline; nil for none
}

func newStream() *stream {
	s := &stream{}
	s.change.L = &s.mu
	return s
}

func (s *stream) read(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for {
		switch {
		case s.reader.state >= ended:
			return 0, net.ErrClosed
		case len(p) == 0:
			return 0, nil
		case s.reader.expired:
			return 0, os.ErrDeadlineExceeded
		case s.reader.state == half:
			return 0, io.EOF
		case len(s.buf) > s.off:
			n := copy(p, s.buf[s.off:])
			s.off += n
			if s.off == len(s.buf) {
				s.buf, s.off = s.buf[:0], 0
			}
			s.change.Broadcast()
			return n, nil
		case s.writer.state == reset:
			return 0, syscall.ECONNRESET
		case s.writer.state != open:
			return 0, io.EOF
		}
		s.change.Wait()
	}
}

// readable reports whether read returns without waiting.
func (s *stream) readable() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.buf) > s.off || s.reader.expired || s.reader.state != open || s.writer.state != open
}

func (s *stream) write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	written := 0
	for {
		switch {
		case s.writer.state >= ended:
			return written, net.ErrClosed
		case s.writer.expired:
			return written, os.ErrDeadlineExceeded
		case s.reader.state == reset:
			return written, syscall.ECONNRESET
		case s.writer.state == half, s.reader.state == ended:
			return written, syscall.EPIPE
		case written == len(p):
			return written, nil
		case s.reader.state == half:
			return len(p), nil
		}
		if room := bufferSize - (len(s.buf) - s.off); room > 0 {
			n := min(room, len(p)-written)
			s.append(p[written : written+n])
			written += n
			s.change.Broadcast()
			continue
		}
		s.change.Wait()
	}
}

// append adds to the buffer. It moves the unread bytes to the front before it would grow, and grows
// in two steps: most messages are a head or less, and what is more gets a whole buffer, which is
// used again by other streams.
func (s *stream) append(p []byte) {
	if need := len(s.buf) - s.off + len(p); len(s.buf)+len(p) > cap(s.buf) {
		old := s.buf
		if need > cap(s.buf) {
			if need <= smallBuffer {
				s.buf = make([]byte, 0, smallBuffer)
			} else {
				s.buf = (*buffers.Get().(*[bufferSize]byte))[:0]
			}
		}
		s.buf = append(s.buf[:0], old[s.off:]...)
		s.off = 0
	}
	s.buf = append(s.buf, p...)
}

// smallBuffer is the first size of a buffer, in bytes.
const smallBuffer = 2 << 10

var buffers = sync.Pool{New: func() any { return new([bufferSize]byte) }}

// drop throws the unread bytes away.
func (s *stream) drop() {
	if cap(s.buf) == bufferSize {
		buffers.Put((*[bufferSize]byte)(s.buf[:bufferSize]))
	}
	s.buf, s.off = nil, 0
}

// endWriter ends the writing side together with the connection.
func (s *stream) endWriter(how ending) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.writer.end(how)
	s.change.Broadcast()
}

// endReader ends the reading side together with the connection: the reader will not read the
// remaining bytes.
func (s *stream) endReader(how ending) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reader.end(how)
	s.drop()
	s.change.Broadcast()
}

func (s *stream) closeWrite() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.writer.state < ended && s.reader.state == reset {
		return syscall.ENOTCONN
	}
	return s.close(&s.writer)
}

func (s *stream) closeRead() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.drop()
	return s.close(&s.reader)
}

func (s *stream) close(side *side) error {
	if side.state >= ended {
		return net.ErrClosed
	}
	side.state = half
	s.change.Broadcast()
	return nil
}

// setDeadline sets the deadline of one of the two sides.
func (s *stream) setDeadline(side *side, t time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if side.state >= ended {
		return net.ErrClosed
	}
	side.stop()
	side.expired = false
	defer s.change.Broadcast()
	if t.IsZero() {
		return nil
	}
	left := time.Until(t)
	if left <= 0 {
		side.expired = true
		return nil
	}
	var timer *time.Timer
	timer = time.AfterFunc(left, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if side.timer == timer { // a later deadline may have replaced it meanwhile
			side.expired = true
			s.change.Broadcast()
		}
	})
	side.timer = timer
	return nil
}

func (s *side) end(how ending) {
	s.state = how
	s.stop()
}

func (s *side) stop() {
	if s.timer != nil {
		s.timer.Stop()
		s.timer = nil
	}
}
