package s3client

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"os"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/s3chaos/s3chaos/retry"
)

// Upload stores the file localPath as the object key. Files larger than PartSize go up in parts. A
// file whose size, modification time or content changes meanwhile is [ErrSourceChanged]. progress
// may be nil. [Client.PutFile] does the same with options and a result.
func (c *Client) Upload(ctx context.Context, localPath, key string, progress Progress) error {
	_, err := c.PutFile(ctx, key, localPath, &UploadOptions{Progress: progress})
	return err
}

// UploadStream stores what r gives, up to its end, as the object key. It is [Client.PutObject]
// without the result.
func (c *Client) UploadStream(ctx context.Context, r io.Reader, key string, options *UploadOptions) error {
	_, err := c.PutObject(ctx, key, r, options)
	return err
}

// PutFile stores the file localPath as the object key. Files larger than PartSize go up in parts. A
// file whose size, modification time or content changes meanwhile is [ErrSourceChanged]. options
// may be nil.
//
// With ResumeFile, the parts of an upload that fails or whose process ends stay in the bucket. The
// next PutFile with the same ResumeFile, bucket, key and options verifies them by size and checksum
// and sends only the others. It starts anew, and aborts the old upload, if the file or the options
// have changed. PutFile removes the ResumeFile when the object is stored, and when another try
// would fail too. A ResumeFile that cannot be read is [ErrResumeFile]. A ResumeFile serves one
// upload at a time. It holds no secrets. To give up, remove the file, and the parts with
// [Client.AbortStale].
func (c *Client) PutFile(ctx context.Context, key, localPath string, options *UploadOptions) (*UploadResult, error) {
	file, err := os.Open(localPath)
	if err != nil {
		return nil, fmt.Errorf("upload: %w", err)
	}
	defer func() { _ = file.Close() }() // opened for reading: nothing to lose
	info, err := file.Stat()
	if err != nil {
		return nil, fmt.Errorf("upload: %w", err)
	}
	if !info.Mode().IsRegular() {
		if info.IsDir() {
			return nil, fmt.Errorf("upload %s: is a directory", localPath)
		}
		return c.PutObject(ctx, key, onlyReader{file}, options) // a pipe or a device has no size
	}
	return c.upload(ctx, file, key, options, &steady{file, info})
}

// onlyReader hides every method but Read.
type onlyReader struct{ io.Reader }

// PutObject stores what r gives, up to its end, as the object key.
//
// A reader that can also ReadAt and Seek, as files and bytes.Reader can, is read from its present
// position without buffering, and again for each retry. Any other is read once, part by part into
// memory, at most PartSize × Concurrency bytes at a time, see Config.StreamMemory for long streams.
// A retry sends the buffered part again. r is not closed, and a Read that blocks is not interrupted
// when ctx ends. options may be nil.
func (c *Client) PutObject(
	ctx context.Context, key string, r io.Reader, options *UploadOptions,
) (*UploadResult, error) {
	return c.upload(ctx, r, key, options, nil)
}

// upload stores what r gives. source checks the file behind r; nil: r is not a file.
func (c *Client) upload(
	ctx context.Context, r io.Reader, key string, options *UploadOptions, source *steady,
) (*UploadResult, error) {
	if options == nil {
		options = &UploadOptions{}
	}
	full, err := c.fullKey(key)
	if err != nil {
		return nil, fmt.Errorf("upload: %w", err)
	}
	if err := options.check(c); err != nil {
		return nil, fmt.Errorf("upload %s: %w", full, err)
	}
	if err := context.Cause(ctx); err != nil {
		return nil, fmt.Errorf("upload %s/%s: %w", c.config.Bucket, full, err)
	}
	if options.ResumeFile != "" && source == nil {
		return nil, fmt.Errorf("upload %s: ResumeFile: want PutFile and a regular file", full)
	}
	c.log(ctx, slog.LevelInfo, "uploading to S3", "bucket", c.config.Bucket, "key", full)

	u := newUpload(c, full, options)
	u.source = source
	if err := u.source.explain(u.run(ctx, r)); err != nil {
		return nil, fmt.Errorf("upload %s/%s: %w", c.config.Bucket, full, err)
	}
	return u.result, nil
}

// upload is the state of one upload.
type upload struct {
	client  *Client
	key     string
	options *UploadOptions
	digest  digest
	marker  string // recognizes our own conditional write; else empty
	tally   *tally
	source  *steady // nil for a stream
	result  *UploadResult
}

func newUpload(c *Client, full string, options *UploadOptions) *upload {
	u := &upload{client: c, key: full, options: options, digest: options.digest()}
	if options.conditional() {
		u.marker = newInvocationID()
	}
	return u
}

func (u *upload) run(ctx context.Context, r io.Reader) error {
	config := u.client.config
	if at, offset, size, ok := randomAccess(r); ok {
		u.tally = newTally(u.options.Progress, size)
		if size <= config.PartSize {
			return u.single(ctx, payload{at: at, offset: offset, size: size})
		}
		source := &sections{at: at, offset: offset, left: size, part: partSize(size, config.PartSize, config.MaxParts)}
		if u.options.ResumeFile != "" {
			return u.resumable(ctx, source)
		}
		return u.parts(ctx, source)
	}
	u.tally = newTally(u.options.Progress, -1)
	parts := newChunks(r, config.PartSize, config.Concurrency)
	parts.bound, parts.tenth = min(config.StreamMemory, MaxPartSize), int64(max(1, config.MaxParts/10))
	first, err := parts.next()
	if err != nil {
		return err
	}
	if parts.ended {
		u.tally.expect(first.size)
		return u.single(ctx, first)
	}
	parts.held = &first
	return u.parts(ctx, parts)
}

// parts stores source in parts.
func (u *upload) parts(ctx context.Context, source parts) error {
	return u.multipart(ctx, func(ctx context.Context, m *multipart) error { return m.send(ctx, source) })
}

// single sends the whole object in one request.
func (u *upload) single(ctx context.Context, p payload) error {
	if err := p.sum(u.digest, u.client.plain); err != nil {
		return retry.Permanent(err)
	}
	if err := u.source.check(); err != nil {
		return err
	}
	c, piece := u.client, u.tally.piece()
	w := u.write()
	err := c.do(ctx, "PutObject", u.key, 0, func(ctx context.Context, a *attempt) error {
		a.piece, a.sha256 = piece, p.sha256
		in := &s3.PutObjectInput{
			Bucket:        aws.String(c.config.Bucket),
			Key:           aws.String(u.key),
			Body:          p.body(a),
			ContentLength: aws.Int64(p.size),
			Metadata:      u.metadata(),
		}
		u.options.put(in)
		sum := u.digest.of(p.checksum)
		in.ChecksumCRC32, in.ChecksumCRC32C, in.ChecksumCRC64NVME = sum.crc32, sum.crc32c, sum.crc64
		in.ChecksumSHA1, in.ChecksumSHA256 = sum.sha1, sum.sha256
		out, err := c.s3.PutObject(ctx, in)
		if err == nil {
			got := sums{
				out.ChecksumCRC32, out.ChecksumCRC32C, out.ChecksumCRC64NVME, out.ChecksumSHA1, out.ChecksumSHA256,
			}
			err = u.checkStored(out.ETag, u.digest.in(got), p.checksum)
			u.result = u.stored(out.ETag, out.VersionId, p.size, p.checksum)
		}
		w.note(a, err)
		return u.source.explain(err)
	})
	if err != nil {
		err = w.settleUpload(ctx, err, u.evidence(p.size, p.checksum, p.etag))
		u.result = w.found
	}
	if err == nil {
		err = u.source.check()
	}
	if err == nil {
		c.finished(ctx, u.key, u.tally.finish(p.size))
	}
	return err
}

// stored is the result of an upload with this response.
func (u *upload) stored(etag, version *string, size int64, checksum string) *UploadResult {
	return &UploadResult{
		ETag: aws.ToString(etag), VersionID: aws.ToString(version), Size: size,
		Checksum: checksum, ChecksumAlgorithm: u.digest.algorithm,
	}
}

// write settles the upload.
func (u *upload) write() *write {
	return &write{client: u.client, key: u.key, customer: u.options.SSECustomerKey}
}

// evidence describes the object of the upload, for a lookup.
func (u *upload) evidence(size int64, checksum string, etag func() string) evidence {
	if u.options.encrypted() {
		etag = func() string { return "" }
	}
	return evidence{
		size: size, digest: u.digest, checksum: checksum, etag: etag, marker: u.marker, options: u.options,
		tags: len(u.options.Tags),
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
// its status. A checksum in it must match the bytes sent.
func (u *upload) checkStored(etag, got *string, want string) error {
	if aws.ToString(etag) == "" {
		return errNoETag
	}
	if got != nil && want != "" && *got != want {
		return integrity("the server stored %s %s, %s was sent", u.digest.name, *got, want)
	}
	return nil
}

func optional(s string) *string {
	if s == "" {
		return nil
	}
	given := s // with &s, an empty string would be allocated too
	return &given
}
