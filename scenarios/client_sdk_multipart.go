package scenarios

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// This file uploads in parts as the Uploader of aws-sdk-go-v2's feature/s3/manager does. s3chaos
// does not depend on that module, so this file copies its behaviour: it sends parts in parallel
// from a queue, starts no new part after a failure, then aborts once with the caller's context and
// drops the abort's error. If the context has ended, the SDK does not send the abort and the parts
// stay.

// sdkConcurrency is manager.DefaultUploadConcurrency, and sdkMaxParts is manager.MaxUploadParts.
const (
	sdkConcurrency = 5
	sdkMaxParts    = 10_000
)

// A partQueue hands out the parts of a content in order. The end is an empty part.
type partQueue func() (part io.ReadSeeker, size int64, err error)

// partsOfFile cuts a content that can be read at any place. The parts grow if there would be too
// many of them.
func partsOfFile(content io.ReaderAt, size, part int64) partQueue {
	if size/part >= sdkMaxParts {
		part = size/sdkMaxParts + 1
	}
	offset := int64(0)
	return func() (io.ReadSeeker, int64, error) {
		n := min(part, size-offset)
		section := io.NewSectionReader(content, offset, n)
		offset += n
		return section, n, nil
	}
}

// partsOfStream reads a stream into buffers of one part each.
func partsOfStream(r io.Reader, part int64) partQueue {
	return func() (io.ReadSeeker, int64, error) {
		var buffer bytes.Buffer
		n, err := io.CopyN(&buffer, r, part)
		if errors.Is(err, io.EOF) {
			err = nil
		}
		return bytes.NewReader(buffer.Bytes()), n, err
	}
}

// A partsUpload is one upload in parts.
type partsUpload struct {
	client      *s3.Client
	bucket, key string
	when        Condition
	id          *string

	mu   sync.Mutex
	sent []types.CompletedPart
	err  error // the last failure
}

// A numberedPart is a part that waits for a worker.
type numberedPart struct {
	number int32
	body   io.ReadSeeker
}

// run uploads first and then what next returns.
func (u *partsUpload) run(ctx context.Context, first io.ReadSeeker, next partQueue, concurrency int) error {
	created, err := u.client.CreateMultipartUpload(ctx,
		&s3.CreateMultipartUploadInput{Bucket: &u.bucket, Key: &u.key, ChecksumAlgorithm: types.ChecksumAlgorithmCrc32})
	if err != nil {
		return err
	}
	u.id = created.UploadId
	queue := make(chan numberedPart, concurrency)
	var workers sync.WaitGroup
	for range concurrency {
		workers.Go(func() {
			for part := range queue {
				if u.failed() == nil {
					u.fail(u.send(ctx, part))
				}
			}
		})
	}
	queue <- numberedPart{1, first}
	for number := int32(2); u.failed() == nil; number++ {
		body, size, err := next()
		if err == nil && size > 0 && number > sdkMaxParts {
			err = fmt.Errorf("more than %d parts", sdkMaxParts)
		}
		if err != nil || size == 0 {
			u.fail(err)
			break
		}
		queue <- numberedPart{number, body}
	}
	close(queue)
	workers.Wait()
	if u.failed() == nil {
		u.fail(u.complete(ctx))
	}
	if u.failed() != nil {
		_, _ = u.client.AbortMultipartUpload(ctx,
			&s3.AbortMultipartUploadInput{Bucket: &u.bucket, Key: &u.key, UploadId: u.id})
	}
	return u.failed()
}

func (u *partsUpload) send(ctx context.Context, part numberedPart) error {
	out, err := u.client.UploadPart(ctx, &s3.UploadPartInput{
		Bucket: &u.bucket, Key: &u.key, UploadId: u.id, PartNumber: &part.number, Body: part.body,
		ChecksumAlgorithm: types.ChecksumAlgorithmCrc32,
	})
	if err != nil {
		return err
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	u.sent = append(u.sent,
		types.CompletedPart{PartNumber: &part.number, ETag: out.ETag, ChecksumCRC32: out.ChecksumCRC32})
	return nil
}

func (u *partsUpload) complete(ctx context.Context) error {
	slices.SortFunc(u.sent, func(a, b types.CompletedPart) int {
		return cmp.Compare(aws.ToInt32(a.PartNumber), aws.ToInt32(b.PartNumber))
	})
	_, err := u.client.CompleteMultipartUpload(ctx, &s3.CompleteMultipartUploadInput{
		Bucket: &u.bucket, Key: &u.key, UploadId: u.id,
		MultipartUpload: &types.CompletedMultipartUpload{Parts: u.sent},
		IfNoneMatch:     optional(u.when.IfNoneMatch), IfMatch: optional(u.when.IfMatch),
	})
	return err
}

// fail records a failure, if err is one.
func (u *partsUpload) fail(err error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if err != nil {
		u.err = err
	}
}

func (u *partsUpload) failed() error {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.err
}
