package s3client

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/s3chaos/s3chaos/retry"
)

// This file checks each response of a download against what the client asked for and what it has
// already received, and reads the body.

// begin takes length, ETag and checksum of the object from the first response.
func (d *download) begin(out *s3.GetObjectOutput) error {
	if etag := aws.ToString(out.ETag); d.pinned != "" && etag != d.pinned {
		return retry.Permanent(d.changed(etag)) // a server that ignores If-Match
	}
	d.first, d.size, d.total, d.etag, d.sum = 0, -1, -1, strong(out.ETag), nil
	if out.ContentLength != nil {
		d.size = *out.ContentLength
	}
	if out.ContentRange != nil {
		held, err := parseContentRange(*out.ContentRange)
		if err != nil {
			return err
		}
		if err := d.accept(held); err != nil {
			return err
		}
	} else if d.want != wholeObject && !d.want.coversAll(d.size) {
		return integrity("the server ignored the range %s", d.want)
	} else if d.options.PartNumber > 1 || d.part() && partsOf(out.ETag) > 1 {
		return integrity("the server ignored the part number %d", d.options.PartNumber)
	} else {
		if known := d.measured; known != nil && d.size < 0 {
			if known.etag != d.etag {
				return retry.Permanent(&ChangedError{
					Bucket: d.client.config.Bucket, Key: d.key, Before: known.etag, After: d.etag,
				})
			}
			d.size = known.size
		}
		d.total = d.size
	}
	switch whole := d.first == 0 && d.size >= 0 && d.size == d.total; {
	case d.part() && out.ChecksumType == types.ChecksumTypeComposite:
		d.sum = checksumOfPart(out)
	case whole || d.want == wholeObject && !d.part():
		d.sum = checksumOf(out, !d.client.config.IgnoreETag)
	}
	if d.size >= 0 {
		d.tally.expect(d.size)
	}
	return d.tell(out)
}

// tell announces the object to the sink.
func (d *download) tell(out *s3.GetObjectOutput) error {
	err := d.offClock(func() error { return d.sink.begun(d.infoOf(out), d.first, d.size) })
	if err != nil {
		return retry.Permanent(err)
	}
	return nil
}

// offClock runs code that may wait for the caller. Neither the watchdog nor MaxElapsed counts its
// time.
func (d *download) offClock(run func() error) error {
	d.watch.pause()
	start := time.Now()
	err := run()
	d.paused += time.Since(start)
	d.watch.resume()
	return err
}

// beginEmpty takes a 416 to a suffix range: S3 has no such range in an empty object, other stores
// send 200 or 206 instead.
func (d *download) beginEmpty() error {
	d.first, d.size, d.total = 0, 0, 0
	d.tally.expect(0)
	return d.tell(&s3.GetObjectOutput{})
}

// accept checks that held is what was asked for.
func (d *download) accept(held contentRange) error {
	length := held.last - held.first + 1
	if d.size >= 0 && d.size != length {
		return integrity("Content-Length %d with a range of %d bytes", d.size, length)
	}
	var ok bool
	toEnd := held.last == held.total-1
	switch {
	case d.part():
		ok = true // the server knows where its part is
	case d.want.suffix():
		ok = length == min(d.want.last, held.total) && toEnd
	case d.want.last < 0:
		ok = held.first == d.want.first && toEnd
	default:
		ok = held.first == d.want.first && (held.last == d.want.last || held.last < d.want.last && toEnd)
	}
	if !ok {
		return integrity("asked for %s, the server sent bytes %d-%d of %d", d.want, held.first, held.last, held.total)
	}
	d.first, d.size, d.total = held.first, length, held.total
	return nil
}

// resume checks that the response continues where the last one was cut, and in the same object.
func (d *download) resume(out *s3.GetObjectOutput) error {
	if etag := aws.ToString(out.ETag); etag != d.etag {
		return retry.Permanent(d.changed(etag)) // a server that ignores If-Match
	}
	if out.ContentRange == nil {
		// The server ignores Range and sends the whole object.
		err := d.restart()
		if errors.Is(err, errGiven) {
			return d.again(out)
		}
		if err != nil {
			return err
		}
		return d.begin(out)
	}
	held, err := parseContentRange(*out.ContentRange)
	if err != nil {
		return err
	}
	if held.first != d.first+d.have {
		return integrity("asked for bytes from %d, the server sent them from %d", d.first+d.have, held.first)
	}
	if d.total >= 0 && held.total != d.total {
		return integrity("the object has %d bytes, its rest says %d", d.total, held.total)
	}
	size := held.last - d.first + 1
	if d.size >= 0 && d.size != size || d.size < 0 && held.last != held.total-1 {
		return integrity("%d bytes were announced, now %d", d.size, size)
	}
	d.size = size
	d.tally.expect(size)
	return nil
}

// again checks a response that repeats the whole object, although the caller already has its first
// bytes.
func (d *download) again(out *s3.GetObjectOutput) error {
	size := int64(-1)
	if out.ContentLength != nil {
		size = *out.ContentLength
	}
	if size != d.total || d.first != 0 || d.part() || d.want != wholeObject && !d.want.coversAll(size) {
		return integrity("the server ignored the range %s", span{d.first + d.have, -1})
	}
	d.skip = d.have
	return nil
}

// read gives the body to the sink. After an error the sink keeps the bytes that have arrived.
func (d *download) read(body io.Reader) error {
	for {
		space, err := d.sink.space()
		if err != nil {
			return retry.Permanent(err)
		}
		n, ended, err := d.chunk(body, space)
		if n > 0 {
			if err := d.take(space[:n]); err != nil {
				return retry.Permanent(err)
			}
		}
		if ended || err != nil {
			return err
		}
	}
}

// chunk reads the next bytes of the body into space. It returns how many have not arrived before,
// and whether they were the last ones.
func (d *download) chunk(body io.Reader, space []byte) (n int, ended bool, err error) {
	if d.size >= 0 && d.have == d.size {
		return 0, true, nil // all is here, however the connection ends
	}
	n, err = body.Read(space)
	fresh := d.fresh(space[:n])
	n = len(fresh)
	if d.size >= 0 && d.have+int64(n) > d.size {
		return 0, false, integrity("more than the %d bytes announced", d.size)
	}
	d.sum.write(fresh)
	d.have += int64(n)
	switch {
	case d.size >= 0 && d.have == d.size:
		return n, true, nil
	case errors.Is(err, io.EOF) && d.size >= 0:
		return n, false, d.endedEarly()
	case errors.Is(err, io.EOF):
		return n, true, nil
	}
	return n, false, err
}

// endedEarly is the error of a body that ended before its last byte.
func (d *download) endedEarly() error {
	return fmt.Errorf("body ended after %d of %d bytes: %w", d.have, d.size, io.ErrUnexpectedEOF)
}

// fresh returns the bytes of p that have not arrived before, at the beginning of the same buffer.
func (d *download) fresh(p []byte) []byte {
	if d.skip == 0 {
		return p
	}
	old := min(int64(len(p)), d.skip)
	d.skip -= old
	return p[:copy(p, p[old:])]
}

// take gives the bytes to the sink.
func (d *download) take(p []byte) error {
	return d.offClock(func() error {
		if err := d.sink.took(p); err != nil {
			return err
		}
		return d.piece.reached(d.have)
	})
}

// strong returns the ETag unless it is weak. Objects with the same strong ETag have the same bytes.
func strong(etag *string) string {
	if text := aws.ToString(etag); !strings.HasPrefix(text, "W/") {
		return text
	}
	return ""
}
