package s3client

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"sync/atomic"
)

// Reader is an object that is read while it arrives; [Client.Get] makes it. Close may be called
// while a Read waits; the other methods are for one goroutine at a time.
type Reader struct {
	info     ObjectInfo
	length   int64
	name     string
	complete func() bool // all bytes have arrived
	cancel   context.CancelFunc
	closing  atomic.Bool

	mu   sync.Mutex // held by a Read while it waits
	pull *puller    // the download
	p    []byte     // the caller's, which the next bytes go to; nil: no Read waits
	told bool       // Read returned the download's failure
	shut bool       // Close has returned

	result error // of the download when it has ended; see outcome
}

// outcome returns how the download has ended, io.EOF if all is well, and nil while it goes on. The
// download may end at any moment, because its context does.
func (r *Reader) outcome() error {
	select {
	case <-r.pull.ended:
		return r.result
	default:
		return nil
	}
}

// Get opens the object key for reading and returns when the server has begun to send it. options
// may be nil.
//
// A read that is cut goes on where it was cut, inside Read and with the attempts of the policy, as
// long as the object is still the same one: if not, the error is [ErrObjectChanged]. The bytes that
// Read has given out are final. Their checksum is verified at the end: a mismatch is [ErrIntegrity]
// in place of io.EOF. (A range, and an object that was stored in parts without a checksum of the
// whole, is verified by its length and the ETag only.) The caller may read as slowly as it likes:
// its time counts neither as a stall nor for MaxElapsed.
//
// The context covers the reading too. The caller must close the Reader: until then, or until the
// context ends, it holds a connection. An object that is not there is an error of Get, see
// [IsNotFound]; so is a condition that does not hold, see [ErrNotModified] and
// [ErrPreconditionFailed].
func (c *Client) Get(ctx context.Context, key string, options *GetOptions) (*Reader, error) {
	if options == nil {
		options = &GetOptions{}
	}
	d, err := c.download(key, &DownloadOptions{GetOptions: *options})
	if err != nil {
		return nil, fmt.Errorf("get: %w", err)
	}
	c.log(ctx, slog.LevelInfo, "downloading from S3", "bucket", c.config.Bucket, "key", d.key)
	ctx, cancel := context.WithCancel(ctx)
	r := &Reader{
		length: -1, name: d.name(), cancel: cancel,
		complete: func() bool { return d.size >= 0 && d.have == d.size },
	}
	r.pull = startPuller(ctx, func(yield func(int) error) {
		d.sink = &readerSink{reader: r, download: d, yield: yield}
		if r.result = d.run(ctx); r.result == nil {
			d.finish(ctx)
			r.result = io.EOF
		}
	})
	r.pull.wait()
	if err := r.outcome(); err != nil && !errors.Is(err, io.EOF) {
		cancel()
		return nil, fmt.Errorf("get %s: %w", r.name, err)
	}
	return r, nil
}

// Info is what the server told about the object when the reading began.
func (r *Reader) Info() ObjectInfo { return r.info }

// Length returns how many bytes the Reader gives, all of the requested range; -1: the server does
// not tell it.
func (r *Reader) Length() int64 { return r.length }

// Read reads the next bytes of the object.
func (r *Reader) Read(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.shut {
		return 0, fmt.Errorf("get %s: %w", r.name, errClosed)
	}
	if r.outcome() == nil && len(p) > 0 {
		r.p = p
		n := r.pull.next()
		r.p = nil
		if n > 0 {
			if r.complete() {
				// Let the download verify the checksum: Close can then report a mismatch to a
				// caller that reads no further.
				r.pull.next()
			}
			return n, nil
		}
	}
	switch err := r.outcome(); {
	case err == nil:
		return 0, nil // there was no space in p
	case errors.Is(err, io.EOF):
		r.told = true
		return 0, io.EOF
	default:
		r.told = true
		return 0, fmt.Errorf("get %s: %w", r.name, err)
	}
}

var errClosed = errors.New("read of a closed Reader")

// Close ends the download, and a Read that waits for it. It returns an error only if the caller has
// read all bytes, their checksum is wrong, and no Read has returned that error.
func (r *Reader) Close() error {
	failure := r.outcome()
	r.closing.Store(true)
	r.cancel()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.pull.end()
	r.shut = true
	if errors.Is(failure, ErrIntegrity) && !r.told {
		r.told = true
		return fmt.Errorf("get %s: %w", r.name, failure)
	}
	return nil
}

// readerSink gives the bytes of a download to the caller of Read.
type readerSink struct {
	reader   *Reader
	download *download
	yield    func(int) error
	begin    bool
}

// begun lets Get return. From now on the download accepts only this object.
func (s *readerSink) begun(info *ObjectInfo, _, length int64) error {
	if s.begin {
		return nil
	}
	s.begin = true
	s.reader.info, s.reader.length = *info, length
	s.download.pinned = info.ETag
	return s.wait(0)
}

func (s *readerSink) space() ([]byte, error) { return s.reader.p, nil }

// took lets Read return.
func (s *readerSink) took(p []byte) error {
	s.reader.p = s.reader.p[len(p):]
	return s.wait(len(p))
}

// wait gives n bytes to the Read that waits, and waits for the next.
func (s *readerSink) wait(n int) error {
	err := s.yield(n)
	if err != nil && s.reader.closing.Load() {
		return errClosed
	}
	return err
}

func (s *readerSink) final() bool { return true }

func (s *readerSink) restart() error { return errGiven }
