package s3client

import (
	"context"
	"errors"
	"fmt"
	"hash"
	"log/slog"
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
	whole hash.Hash            // of the content so far, see digest.whole; nil: the content is not at hand
	known string               // checksum of the whole object where its content is not at hand; "": unknown
	there map[int32]types.Part // parts that the server has from an earlier process

	mu    sync.Mutex // held for moments only, never while anything waits
	sent  []types.CompletedPart
	loose bool // a part may still arrive after its attempt was given up
}

// send uploads the parts and waits for all of them: an abort that overtakes a part would leave it
// behind.
func (m *multipart) send(ctx context.Context, source parts) error {
	crew := newCrew(ctx, m.client.config.Concurrency, source.memory())
	m.whole = m.digest.whole()
	for number := int32(1); !source.done() && crew.admit(source.weight()); number++ {
		weight := source.weight()
		if int(number) > m.client.mostParts {
			crew.fail(retry.Permanent(fmt.Errorf(
				"more than %d parts of %d bytes: set a larger PartSize or StreamMemory", m.client.mostParts, weight)))
			break
		}
		p, err := source.next()
		if err == nil {
			err = p.sum(m.digest, m.client.plain, m.whole)
		}
		if err != nil {
			crew.fail(err)
			break
		}
		m.size += p.size
		if source.done() {
			m.tally.expect(m.size)
		}
		if m.hasPart(number, p) {
			source.recycle(p)
			if err := m.tally.piece().reached(p.size); err != nil {
				crew.fail(err)
			}
			continue
		}
		crew.start(weight, func(ctx context.Context) error {
			err := m.part(ctx, number, p)
			if err == nil {
				source.recycle(p)
			}
			return err
		})
	}
	if err := crew.wait(); err != nil {
		return err
	}
	return m.source.checkContent(m.whole)
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
		m.mu.Lock()
		defer m.mu.Unlock()
		if err != nil {
			m.loose = m.loose || a.mayHaveActed(err)
			return err
		}
		m.sent = append(m.sent, m.digest.completed(number, out.ETag, p.checksum))
		return nil
	})
}
