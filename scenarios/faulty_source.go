package scenarios

import (
	"bytes"
	"errors"
	"io"

	"github.com/s3chaos/s3chaos/scenarios/script"
)

// A faultySource is the reader of a stream with what goes wrong after its first bytes.
type faultySource struct {
	content *bytes.Reader
	wrong   *script.StreamSource
	left    int64 // bytes until then
}

func (s *faultySource) Read(p []byte) (int, error) {
	if s.left > 0 && len(p) > 0 {
		n, err := s.content.Read(p[:min(int64(len(p)), s.left)])
		s.left -= int64(n)
		return n, err
	}
	return resultOf(s.wrong, len(p))
}

// resultOf returns what a Read into a buffer of that size returns where something is wrong.
func resultOf(wrong *script.StreamSource, buffer int) (int, error) {
	switch {
	case wrong.Panics != nil:
		panic(*wrong.Panics)
	case wrong.Fails != nil:
		return 0, errors.New(*wrong.Fails)
	case wrong.Counts == script.CountNegative:
		return -1, nil
	case wrong.Counts == script.CountBeyond:
		return buffer + 1, nil
	}
	return 0, nil
}

// faulty returns the reader of a stream with what goes wrong with it; nil: nothing.
func faulty(content *bytes.Reader, wrong *script.StreamSource, seekable bool) io.Reader {
	switch {
	case wrong != nil && seekable:
		return &faultySeeker{content, wrong}
	case wrong != nil:
		return &faultySource{content, wrong, int64(wrong.After)}
	case seekable:
		return content
	}
	return io.MultiReader(content) // hides Seek
}

// A faultySeeker is a faultySource that can seek.
type faultySeeker struct {
	source *bytes.Reader
	wrong  *script.StreamSource
}

func (s *faultySeeker) Seek(offset int64, whence int) (int64, error) {
	return s.source.Seek(offset, whence)
}

func (s *faultySeeker) Read(p []byte) (int, error) {
	at, err := s.source.Seek(0, io.SeekCurrent)
	if err != nil {
		return 0, err
	}
	n, err := s.ReadAt(p, at)
	if n > 0 && n <= len(p) {
		_, moved := s.source.Seek(int64(n), io.SeekCurrent)
		err = errors.Join(err, moved)
	}
	return n, err
}

func (s *faultySeeker) ReadAt(p []byte, offset int64) (int, error) {
	if left := int64(s.wrong.After) - offset; int64(len(p)) <= left {
		return s.source.ReadAt(p, offset)
	}
	return resultOf(s.wrong, len(p))
}
