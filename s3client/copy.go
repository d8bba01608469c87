package s3client

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/s3chaos/s3chaos/retry"
)

// MaxCopySize is the largest object that S3 copies in one request, in bytes. The client copies
// larger ones in parts.
const MaxCopySize = 5 << 30

// CopyOptions refine a copy. The zero value, and nil, copy within the client's bucket and keep
// content type, headers, metadata and tags.
type CopyOptions struct {
	// SourceBucket is the bucket of the source. Empty: the client's.
	SourceBucket string
	// SourceVersionID is the version to copy. Empty: the current one.
	SourceVersionID string
	// SourceIfMatch is the ETag that the source must have; otherwise the copy fails with
	// [ErrObjectChanged]. Empty: any.
	SourceIfMatch string
	// SourceSSECustomerKey is the key with which the source is encrypted. Nil: none.
	SourceSSECustomerKey CustomerKey

	// MetadataDirective "REPLACE" takes content type, headers and metadata from Target; "COPY", and
	// empty, from the source.
	MetadataDirective types.MetadataDirective
	// TaggingDirective "REPLACE" takes the tags from Target, also if it has none; "COPY" from the
	// source. Empty: REPLACE if Target has tags.
	TaggingDirective types.TaggingDirective
	// Target says how the copy is stored, as for an upload: conditions, storage class, encryption,
	// lock and checksum, and what the directives replace. If ChecksumAlgorithm is empty, the copy
	// keeps the algorithm of the source, as far as S3 can.
	Target UploadOptions
}

// Copy stores the object from as the object to. It is [Client.CopyObject] without the result.
func (c *Client) Copy(ctx context.Context, from, to string, options *CopyOptions) error {
	_, err := c.CopyObject(ctx, from, to, options)
	return err
}

// CopyObject stores the object from as the object to, with its content type, metadata and tags. The
// server copies: no content passes through the client. An object above Config.CopyPartSize is
// copied in parts, Concurrency at a time; they are removed if the copy fails. An object that
// replaces the source meanwhile fails with S3's code PreconditionFailed. options may be nil.
func (c *Client) CopyObject(ctx context.Context, from, to string, options *CopyOptions) (*UploadResult, error) {
	cp, err := c.copying(from, to, options)
	if err != nil {
		return nil, err
	}
	if err := cp.run(ctx); err != nil {
		return nil, fmt.Errorf("copy %s/%s to %s/%s: %w", cp.bucket, cp.key, c.config.Bucket, cp.upload.key, err)
	}
	return cp.upload.result, nil
}

// copying is one copy on its way.
type copying struct {
	*upload     // of the target
	options     *CopyOptions
	bucket, key string // of the source
	source      *s3.HeadObjectOutput
}

func (c *Client) copying(from, to string, options *CopyOptions) (*copying, error) {
	if options == nil {
		options = &CopyOptions{}
	}
	source, err := c.fullKey(from)
	if err != nil {
		return nil, fmt.Errorf("copy from: %w", err)
	}
	target, err := c.fullKey(to)
	if err != nil {
		return nil, fmt.Errorf("copy to: %w", err)
	}
	if err := options.check(c); err != nil {
		return nil, fmt.Errorf("copy %s to %s: %w", source, target, err)
	}
	return &copying{
		options: options, bucket: cmp.Or(options.SourceBucket, c.config.Bucket), key: source,
		upload: newUpload(c, target, &options.Target),
	}, nil
}

// check returns every mistake in the options.
func (o *CopyOptions) check(c *Client) error {
	t := &o.Target
	keeps := o.MetadataDirective != types.MetadataDirectiveReplace
	described := t.ContentType != "" || t.ContentDisposition != "" || t.ContentEncoding != "" ||
		t.ContentLanguage != "" || t.CacheControl != "" || !t.Expires.IsZero() || len(t.Metadata) > 0
	err := broken([]rule{
		{
			o.MetadataDirective != "" && keeps && o.MetadataDirective != types.MetadataDirectiveCopy,
			fmt.Sprintf("MetadataDirective %q: want COPY or REPLACE", o.MetadataDirective),
		},
		{keeps && described, "Target: want MetadataDirective REPLACE with a content type, headers or metadata"},
		{
			o.TaggingDirective != "" && o.TaggingDirective != types.TaggingDirectiveCopy &&
				o.TaggingDirective != types.TaggingDirectiveReplace,
			fmt.Sprintf("TaggingDirective %q: want COPY or REPLACE", o.TaggingDirective),
		},
		{
			o.TaggingDirective == types.TaggingDirectiveCopy && len(t.Tags) > 0,
			"Target.Tags: want TaggingDirective REPLACE",
		},
		{t.ResumeFile != "", "Target.ResumeFile: want none: a copy is not resumed"},
	})
	return errors.Join(err, t.check(c), o.SourceSSECustomerKey.check(c))
}

func (cp *copying) run(ctx context.Context) error {
	c := cp.client
	var err error
	cp.source, err = c.WithBucket(cp.bucket).existing(ctx, cp.key, cp.sourceHead())
	if err != nil {
		return err
	}
	etag, want := aws.ToString(cp.source.ETag), cp.options.SourceIfMatch
	if want != "" && want != etag {
		return retry.Permanent(&ChangedError{Bucket: cp.bucket, Key: cp.key, Before: want, After: etag})
	}
	size := *cp.source.ContentLength
	cp.tally = newTally(cp.options.Target.Progress, size)
	c.log(ctx, slog.LevelInfo, "copying in S3", "bucket", c.config.Bucket, "key", cp.upload.key)
	if size > c.maxCopy {
		return cp.inParts(ctx)
	}
	if err := cp.single(ctx); err != nil {
		return err
	}
	c.finished(ctx, cp.upload.key, cp.tally.finish(size))
	return nil
}

// sourceHead is the HEAD of the source.
func (cp *copying) sourceHead() *s3.HeadObjectInput {
	return headInput(cp.options.SourceVersionID, cp.options.SourceSSECustomerKey)
}

// single copies the object in one request.
func (cp *copying) single(ctx context.Context) error {
	c, size := cp.client, *cp.source.ContentLength
	if cp.marker != "" {
		// The mark of a conditional write is metadata, which S3 replaces whole.
		cp.upload.options = cp.described()
	}
	w := cp.write()
	err := c.do(ctx, "CopyObject", cp.upload.key, 0, func(ctx context.Context, a *attempt) error {
		out, err := c.s3.CopyObject(ctx, cp.input())
		if err == nil {
			got := out.CopyObjectResult
			if got == nil || aws.ToString(got.ETag) == "" {
				err = errNoETag
			} else {
				cp.result = cp.stored(got.ETag, out.VersionId, size, "")
				cp.result.ChecksumAlgorithm, cp.result.Checksum = sums{
					got.ChecksumCRC32, got.ChecksumCRC32C, got.ChecksumCRC64NVME, got.ChecksumSHA1, got.ChecksumSHA256,
				}.stated()
			}
		}
		w.note(a, err)
		return err
	})
	if err != nil {
		err = w.settleUpload(ctx, err, cp.evidence())
		cp.result = w.found
	}
	return err
}

func (cp *copying) input() *s3.CopyObjectInput {
	in := &s3.CopyObjectInput{
		Bucket:            aws.String(cp.client.config.Bucket),
		Key:               aws.String(cp.upload.key),
		CopySource:        aws.String(cp.copySource()),
		CopySourceIfMatch: cp.source.ETag,
		MetadataDirective: cp.options.MetadataDirective,
		Metadata:          cp.metadata(),
		TaggingDirective:  cp.options.TaggingDirective,
	}
	in.CopySourceSSECustomerAlgorithm, in.CopySourceSSECustomerKey,
		in.CopySourceSSECustomerKeyMD5 = cp.options.SourceSSECustomerKey.headers()
	cp.upload.options.copy(in)
	if cp.marker != "" {
		in.MetadataDirective = types.MetadataDirectiveReplace
	}
	if len(cp.options.Target.Tags) > 0 {
		in.TaggingDirective = types.TaggingDirectiveReplace
	}
	return in
}

// copySource is the header x-amz-copy-source: each segment of the key is escaped as in a URL's
// path, and a plus sign too, which some servers decode as a blank.
func (cp *copying) copySource() string {
	path := "/" + cp.bucket + "/" + cp.key
	if strings.HasPrefix(cp.bucket, "arn:") {
		path = "/" + cp.bucket + "/object/" + cp.key
	}
	escaped := (&url.URL{Path: path}).EscapedPath()
	text := strings.TrimPrefix(strings.ReplaceAll(escaped, "+", "%2B"), "/")
	if version := cp.options.SourceVersionID; version != "" {
		text += "?versionId=" + url.QueryEscape(version)
	}
	return text
}

// described returns the options of the target, completed by what the copy keeps of the source
// except its tags.
func (cp *copying) described() *UploadOptions {
	o, from := cp.options.Target, cp.source
	if cp.options.MetadataDirective == types.MetadataDirectiveReplace {
		return &o
	}
	o.ContentType, o.ContentDisposition = aws.ToString(from.ContentType), aws.ToString(from.ContentDisposition)
	o.ContentEncoding, o.ContentLanguage = aws.ToString(from.ContentEncoding), aws.ToString(from.ContentLanguage)
	o.CacheControl = aws.ToString(from.CacheControl)
	if expires, err := http.ParseTime(aws.ToString(from.ExpiresString)); err == nil {
		o.Expires = expires // any other text means "expired", as no header does
	}
	o.Metadata = lowerKeys(from.Metadata)
	return &o
}

// keepsTags reports whether the copy takes the tags of the source.
func (cp *copying) keepsTags() bool {
	return cp.options.TaggingDirective != types.TaggingDirectiveReplace && len(cp.options.Target.Tags) == 0
}

// evidence describes the object that the copy is.
func (cp *copying) evidence() evidence {
	o := cp.described()
	want := cp.upload.evidence(*cp.source.ContentLength, "", cp.etag)
	if defaultType[o.ContentType] {
		o.ContentType = ""
	}
	if cp.keepsTags() {
		want.tags = int(aws.ToInt32(cp.source.TagCount))
	}
	if d, ok := cp.fullDigest(); ok {
		want.digest, want.checksum = d, aws.ToString(d.in(headSums(cp.source)))
	}
	want.options = o
	return want
}

// etag returns the ETag that the copy must have; "": not known. A copy of an object in parts, or of
// an encrypted object, has another ETag than its source.
func (cp *copying) etag() string {
	etag := strings.Trim(aws.ToString(cp.source.ETag), `"`)
	if strings.Contains(etag, "-") || !plain(cp.source.ServerSideEncryption, cp.source.SSECustomerAlgorithm != nil) {
		return ""
	}
	return etag
}

// fullDigest returns the algorithm for which the server tells a checksum of the whole source.
func (cp *copying) fullDigest() (digest, bool) {
	for _, d := range digests {
		if fullObject(d.in(headSums(cp.source)), cp.source.ChecksumType) != nil {
			return d, true
		}
	}
	return digest{}, false
}
