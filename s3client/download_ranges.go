package s3client

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/s3chaos/s3chaos/retry"
)

// rangeBuffer is how much of a range is read at once, in bytes. A download holds as many such
// buffers as it fetches ranges at once, whatever the size of the object.
const rangeBuffer = 256 << 10

// DownloadAt writes the object key to w, from its offset 0, in ranges that are fetched at the same
// time, options.Concurrency of them ([DefaultConcurrency] if that is zero). All ranges are of one
// object: an object that is replaced meanwhile is [ErrObjectChanged]. A failed write is final. With
// any error, w may hold some of the bytes. options may be nil.
//
// Each range is retried on its own, and goes on where it was cut. The client verifies the whole if
// the server has a checksum that the checksums of ranges combine to: a CRC of the full object, or a
// checksum of the parts' checksums. If it differs, the client fetches the object once more, in one
// request. Other checksums need the bytes in order: [Client.Download] verifies them too.
func (c *Client) DownloadAt(ctx context.Context, key string, w io.WriterAt, options *DownloadOptions) error {
	d, err := c.download(key, options)
	if err != nil {
		return fmt.Errorf("download: %w", err)
	}
	c.log(ctx, slog.LevelInfo, "downloading from S3", "bucket", c.config.Bucket, "key", d.key)
	d.concurrency = cmp.Or(d.concurrency, DefaultConcurrency)
	sink := &rangeSink{buffered: &buffered{size: rangeBuffer}, at: w, origin: -1}
	d.sink = sink
	if err = d.runRanges(ctx, w); err == nil && sink.most > sink.length {
		err = fmt.Errorf("%w: it was longer, and %d bytes remain behind its end",
			ErrObjectChanged, sink.most-sink.length)
	}
	if err != nil {
		return fmt.Errorf("download %s: %w", d.name(), err)
	}
	d.finish(ctx)
	return nil
}

// checkRanges returns the mistakes in what the options say about ranges.
func (o *DownloadOptions) checkRanges() error {
	return broken([]rule{
		{o.Concurrency < 0, fmt.Sprintf("concurrency %d: want 0 or more", o.Concurrency)},
		{o.PartSize < 0, fmt.Sprintf("part size %d: want 0 or more bytes", o.PartSize)},
		{
			o.Concurrency > 1 && o.PartNumber > 0,
			fmt.Sprintf("concurrency %d with a part number: want 1", o.Concurrency),
		},
	})
}

// ranges is a download in ranges.
type ranges struct {
	*download
	at    io.WriterAt
	whole *checksum // to verify the object by; nil: none
	first int64     // offset in the object of the first byte
	size  int64     // bytes in all

	pieces []*download // one for each range
	parts  bool        // the ranges are the parts of the object
}

// runRanges fetches the object in ranges, which it writes to at. Where ranges have no advantage or
// cannot be trusted, it makes one request, whose content goes to the sink of the download.
func (d *download) runRanges(ctx context.Context, at io.WriterAt) error {
	r := &ranges{download: d, at: at}
	in := d.options.head()
	d.options.headConditions(in)
	head, err := d.client.existing(ctx, d.key, in)
	if err != nil {
		return err
	}
	d.pinned = aws.ToString(head.ETag)
	if r.plan(head) {
		d.tally.expect(r.size)
		err := r.fetchAll(ctx)
		if err == nil {
			err = r.verifyAll(at)
		}
		if !errors.Is(err, ErrIntegrity) {
			d.have, d.sum = r.size, r.whole
			return err
		}
		d.client.log(ctx, slog.LevelWarn, "ranges of an object do not add up, it is fetched once more",
			"bucket", d.client.config.Bucket, "key", d.key, "error", err)
		if err := d.sink.restart(); err != nil {
			return err
		}
	}
	return d.run(ctx)
}

// plan divides the object into ranges. It reports false if one request is as good: the object is
// small, or has no strong ETag, without which the client cannot know that all ranges are of one
// object.
func (r *ranges) plan(head *s3.HeadObjectOutput) bool {
	total := *head.ContentLength
	first, last := r.want.within(total)
	if strong(head.ETag) == "" || last-first < r.partSize {
		return false
	}
	r.first, r.size = first, last-first+1
	r.partSize = partSize(r.size, r.partSize, MaxParts)
	if r.want.coversAll(total) || r.want == wholeObject {
		out := checksumsOf(head)
		r.whole = checksumOf(out, !r.client.config.IgnoreETag)
		if n := partsOf(head.ETag); n > 1 && head.ChecksumType == types.ChecksumTypeComposite {
			if sum := compositeOf(out, n); sum != nil {
				r.whole, r.parts = sum, true
				for number := range n {
					r.add(GetOptions{PartNumber: number + 1}, wholeObject)
				}
				return true
			}
		}
	}
	for from := first; from <= last; from += r.partSize {
		r.add(GetOptions{}, span{from, min(from+r.partSize-1, last)})
	}
	return true
}

// add adds a range.
func (r *ranges) add(options GetOptions, want span) {
	options.VersionID, options.SSECustomerKey = r.options.VersionID, r.options.SSECustomerKey
	sink := &rangeSink{at: r.at, origin: r.first}
	if r.whole != nil && !r.parts && r.whole.digest.crc != nil {
		sink.hash = r.whole.digest.hash()
	}
	r.pieces = append(r.pieces, &download{
		client: r.client, key: r.key, options: options, want: want, sink: sink,
		number: len(r.pieces) + 1, tally: r.tally, piece: r.tally.piece(), size: -1, pinned: r.pinned,
	})
}

// fetchAll fetches the ranges, Concurrency at a time. The first failure ends the others.
func (r *ranges) fetchAll(ctx context.Context) error {
	atOnce := min(r.concurrency, len(r.pieces))
	buffers := make(chan *buffered, atOnce)
	for range atOnce {
		buffers <- &buffered{size: rangeBuffer}
	}
	crew := newCrew(ctx, atOnce, math.MaxInt64)
	for _, piece := range r.pieces {
		if !crew.admit(0) {
			break
		}
		crew.start(0, func(ctx context.Context) error {
			buffer := <-buffers
			defer func() { buffers <- buffer }()
			piece.sink.(*rangeSink).buffered = buffer
			return piece.run(ctx)
		})
	}
	return crew.wait()
}

// verifyAll verifies the whole.
func (r *ranges) verifyAll(at io.WriterAt) error {
	if r.parts {
		return r.verifyParts()
	}
	if r.whole == nil {
		return nil
	}
	if c := r.whole.digest.crc; c != nil {
		var sum uint64
		for _, piece := range r.pieces {
			s := piece.sink.(*rangeSink)
			sum = c.combine(sum, value(s.hash), s.length)
		}
		return r.whole.compare(c.bytes(sum))
	}
	file, ok := at.(*tempFile)
	if !ok {
		r.whole = nil // the bytes did not come in order
		return nil
	}
	if _, err := io.Copy(r.whole.hash, io.NewSectionReader(file, 0, r.size)); err != nil {
		return retry.Permanent(err)
	}
	return r.whole.verify()
}

// verifyParts checks that the parts, each of which has been verified by its own checksum, make up
// the object.
func (r *ranges) verifyParts() error {
	var end int64
	for i, piece := range r.pieces {
		switch {
		case piece.first != end:
			return integrity("part %d begins at %d, the one before ends at %d", i+1, piece.first, end)
		case piece.sum == nil || piece.sum.digest.algorithm != r.whole.digest.algorithm:
			return integrity("part %d has no %s", i+1, r.whole.digest.name)
		}
		r.whole.write(piece.sum.hash.Sum(nil))
		end += piece.have
	}
	if end != r.size {
		return integrity("the parts have %d bytes, the object has %d", end, r.size)
	}
	return r.whole.verify()
}
