package faultproxy

import (
	"bytes"
	"io"
	"os"
)

// spoolFrom is the size from which on what is held is held in a file, in bytes.
const spoolFrom = 8 << 20

// spool holds a message of any size, to be read more than once.
type spool struct {
	small bytes.Buffer
	file  *os.File // nil: all is in small
}

// Write appends to the message. Its errors are the file's.
func (s *spool) Write(p []byte) (int, error) {
	if s.file != nil {
		return s.file.Write(p)
	}
	if s.small.Len()+len(p) <= spoolFrom {
		return s.small.Write(p)
	}
	f, err := os.CreateTemp("", "s3chaos-*")
	if err != nil {
		return 0, err
	}
	s.file = f
	if _, err := f.Write(s.small.Bytes()); err != nil {
		return 0, err
	}
	s.small = bytes.Buffer{}
	return f.Write(p)
}

// sendTo writes the whole message.
func (s *spool) sendTo(w io.Writer) error {
	if s.file == nil {
		_, err := w.Write(s.small.Bytes())
		return err
	}
	if _, err := s.file.Seek(0, io.SeekStart); err != nil {
		return err
	}
	_, err := io.Copy(w, s.file)
	return err
}

// free gives back what the message took.
func (s *spool) free() {
	if s.file != nil {
		_ = s.file.Close() // it was to be deleted anyway
		_ = os.Remove(s.file.Name())
	}
}
