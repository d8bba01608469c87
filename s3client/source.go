package s3client

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/s3chaos/s3chaos/retry"
)

// parts is the content of an upload, piece by piece. next is called by one
// goroutine, until it fails or done holds; recycle by any, when a part has
// been sent.
type parts interface {
	next() (payload, error)
	done() bool
	recycle(payload)
}

// randomAccess reports whether r can be read again, and where its content is.
func randomAccess(r io.Reader) (at io.ReaderAt, offset, size int64, ok bool) {
	source, ok := r.(interface {
		io.ReaderAt
		io.Seeker
	})
	if !ok {
		return nil, 0, 0, false
	}
	offset, err := source.Seek(0, io.SeekCurrent)
	if err != nil {
		return nil, 0, 0, false
	}
	end, err := source.Seek(0, io.SeekEnd)
	if err != nil {
		return nil, 0, 0, false
	}
	if _, err := source.Seek(offset, io.SeekStart); err != nil {
		return nil, 0, 0, false
	}
	return source, offset, max(0, end-offset), true
}

// sections cuts a source that can be read again into parts.
type sections struct {
	at                 io.ReaderAt
	offset, left, part int64
}

func (s *sections) next() (payload, error) {
	n := min(s.part, s.left)
	p := payload{at: s.at, offset: s.offset, size: n}
	s.offset, s.left = s.offset+n, s.left-n
	return p, nil
}

func (s *sections) done() bool      { return s.left == 0 }
func (s *sections) recycle(payload) {}

// partSize is large enough for size bytes to fit into MaxParts parts.
func partSize(size, least int64) int64 {
	return max(least, (size+MaxParts-1)/MaxParts)
}

// chunks reads a stream into buffers, one part each.
type chunks struct {
	r     io.Reader
	part  int64
	ahead []byte // the byte read to learn whether the stream goes on
	ended bool
	held  *payload // read already, not yet handed out
	free  chan *bytes.Buffer
}

func newChunks(r io.Reader, part int64, concurrency int) *chunks {
	return &chunks{r: r, part: part, free: make(chan *bytes.Buffer, concurrency)}
}

func (c *chunks) next() (payload, error) {
	if c.held != nil {
		p := *c.held
		c.held = nil
		return p, nil
	}
	var buffer *bytes.Buffer
	select {
	case buffer = <-c.free:
		buffer.Reset()
	default:
		// Grows with the stream, so that a small one costs little.
		buffer = new(bytes.Buffer)
	}
	buffer.Write(c.ahead)
	c.ahead = nil
	_, err := buffer.ReadFrom(io.LimitReader(c.r, c.part-int64(buffer.Len())))
	if err == nil {
		err = c.peek()
	}
	if err != nil {
		return payload{}, retry.Permanent(fmt.Errorf("read source: %w", err))
	}
	return payload{at: bytes.NewReader(buffer.Bytes()), size: int64(buffer.Len()), buffer: buffer}, nil
}

// peek reads one byte ahead: a part is the last one when nothing follows.
func (c *chunks) peek() error {
	var next [1]byte
	switch _, err := io.ReadFull(c.r, next[:]); {
	case errors.Is(err, io.EOF):
		c.ended = true
		return nil
	case err != nil:
		return err
	}
	c.ahead = next[:]
	return nil
}

func (c *chunks) done() bool { return c.ended && c.held == nil }

// recycle takes back the buffer of a part that has been sent. The SDK has cut
// net/http off from it by then.
func (c *chunks) recycle(p payload) {
	select {
	case c.free <- p.buffer:
	default:
	}
}
