package s3client

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"os"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/s3chaos/s3chaos/retry"
)

// UploadOptions refine an upload. The zero value, and nil, are a plain upload that replaces what is
// there.
type UploadOptions struct {
	// Progress is told how much has been sent. Nil: no reports.
	Progress Progress
	// IfNoneMatch "*" writes only where there is no object yet; otherwise the upload fails with
	// S3's code PreconditionFailed. No other value is valid. Such an object gets one entry of
	// metadata, x-amz-meta-s3client-write, by which the client recognizes its own write when a
	// response is lost or a proxy repeats the request. Where the lookup fails, the client believes
	// S3's PreconditionFailed.
	IfNoneMatch string
	// IfMatch writes only over the object with this ETag, as S3 gives it; otherwise the upload
	// fails with S3's code PreconditionFailed, or NoSuchKey where there is no object. What
	// IfNoneMatch says of metadata and of lost responses holds too. It excludes IfNoneMatch.
	IfMatch string
	// ContentType is stored with the object. Empty: the server's default.
	ContentType string
	// Metadata is stored with the object.
	Metadata map[string]string
}

func (o *UploadOptions) conditional() bool { return o.IfNoneMatch != "" || o.IfMatch != "" }

// Upload stores the file localPath as the object key. Files larger than PartSize go up in parts. A
// file whose size, modification time or content changes meanwhile is [ErrSourceChanged]. progress
// may be nil.
func (c *Client) Upload(ctx context.Context, localPath, key string, progress Progress) error {
	file, err := os.Open(localPath)
	if err != nil {
		return fmt.Errorf("upload: %w", err)
	}
	defer func() { _ = file.Close() }() // opened for reading: nothing to lose
	info, err := file.Stat()
	if err != nil {
		return fmt.Errorf("upload: %w", err)
	}
	options := &UploadOptions{Progress: progress}
	if !info.Mode().IsRegular() {
		if info.IsDir() {
			return fmt.Errorf("upload %s: is a directory", localPath)
		}
		return c.UploadStream(ctx, onlyReader{file}, key, options) // a pipe or a device has no size
	}
	return c.upload(ctx, file, key, options, &steady{file, info})
}

// onlyReader hides every method but Read.
type onlyReader struct{ io.Reader }

// UploadStream stores what r gives, up to its end, as the object key.
//
// A reader that can also ReadAt and Seek, as files and bytes.Reader can, is read from its present
// position without buffering, and again for each retry. Any other is read once, part by part into
// memory, at most PartSize × Concurrency bytes at a time; what is retried is the buffered part. r
// is not closed, and a Read that blocks is not interrupted when ctx ends. options may be nil.
func (c *Client) UploadStream(ctx context.Context, r io.Reader, key string, options *UploadOptions) error {
	return c.upload(ctx, r, key, options, nil)
}

// upload stores what r gives. source checks the file behind r; nil: r is not a file.
func (c *Client) upload(ctx context.Context, r io.Reader, key string, options *UploadOptions, source *steady) error {
	if options == nil {
		options = &UploadOptions{}
	}
	full, err := c.fullKey(key)
	if err != nil {
		return fmt.Errorf("upload: %w", err)
	}
	if options.IfNoneMatch != "" && options.IfNoneMatch != "*" {
		return fmt.Errorf(`upload %s: IfNoneMatch %q: want "*"`, full, options.IfNoneMatch)
	}
	if options.IfNoneMatch != "" && options.IfMatch != "" {
		return fmt.Errorf("upload %s: IfMatch and IfNoneMatch: want one of them", full)
	}
	for name := range options.Metadata {
		if options.conditional() && strings.EqualFold(name, markerKey) {
			return fmt.Errorf("upload %s: metadata %q: a conditional upload marks its object with it", full, markerKey)
		}
	}
	if err := context.Cause(ctx); err != nil {
		return fmt.Errorf("upload %s/%s: %w", c.config.Bucket, full, err)
	}
	c.log(ctx, slog.LevelInfo, "uploading to S3", "bucket", c.config.Bucket, "key", full)

	u := &upload{client: c, key: full, options: options, source: source}
	if options.conditional() {
		u.marker = newInvocationID()
	}
	if err := u.run(ctx, r); err != nil {
		return fmt.Errorf("upload %s/%s: %w", c.config.Bucket, full, err)
	}
	return nil
}

// upload is the state of one upload.
type upload struct {
	client  *Client
	key     string
	options *UploadOptions
	marker  string // recognises our own conditional write; else empty
	tally   *tally
	source  *steady // nil for a stream
}

func (u *upload) run(ctx context.Context, r io.Reader) error {
	if at, offset, size, ok := randomAccess(r); ok {
		u.tally = newTally(u.options.Progress, size)
		if size <= u.client.config.PartSize {
			return u.single(ctx, payload{at: at, offset: offset, size: size})
		}
		part := partSize(size, u.client.config.PartSize)
		return u.multipart(ctx, &sections{at: at, offset: offset, left: size, part: part})
	}
	u.tally = newTally(u.options.Progress, -1)
	parts := newChunks(r, u.client.config.PartSize, u.client.config.Concurrency)
	first, err := parts.next()
	if err != nil {
		return err
	}
	if parts.ended {
		u.tally.expect(first.size)
		return u.single(ctx, first)
	}
	parts.held = &first
	return u.multipart(ctx, parts)
}

// single sends the whole object in one request.
func (u *upload) single(ctx context.Context, p payload) error {
	if err := p.sum(nil); err != nil {
		return retry.Permanent(err)
	}
	if err := u.source.check(); err != nil {
		return err
	}
	c, piece := u.client, u.tally.piece()
	w := &write{client: c, key: u.key}
	err := c.do(ctx, "PutObject", u.key, 0, func(ctx context.Context, a *attempt) error {
		a.piece = piece
		out, err := c.s3.PutObject(ctx, &s3.PutObjectInput{
			Bucket:            aws.String(c.config.Bucket),
			Key:               aws.String(u.key),
			Body:              p.body(a),
			ContentLength:     aws.Int64(p.size),
			ChecksumAlgorithm: types.ChecksumAlgorithmCrc32,
			ChecksumCRC32:     aws.String(p.crc),
			ContentType:       optional(u.options.ContentType),
			IfNoneMatch:       optional(u.options.IfNoneMatch),
			IfMatch:           optional(u.options.IfMatch),
			Metadata:          u.metadata(),
		})
		if err == nil {
			err = checkStored(out.ETag, out.ChecksumCRC32, p.crc)
		}
		w.note(a, err)
		return err
	})
	if err != nil {
		err = w.settleUpload(ctx, err, u.evidence(p.size, p.crc, p.etag))
	}
	if err == nil {
		err = u.source.check()
	}
	if err == nil {
		c.finished(ctx, u.key, u.tally.finish(p.size))
	}
	return err
}

// evidence describes the object of the upload, for a lookup.
func (u *upload) evidence(size int64, crc string, etag func() string) evidence {
	return evidence{
		size: size, crc: crc, etag: etag,
		marker: u.marker, metadata: u.options.Metadata, contentType: u.options.ContentType,
	}
}

func (u *upload) metadata() map[string]string {
	if u.marker == "" {
		return u.options.Metadata
	}
	all := map[string]string{markerKey: u.marker}
	maps.Copy(all, u.options.Metadata)
	return all
}

// checkStored checks the response to a write. A response without an ETag is not from S3, whatever
// its status. A checksum in it must be that of the bytes sent.
func checkStored(etag, got *string, want string) error {
	if aws.ToString(etag) == "" {
		return retry.Retryable(errors.New("response without an ETag: not from S3"))
	}
	if got != nil && *got != want {
		return integrity("the server stored CRC-32 %s, %s was sent", *got, want)
	}
	return nil
}

func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
