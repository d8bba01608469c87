package s3client

import (
	"cmp"
	"errors"
	"hash"
	"io"
)

// sink takes the content of a download in order. The download reads each piece of a response into
// the space of the sink, and then tells how many bytes of it the sink may take. Either call may run
// code of the caller and block as long as that does: the watchdog does not count that time.
type sink interface {
	// begun is called when the first bytes are about to come: length bytes, -1 for an unknown
	// number, from the offset first of the object. It may be called again before any of them has
	// come.
	begun(info *ObjectInfo, first, length int64) error
	// space returns the buffer for the next bytes.
	space() ([]byte, error)
	// took takes p, the beginning of that buffer.
	took(p []byte) error
	// final reports whether the caller has what the sink took, so that nothing can be taken back.
	final() bool
	// restart gives up all bytes taken so far. It is called only if the sink is not final.
	restart() error
}

// bufferSize is how much of a response a download reads at once, in bytes.
const bufferSize = 32 << 10

// buffered is the space of a sink that has no better one.
type buffered struct {
	buffer []byte
	size   int // in bytes; 0: bufferSize
}

func (b *buffered) begun(*ObjectInfo, int64, int64) error { return nil }

func (b *buffered) space() ([]byte, error) {
	if b.buffer == nil {
		b.buffer = make([]byte, cmp.Or(b.size, bufferSize))
	}
	return b.buffer, nil
}

// fileSink collects a download in a temporary file.
type fileSink struct {
	buffered
	file *tempFile
}

func (s *fileSink) took(p []byte) error {
	_, err := s.file.Write(p)
	return err
}

func (s *fileSink) final() bool { return false }

func (s *fileSink) restart() error { return s.file.restart() }

// rangeSink writes the bytes of a range to their place.
type rangeSink struct {
	*buffered
	at     io.WriterAt
	origin int64     // offset in the object of the first byte of the destination; -1: as first
	first  int64     // offset in the object of the first byte of the range
	length int64     // bytes written
	most   int64     // the largest length so far, restarts included
	hash   hash.Hash // of the range; nil: not wanted
}

// begun learns where in the object the range lies: the server knows where its parts are.
func (s *rangeSink) begun(_ *ObjectInfo, first, _ int64) error {
	s.first = first
	if s.origin < 0 {
		s.origin = first
	}
	return nil
}

func (s *rangeSink) took(p []byte) (err error) {
	defer guard(&err)
	if s.hash != nil {
		s.hash.Write(p)
	}
	n, err := s.at.WriteAt(p, s.first-s.origin+s.length)
	s.length += int64(len(p))
	s.most = max(s.most, s.length)
	return written(n, len(p), err)
}

func (s *rangeSink) final() bool { return false }

func (s *rangeSink) restart() error {
	s.length = 0
	if s.hash != nil {
		s.hash.Reset()
	}
	return nil
}

// writerSink passes a download on to code of the caller, which cannot give bytes back.
type writerSink struct {
	buffered
	w io.Writer
}

func (s *writerSink) took(p []byte) (err error) {
	defer guard(&err)
	n, err := s.w.Write(p)
	return written(n, len(p), err)
}

func (s *writerSink) final() bool { return true }

func (s *writerSink) restart() error { return errGiven }

// written returns the error of a write of size bytes that wrote n.
func written(n, size int, err error) error {
	switch {
	case err != nil:
		return err
	case n < 0 || n > size:
		return errors.New("the writer returned a count outside of its buffer")
	case n < size:
		return io.ErrShortWrite
	}
	return nil
}
