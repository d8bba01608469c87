package s3client

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/s3chaos/s3chaos/retry"
)

// multipart stores the object in parts that send sends, and leaves none behind if it fails.
func (u *upload) multipart(ctx context.Context, send func(context.Context, *multipart) error) error {
	m, orphan, err := u.open(ctx)
	if err != nil {
		return err
	}
	err = send(ctx, m)
	if err == nil {
		err = m.complete(ctx)
	}
	if err != nil {
		return errors.Join(err, m.abort(ctx), orphan)
	}
	u.client.finished(ctx, u.key, u.tally.finish(m.size))
	return nil
}

// open opens a multipart upload. orphan names another one that a lost response may have left open.
func (u *upload) open(ctx context.Context) (m *multipart, orphan, err error) {
	start := time.Now()
	id, lost, err := u.create(ctx)
	if lost {
		orphan = u.settleCreate(ctx, start, id)
	}
	if err != nil {
		return nil, nil, errors.Join(err, orphan)
	}
	if orphan != nil {
		u.client.log(ctx, slog.LevelWarn, "an upload without parts may remain open",
			"bucket", u.client.config.Bucket, "key", u.key, "error", orphan)
	}
	return &multipart{upload: u, id: id}, orphan, nil
}

// create opens the upload. lost reports that a response was lost: an upload without parts may
// remain open.
func (u *upload) create(ctx context.Context) (id string, lost bool, err error) {
	c := u.client
	err = c.do(ctx, "CreateMultipartUpload", u.key, 0, func(ctx context.Context, a *attempt) error {
		in := &s3.CreateMultipartUploadInput{
			Bucket:   aws.String(c.config.Bucket),
			Key:      aws.String(u.key),
			Metadata: u.metadata(),
		}
		u.options.create(in)
		out, err := c.s3.CreateMultipartUpload(ctx, in)
		if err == nil {
			if id = aws.ToString(out.UploadId); id == "" {
				err = retry.Retryable(errors.New("response without an upload id: not from S3"))
			}
		}
		lost = lost || a.mayHaveActed(err)
		return err
	})
	return id, lost, err
}

// multipart is one multipart upload.
type multipart struct {
	*upload
	id    string
	size  int64
	known string               // checksum of the whole object if its content is not at hand; "": unknown
	there map[int32]types.Part // parts that the server has from an earlier process

	mu    sync.Mutex // held for moments only, never while anything waits
	sent  []sentPart
	loose bool // a part may still arrive after its attempt was given up
}

// sentPart is a part that the server has.
type sentPart struct {
	types.CompletedPart
	payload // without its buffer; of no size if the content is not at hand
}

// add takes a part into the list for Complete.
func (m *multipart) add(number int32, etag *string, checksum string, p payload) {
	p.buffer = nil
	if m.source == nil {
		p.at = nil // lets go of the buffer
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.sent = append(m.sent, sentPart{m.digest.completed(number, etag, checksum), p})
}

// send uploads the parts and waits for all of them: an abort that overtakes a part would leave it
// behind.
func (m *multipart) send(ctx context.Context, source parts) error {
	crew := newCrew(ctx, m.client.config.Concurrency, source.memory())
	for number := int32(1); !source.done() && crew.admit(source.weight()); number++ {
		weight := source.weight()
		if most := m.client.config.MaxParts; int(number) > most {
			crew.fail(retry.Permanent(fmt.Errorf(
				"more than %d parts of %d bytes: set a larger PartSize or StreamMemory", most, weight)))
			break
		}
		p, err := source.next()
		if err != nil {
			crew.fail(err)
			break
		}
		m.size += p.size
		if source.done() {
			m.tally.expect(m.size)
		}
		crew.start(weight, func(ctx context.Context) error {
			err := p.sum(m.digest, m.client.plain)
			if err == nil {
				err = m.store(ctx, number, p)
			}
			if err == nil {
				source.recycle(p)
			}
			return err
		})
	}
	if err := crew.wait(); err != nil {
		return err
	}
	return m.checkSource(ctx)
}

// store sends a part unless the server has it.
func (m *multipart) store(ctx context.Context, number int32, p payload) error {
	if m.hasPart(number, p) {
		return m.tally.piece().reached(p.size)
	}
	return m.part(ctx, number, p)
}

// checkSource reads a file again that was sent: modification times may be too coarse, or set back.
func (m *multipart) checkSource(ctx context.Context) error {
	if m.source == nil {
		return nil
	}
	if err := m.source.check(); err != nil {
		return err
	}
	crew := newCrew(ctx, m.client.config.Concurrency, math.MaxInt64)
	for _, part := range m.sent {
		if !crew.admit(0) {
			break
		}
		crew.start(0, func(context.Context) error { return part.unchanged() })
	}
	return crew.wait()
}

func (m *multipart) part(ctx context.Context, number int32, p payload) error {
	c, piece := m.client, m.tally.piece()
	return c.do(ctx, "UploadPart", m.key, int(number), func(ctx context.Context, a *attempt) error {
		a.piece, a.sha256 = piece, p.sha256
		sum := m.digest.of(p.checksum)
		in := &s3.UploadPartInput{
			Bucket:            aws.String(c.config.Bucket),
			Key:               aws.String(m.key),
			UploadId:          aws.String(m.id),
			PartNumber:        aws.Int32(number),
			Body:              p.body(a),
			ContentLength:     aws.Int64(p.size),
			ChecksumAlgorithm: m.digest.algorithm,
			ChecksumCRC32:     sum.crc32,
			ChecksumCRC32C:    sum.crc32c,
			ChecksumCRC64NVME: sum.crc64,
			ChecksumSHA1:      sum.sha1,
			ChecksumSHA256:    sum.sha256,
		}
		in.SSECustomerAlgorithm, in.SSECustomerKey, in.SSECustomerKeyMD5 = m.options.SSECustomerKey.headers()
		out, err := c.s3.UploadPart(ctx, in)
		if err == nil {
			got := sums{
				out.ChecksumCRC32, out.ChecksumCRC32C, out.ChecksumCRC64NVME, out.ChecksumSHA1, out.ChecksumSHA256,
			}
			err = m.checkStored(out.ETag, m.digest.in(got), p.checksum)
		}
		if err != nil {
			m.note(a, err)
			return m.source.explain(err)
		}
		m.add(number, out.ETag, p.checksum, p)
		return nil
	})
}

// note records an attempt that failed.
func (m *multipart) note(a *attempt, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.loose = m.loose || a.mayHaveActed(err)
}
