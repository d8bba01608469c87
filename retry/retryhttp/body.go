package retryhttp

import (
	"errors"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
)

// body is the body of a request that several attempts send. A body that the request cannot make
// again, with GetBody, is rewound if it can seek, and otherwise serves until it is first read.
type body struct {
	original io.ReadCloser // nil if the request has no body
	again    func() (io.ReadCloser, error)
	seeker   io.Seeker
	start    int64 // where the seeker stood

	read atomic.Bool // the original was read
	mu   sync.Mutex  // held to read or rewind the original
	lent *loan       // the newest
}

var errRewound = errors.New("request body was taken back for another attempt")

// init looks at the body of req.
func (b *body) init(req *http.Request) {
	if req.Body == nil || req.Body == http.NoBody {
		return
	}
	b.original, b.again = req.Body, req.GetBody
	if b.again != nil {
		return
	}
	if seeker, ok := req.Body.(io.Seeker); ok {
		if start, err := seeker.Seek(0, io.SeekCurrent); err == nil {
			b.seeker, b.start = seeker, start
		}
	}
}

// repeats reports whether two attempts may have the body at once.
func (b *body) repeats() bool { return b.original == nil || b.again != nil }

// fresh reports whether another attempt can send the whole body.
func (b *body) fresh() bool {
	return b.repeats() || b.seeker != nil || !b.read.Load()
}

// next returns the body from its start, for the next attempt. The previous attempt may still read
// after its error is known: from now on its reads fail.
func (b *body) next() (io.ReadCloser, error) {
	if b.again != nil {
		return b.again()
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.read.Load() {
		if b.seeker == nil {
			return nil, errRewound
		}
		if _, err := b.seeker.Seek(b.start, io.SeekStart); err != nil {
			return nil, err
		}
	}
	b.read.Store(false)
	b.lent = &loan{b}
	return b.lent, nil
}

// loan is the original body in the hands of one attempt. Close leaves the original open.
type loan struct{ of *body }

func (l *loan) Read(p []byte) (int, error) {
	l.of.mu.Lock()
	defer l.of.mu.Unlock()
	if l.of.lent != l {
		return 0, errRewound
	}
	l.of.read.Store(true)
	return l.of.original.Read(p)
}

func (l *loan) Close() error { return nil }

// close closes the original.
func (b *body) close() {
	if b.original != nil {
		_ = b.original.Close() // the attempts have sent all that they need
	}
}
