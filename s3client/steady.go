package s3client

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/s3chaos/s3chaos/retry"
)

// This file notices a source file that another program rewrites while it is uploaded.

// ErrSourceChanged marks an upload whose source changed meanwhile: what was sent may be a mixture
// of the old and the new content. An upload in parts stores nothing then. An object that fits into
// one request may have been stored; its content is what the client read.
var ErrSourceChanged = errors.New("the source changed while it was uploaded")

// steady checks that a file stays as it was.
type steady struct {
	file *os.File
	was  fs.FileInfo
}

// check compares size and modification time.
func (s *steady) check() error {
	if s == nil {
		return nil
	}
	info, err := s.file.Stat()
	if err != nil {
		return fmt.Errorf("read source: %w", err)
	}
	if info.Size() != s.was.Size() || !info.ModTime().Equal(s.was.ModTime()) {
		return fmt.Errorf("%w: %d bytes of %s, now %d bytes of %s", ErrSourceChanged,
			s.was.Size(), s.was.ModTime(), info.Size(), info.ModTime())
	}
	return nil
}

// explain returns the error of an attempt or of an upload. If the source has changed, the error is
// permanent and matches [ErrSourceChanged] too: the checksum of the old content fits no later
// attempt.
func (s *steady) explain(err error) error {
	if err == nil || errors.Is(err, ErrSourceChanged) {
		return err
	}
	if changed := s.check(); changed != nil {
		return retry.Permanent(fmt.Errorf("%w: %w", changed, err))
	}
	return err
}
