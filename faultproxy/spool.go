package faultproxy

import (
	"bytes"
	"io"
	"os"
)

// spoolFrom is the size in bytes above which a spool stores its message in a file.
const spoolFrom = 8 << 20

// spool stores a message of any size that is to be read more than once.
type spool struct {
	small bytes.Buffer
	file  *os.File // nil: the whole message is in small
}

// Write appends to the message. Its errors come from the file.
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

// free releases the memory and the file of the message.
func (s *spool) free() {
	if s.file != nil {
		_ = s.file.Close() // the file was to be deleted anyway, so errors do not matter
		_ = os.Remove(s.file.Name())
	}
}
