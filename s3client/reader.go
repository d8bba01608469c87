package s3client

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
)

// Reader is an object that is read while it arrives; [Client.Get] makes it. Close may be called
// while a Read waits; the other methods are for one goroutine at a time.
type Reader struct {
	info   ObjectInfo
	length int64
	cancel context.CancelFunc
	forget func() bool // ends the watch for the end of the context

	// turn is full while a method uses what follows, also while a Read waits. A mutex would keep
	// the time of a testing/synctest bubble from passing while Close or the end of the context
	// waits.
	turn     chan struct{}
	pull     pull
	panicked any  // what an observer panicked with when the context ended
	told     bool // Read returned the download's failure
	shut     bool // Close has returned
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
	r := &Reader{length: -1, turn: make(chan struct{}, 1)}
	ctx, r.cancel = context.WithCancel(ctx)
	sink := &readerSink{reader: r}
	d.sink = sink
	r.pull = pull{download: d, ctx: ctx}
	defer func() {
		if r.forget == nil { // there is no Reader to close
			r.cancel()
		}
	}()
	for !sink.begin && r.pull.result == nil {
		r.pull.advance(nil)
	}
	r.pull.pause()
	if err := r.pull.result; err != nil && err != io.EOF { //nolint:errorlint // an attempt's error may wrap io.EOF
		return nil, fmt.Errorf("get %s: %w", d.name(), err)
	}
	r.forget = context.AfterFunc(ctx, r.expire)
	return r, nil
}

// expire ends the download when its context has ended and the caller does not read: it holds a
// connection.
func (r *Reader) expire() {
	r.turn <- struct{}{}
	defer func() { <-r.turn }()
	defer func() { r.panicked = recover() }()
	r.pull.close(context.Cause(r.pull.ctx))
}

// raise repeats a panic of expire in the goroutine of the caller, once.
func (r *Reader) raise() {
	if value := r.panicked; value != nil {
		r.panicked = nil
		panic(value)
	}
}

// Info is what the server told about the object when the reading began.
func (r *Reader) Info() ObjectInfo { return r.info }

// Length returns how many bytes the Reader gives, all of the requested range; -1: the server does
// not tell it.
func (r *Reader) Length() int64 { return r.length }

// Read reads the next bytes of the object.
func (r *Reader) Read(p []byte) (int, error) {
	r.turn <- struct{}{}
	defer func() { <-r.turn }()
	r.raise()
	if r.shut {
		return 0, fmt.Errorf("get %s: %w", r.pull.name(), errClosed)
	}
	if len(p) > 0 {
		r.pull.resume()
		n := r.pull.next(p)
		r.pull.pause()
		if n > 0 {
			return n, nil
		}
	}
	switch err := r.pull.result; {
	case err == nil:
		return 0, nil // there was no space in p
	case err == io.EOF: //nolint:errorlint // as in Get
		r.told = true
		return 0, io.EOF
	default:
		r.told = true
		return 0, fmt.Errorf("get %s: %w", r.pull.name(), err)
	}
}

var errClosed = errors.New("read of a closed Reader")

// Close ends the download, and a Read that waits for it. It returns an error only if the caller has
// read all bytes, their checksum is wrong, and no Read has returned that error.
func (r *Reader) Close() error {
	r.forget()
	ended := context.Cause(r.pull.ctx) // before Close ends it
	r.cancel()
	r.turn <- struct{}{}
	defer func() { <-r.turn }()
	r.raise()
	r.pull.close(cmp.Or(ended, errClosed))
	r.shut = true
	if err := r.pull.result; errors.Is(err, ErrIntegrity) && !r.told {
		r.told = true
		return fmt.Errorf("get %s: %w", r.pull.name(), err)
	}
	return nil
}

// readerSink learns of the object that a Reader reads. The bytes go into the caller's buffer
// without it.
type readerSink struct {
	writerSink
	reader *Reader
	begin  bool
}

// begun lets Get return. From now on the download accepts only this object.
func (s *readerSink) begun(info *ObjectInfo, _, length int64) error {
	if !s.begin {
		s.begin = true
		s.reader.info, s.reader.length = *info, length
		s.reader.pull.pinned = info.ETag
	}
	return nil
}
