package s3client

import (
	"context"
	"hash"
	"io"
	"net"
	"net/http"
	"os"
	"slices"
	"time"
)

// OwnTransport is what a client without an HTTPClient sends with.
func OwnTransport() *http.Transport { return httpClient(nil).Transport.(*http.Transport) }

// CommitAs finishes a download that was collected in file.
func CommitAs(file *os.File, destination string, lazy bool) error {
	t := &tempFile{File: file, destination: destination, lazy: lazy}
	return t.commit()
}

// BufferSizes reads r in parts, as an upload does, and returns how much memory each part holds.
// Where recycle is set, a part is done before the next begins.
func BufferSizes(r io.Reader, part int64, recycle bool) ([]int, error) {
	source := newChunks(r, part, 1)
	var sizes []int
	for !source.done() {
		p, err := source.next()
		if err != nil {
			return nil, err
		}
		sizes = append(sizes, cap(p.buffer))
		if recycle {
			source.recycle(p)
		}
	}
	return sizes, nil
}

// MostParts is how many parts an upload of the client may have.
func MostParts(c *Client) int { return c.config.MaxParts }

// WithCopySizes returns a client that copies objects of more than most bytes in parts.
func WithCopySizes(c *Client, most, part int64) *Client {
	other := *c
	other.maxCopy, other.copyPart = most, part
	return &other
}

// WatchQueue returns a context that ends when queue does not become shorter for timeout.
func WatchQueue(timeout time.Duration, queue func() (int64, bool)) (ctx context.Context, stop func()) {
	ctx, cancel := context.WithCancelCause(context.Background())
	w := watch(timeout, 0, cancel)
	w.follow(queue)
	return ctx, func() {
		w.stop()
		cancel(nil)
	}
}

// SocketQueue returns the send queue of the socket below conn; nil: it cannot be read.
func SocketQueue(conn net.Conn) func() (int64, bool) { return socketQueue(conn) }

// AWSHost reports whether host is one of S3 at AWS.
func AWSHost(host string) bool { return awsHost.MatchString(host) }

// AsHTTPS returns a client that takes its endpoint for one with https.
func AsHTTPS(c *Client) *Client {
	other := *c
	other.plain = false
	return &other
}

// LongestStream returns how many bytes a stream may have whose parts begin with the size part.
func LongestStream(part, memory int64, most int) int64 {
	c := &chunks{part: part, bound: memory, tenth: int64(most / 10)}
	for range most {
		c.sent += c.part
		c.grow()
	}
	return c.sent
}

// CombineCRC returns the CRC of two pieces by those of each; length is that of the second.
func CombineCRC(name string, first, second []byte, length int64) []byte {
	c := digests[slices.IndexFunc(digests, func(d digest) bool { return d.name == name })].crc
	number := func(sum []byte) (n uint64) {
		for _, b := range sum {
			n = n<<8 | uint64(b)
		}
		return n
	}
	return c.bytes(c.combine(number(first), number(second), length))
}

// NewNVME returns the hash for CRC-64/NVME.
func NewNVME() hash.Hash { return newNVME() }

// WithObserver returns a client that calls observe after each attempt.
func WithObserver(c *Client, observe func()) *Client {
	other := *c
	other.config.Observer = ObserverFunc(func(context.Context, Attempt) { observe() })
	if err := other.setPolicy(*c.config.Retry); err != nil {
		panic(err)
	}
	return &other
}

// EndsAfter returns how long an attempt runs until its watchdog ends it. move reports the bytes
// that move.
func EndsAfter(timeout time.Duration, rate int64, move func(bytes func(n int))) time.Duration {
	ended, start := make(chan struct{}), time.Now()
	w := watch(timeout, rate, func(error) { close(ended) })
	defer w.stop()
	move(w.bytes)
	<-ended
	return time.Since(start)
}
