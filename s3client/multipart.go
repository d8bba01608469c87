package s3client

import (
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"log/slog"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/s3chaos/s3chaos/retry"
)

// multipart sends the object in parts, and leaves none behind if it fails.
func (u *upload) multipart(ctx context.Context, source parts) error {
	start := time.Now()
	id, lost, err := u.create(ctx)
	var orphan error
	if lost {
		orphan = u.settleCreate(ctx, start, id)
	}
	if err != nil {
		return errors.Join(err, orphan)
	}
	if orphan != nil {
		u.client.log(ctx, slog.LevelWarn, "an upload without parts may remain open",
			"bucket", u.client.config.Bucket, "key", u.key, "error", orphan)
	}
	m := &multipart{upload: u, id: id}
	err = m.send(ctx, source)
	if err == nil {
		err = m.source.checkContent(m.crc)
	}
	if err == nil {
		err = m.complete(ctx)
	}
	if err != nil {
		return errors.Join(err, m.abort(ctx), orphan)
	}
	u.client.finished(ctx, u.key, u.tally.finish(m.size))
	return nil
}

// create opens the upload. lost reports that a response was lost: an upload without parts may
// remain open.
func (u *upload) create(ctx context.Context) (id string, lost bool, err error) {
	c := u.client
	err = c.do(ctx, "CreateMultipartUpload", u.key, 0, func(ctx context.Context, a *attempt) error {
		out, err := c.s3.CreateMultipartUpload(ctx, &s3.CreateMultipartUploadInput{
			Bucket:            aws.String(c.config.Bucket),
			Key:               aws.String(u.key),
			ChecksumAlgorithm: types.ChecksumAlgorithmCrc32,
			ChecksumType:      types.ChecksumTypeFullObject,
			ContentType:       optional(u.options.ContentType),
			Metadata:          u.metadata(),
		})
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
	id   string
	size int64
	crc  string // of the whole object

	mu    sync.Mutex // held for moments only, never while anything waits
	sent  []types.CompletedPart
	err   error // the first failure
	loose bool  // a part may still arrive after its attempt was given up
}

// send uploads the parts, Concurrency at a time, and waits for all of them: an abort that overtakes
// a part would leave it behind.
func (m *multipart) send(ctx context.Context, source parts) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	slots := make(chan struct{}, m.client.config.Concurrency)
	whole := crc32.NewIEEE()
	var group sync.WaitGroup
	fail := func(err error) {
		m.mu.Lock()
		if m.err == nil {
			m.err = err
		}
		m.mu.Unlock()
		cancel(err)
	}

feed:
	for number := int32(1); !source.done(); number++ {
		select {
		case slots <- struct{}{}:
		case <-ctx.Done():
			break feed
		}
		if ctx.Err() != nil {
			break
		}
		if int(number) > m.client.mostParts {
			fail(retry.Permanent(fmt.Errorf("more than %d parts of %d bytes: set a larger PartSize",
				m.client.mostParts, m.client.config.PartSize)))
			break
		}
		p, err := source.next()
		if err == nil {
			err = p.sum(whole)
		}
		if err != nil {
			fail(err)
			break
		}
		m.size += p.size
		if source.done() {
			m.tally.expect(m.size)
		}
		group.Go(func() {
			defer func() { <-slots }()
			if err := m.part(ctx, number, p); err != nil {
				fail(err)
				return
			}
			source.recycle(p)
		})
	}
	group.Wait()
	m.crc = crcText(whole)
	if m.err == nil {
		m.err = context.Cause(ctx)
	}
	return m.err
}

func (m *multipart) part(ctx context.Context, number int32, p payload) error {
	c, piece := m.client, m.tally.piece()
	return c.do(ctx, "UploadPart", m.key, int(number), func(ctx context.Context, a *attempt) error {
		a.piece = piece
		out, err := c.s3.UploadPart(ctx, &s3.UploadPartInput{
			Bucket:            aws.String(c.config.Bucket),
			Key:               aws.String(m.key),
			UploadId:          aws.String(m.id),
			PartNumber:        aws.Int32(number),
			Body:              p.body(a),
			ContentLength:     aws.Int64(p.size),
			ChecksumAlgorithm: types.ChecksumAlgorithmCrc32,
			ChecksumCRC32:     aws.String(p.crc),
		})
		if err == nil {
			err = checkStored(out.ETag, out.ChecksumCRC32, p.crc)
		}
		m.mu.Lock()
		defer m.mu.Unlock()
		if err != nil {
			m.loose = m.loose || a.mayHaveActed(err)
			return err
		}
		m.sent = append(m.sent, types.CompletedPart{
			PartNumber: aws.Int32(number), ETag: out.ETag, ChecksumCRC32: aws.String(p.crc),
		})
		return nil
	})
}
