package s3client

import (
	"bytes"
	"fmt"
	"io"
	"math"

	"github.com/s3chaos/s3chaos/retry"
)

// parts is the content of an upload, piece by piece. One goroutine calls next until it fails or
// done holds. Any goroutine calls recycle when a part has been sent.
type parts interface {
	next() (payload, error)
	done() bool
	weight() int64 // memory of the next part, in bytes
	memory() int64 // how much of it the parts under way may hold
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
	offset, size, err := extent(source)
	if err != nil {
		return nil, 0, 0, false
	}
	return guardedReaderAt{source}, offset, size, true
}

// extent returns the present position of s and how many bytes follow. It leaves s where it is.
func extent(s io.Seeker) (offset, size int64, err error) {
	defer guard(&err)
	if offset, err = s.Seek(0, io.SeekCurrent); err != nil {
		return 0, 0, err
	}
	end, err := s.Seek(0, io.SeekEnd)
	if err != nil {
		return 0, 0, err
	}
	_, err = s.Seek(offset, io.SeekStart)
	return offset, max(0, end-offset), err
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
func (s *sections) weight() int64   { return s.part }
func (s *sections) memory() int64   { return math.MaxInt64 } // sections hold no content
func (s *sections) recycle(payload) {}

// partSize is large enough for size bytes to fit into this many parts.
func partSize(size, least int64, most int) int64 {
	return max(least, (size+int64(most)-1)/int64(most))
}

// chunks reads a stream into buffers, one part each.
//
// The size of a stream is unknown, and the number of parts is limited. After a tenth of the parts
// the size of a part grows with what was sent, within the bound of memory.
type chunks struct {
	r     io.Reader
	part  int64
	bound int64  // of memory
	tenth int64  // parts of one size before it doubles; 0: it does not grow
	sent  int64  // bytes handed out
	ahead []byte // the byte read to learn whether the stream goes on
	ended bool
	large bool     // a part was full: the next will be, most likely
	held  *payload // read already, not yet handed out
	free  chan []byte
}

func newChunks(r io.Reader, part int64, concurrency int) *chunks {
	return &chunks{r: guardedReader{r}, part: part, bound: math.MaxInt64, free: make(chan []byte, concurrency)}
}

func (c *chunks) weight() int64 { return c.part }
func (c *chunks) memory() int64 { return c.bound }

// grow doubles the size of the next parts when a tenth of the most parts, each of the present size,
// would hold what was sent. From 8 MiB it reaches 1 GiB after 4,000 parts and 500 GiB.
func (c *chunks) grow() {
	for c.tenth > 0 && c.part < c.bound && c.sent/c.tenth >= c.part {
		c.part = min(2*c.part, c.bound)
	}
}

func (c *chunks) next() (payload, error) {
	if c.held != nil {
		p := *c.held
		c.held = nil
		return p, nil
	}
	buffer, err := c.fill(append(c.empty(), c.ahead...))
	c.ahead = nil
	if err == nil && !c.ended {
		c.large = true
		err = c.peek()
	}
	if err != nil {
		return payload{}, retry.Permanent(fmt.Errorf("read source: %w", err))
	}
	c.sent += int64(len(buffer))
	c.grow()
	return payload{at: bytes.NewReader(buffer), size: int64(len(buffer)), buffer: buffer}, nil
}

// empty returns a buffer to read into: one that was used before, or else a short one until a part
// was full.
func (c *chunks) empty() []byte {
	for len(c.free) > 0 {
		if buffer := <-c.free; int64(cap(buffer)) >= c.part {
			return buffer[:0]
		}
		// A buffer of smaller parts is of no more use.
	}
	if c.large {
		return make([]byte, 0, c.part)
	}
	return make([]byte, 0, min(c.part, 64<<10))
}

// idleReads is how often a reader may give nothing before it counts as broken.
const idleReads = 100

// fill reads into buffer until it holds a part or the stream ends. It grows to a part at most.
func (c *chunks) fill(buffer []byte) ([]byte, error) {
	idle := 0
	for int64(len(buffer)) < c.part {
		if len(buffer) == cap(buffer) {
			longer := make([]byte, len(buffer), min(2*int64(cap(buffer)), c.part))
			copy(longer, buffer)
			buffer = longer
		}
		n, err := c.r.Read(buffer[len(buffer):cap(buffer)])
		buffer = buffer[:len(buffer)+n]
		if err == io.EOF { // nothing else ends a stream, and no error that wraps it
			c.ended = true
			return buffer, nil
		}
		if err != nil {
			return buffer, err
		}
		if idle = idle + 1; n > 0 {
			idle = 0
		} else if idle == idleReads {
			return buffer, io.ErrNoProgress
		}
	}
	return buffer, nil
}

// peek reads one byte ahead: a part is the last one when nothing follows.
func (c *chunks) peek() error {
	next := chunks{r: c.r, part: 1}
	ahead, err := next.fill(make([]byte, 0, 1))
	c.ahead, c.ended = ahead, next.ended && len(ahead) == 0
	return err
}

func (c *chunks) done() bool { return c.ended && c.held == nil }

// recycle takes back the buffer of a part that has been sent. The SDK has cut net/http off from it
// by then.
func (c *chunks) recycle(p payload) {
	select {
	case c.free <- p.buffer:
	default:
	}
}
