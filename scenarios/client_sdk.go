package scenarios

import (
	"bytes"
	"cmp"
	"context"
	"encoding/base64"
	"errors"
	"io"
	"math"
	"os"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"

	"github.com/s3chaos/s3chaos/scenarios/script"
)

// sdk is aws-sdk-go-v2 as most programs use it: with the SDK's retries, one request for each
// object, or, with a part size, uploads in parts, and downloads that it copies directly into the
// file.
type sdk struct {
	s3          *s3.Client
	part        int64 // the largest upload in one request, and the size of parts; 0 means no parts
	concurrency int   // parts at a time
}

// NewSDK returns the client for `client: {sdk: …}`.
func NewSDK(c ClientConfig) (Client, error) {
	spec := c.Scenario.Client.SDK
	if spec == nil {
		spec = &script.SDK{}
	}
	options := s3.Options{
		Region:       c.Region,
		BaseEndpoint: &c.Endpoint,
		UsePathStyle: !c.VirtualHosted,
		Credentials:  sdkCredentials(c.credentials()),
		HTTPClient:   sdkHTTPClient(c, spec.AttemptTimeout),
		Retryer:      sdkRetryer(spec, c),
		// The zero values of s3.Options neither send nor check checksums.
		RequestChecksumCalculation: aws.RequestChecksumCalculationWhenSupported,
		ResponseChecksumValidation: aws.ResponseChecksumValidationWhenSupported,
	}
	if c.Witness != nil {
		options.APIOptions = append(options.APIOptions, c.Witness.watchSDK)
	}
	return &sdk{s3.New(options), int64(spec.PartSize), cmp.Or(spec.Concurrency, sdkConcurrency)}, nil
}

// sdkCredentials returns the provider behind the cache that the SDK's own configuration uses.
func sdkCredentials(p aws.CredentialsProvider) aws.CredentialsProvider {
	if _, anonymous := p.(aws.AnonymousCredentials); anonymous {
		return p
	}
	return aws.NewCredentialsCache(p)
}

func (c *sdk) Upload(ctx context.Context, bucket, key, path string, progress func(int64)) error {
	return c.UploadIf(ctx, bucket, key, path, Condition{}, progress)
}

// UploadIf implements ConditionalUploader.
func (c *sdk) UploadIf(ctx context.Context, bucket, key, path string, when Condition, _ func(int64)) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }() // the file was only read
	return c.upload(ctx, bucket, key, file, when)
}

// upload stores what r gives, in parts if it is larger than a part. Without parts it sends one
// request, for which it reads a stream into memory first: over plain HTTP the SDK refuses a body
// that it cannot seek in.
func (c *sdk) upload(ctx context.Context, bucket, key string, r io.Reader, when Condition) error {
	body, seekable := r.(interface {
		io.ReadSeeker
		io.ReaderAt
	})
	if !seekable && c.part == 0 {
		content, err := io.ReadAll(r)
		if err != nil {
			return err
		}
		body, seekable = bytes.NewReader(content), true
	}
	if c.part == 0 {
		return c.put(ctx, bucket, key, body, when)
	}
	next := partsOfStream(r, c.part)
	more := func(n int64) bool { return n == c.part }
	if seekable {
		size, err := body.Seek(0, io.SeekEnd)
		if err != nil {
			return err
		}
		next = partsOfFile(body, size, c.part)
		more = func(n int64) bool { return n < size }
	}
	first, n, err := next()
	if err != nil {
		return err
	}
	if !more(n) {
		return c.put(ctx, bucket, key, first, when)
	}
	u := &partsUpload{client: c.s3, bucket: bucket, key: key, when: when}
	return u.run(ctx, first, next, c.concurrency)
}

func (c *sdk) put(ctx context.Context, bucket, key string, body io.ReadSeeker, when Condition) error {
	_, err := c.s3.PutObject(ctx, &s3.PutObjectInput{
		Bucket: &bucket, Key: &key, Body: body,
		IfNoneMatch: optional(when.IfNoneMatch), IfMatch: optional(when.IfMatch),
	})
	return err
}

func (c *sdk) UploadStream(ctx context.Context, bucket, key string, s Stream) error {
	return c.upload(ctx, bucket, key, s.Reader, Condition{IfNoneMatch: s.IfNoneMatch, IfMatch: s.IfMatch})
}

func (c *sdk) Download(ctx context.Context, bucket, key, path string, span *Range, progress func(int64)) error {
	return c.DownloadWith(ctx, bucket, key, path, GetOptions{Range: span}, progress)
}

// DownloadWith implements OptionReader.
func (c *sdk) DownloadWith(
	ctx context.Context, bucket, key, path string, o GetOptions, _ func(int64),
) (err error) {
	body, err := c.Get(ctx, bucket, key, o)
	if err != nil {
		return err
	}
	defer func() { _ = body.Close() }() // the copy below reports a read error
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	_, err = io.Copy(file, body)
	return err
}

func (c *sdk) List(ctx context.Context, bucket, prefix string, maxKeys int) ([]string, error) {
	in := &s3.ListObjectsV2Input{Bucket: &bucket, Prefix: &prefix}
	if maxKeys > 0 {
		in.MaxKeys = aws.Int32(int32(min(maxKeys, math.MaxInt32)))
	}
	var keys []string
	for pages := s3.NewListObjectsV2Paginator(c.s3, in); pages.HasMorePages(); {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, object := range page.Contents {
			keys = append(keys, aws.ToString(object.Key))
		}
	}
	return keys, nil
}

func (c *sdk) Delete(ctx context.Context, bucket, key string) error {
	return c.DeleteWith(ctx, bucket, key, DeleteOptions{})
}

// DeleteWith implements OptionDeleter.
func (c *sdk) DeleteWith(ctx context.Context, bucket, key string, o DeleteOptions) error {
	_, err := c.s3.DeleteObject(ctx, &s3.DeleteObjectInput{
		Bucket: &bucket, Key: &key, VersionId: optional(o.VersionID), IfMatch: optional(o.IfMatch),
	})
	return err
}

func (c *sdk) Exists(ctx context.Context, bucket, key string) (bool, error) {
	_, err := c.s3.HeadObject(ctx, &s3.HeadObjectInput{Bucket: &bucket, Key: &key})
	if _, missing := errors.AsType[*types.NotFound](err); missing {
		return false, nil
	}
	return err == nil, err
}

// Get implements Getter.
func (c *sdk) Get(ctx context.Context, bucket, key string, o GetOptions) (io.ReadCloser, error) {
	in := &s3.GetObjectInput{
		Bucket: &bucket, Key: &key, IfMatch: optional(o.IfMatch), IfNoneMatch: optional(o.IfNoneMatch),
		VersionId: optional(o.VersionID), PartNumber: partNumber(o.PartNumber),
	}
	if o.Range != nil {
		in.Range = aws.String("bytes=" + o.Range.String())
	}
	in.SSECustomerAlgorithm, in.SSECustomerKey, in.SSECustomerKeyMD5 = keyHeaders(o.CustomerKey)
	out, err := c.s3.GetObject(ctx, in)
	if err != nil {
		return nil, err
	}
	return out.Body, nil
}

// partNumber returns the number of a part as the SDK wants it; nil for 0.
func partNumber(n int) *int32 {
	if n == 0 {
		return nil
	}
	return aws.Int32(int32(n))
}

// Stat implements Statter.
func (c *sdk) Stat(ctx context.Context, bucket, key string) (int64, error) {
	return c.StatWith(ctx, bucket, key, GetOptions{})
}

// StatWith implements OptionReader.
func (c *sdk) StatWith(ctx context.Context, bucket, key string, o GetOptions) (int64, error) {
	in := &s3.HeadObjectInput{
		Bucket: &bucket, Key: &key, IfMatch: optional(o.IfMatch), IfNoneMatch: optional(o.IfNoneMatch),
		VersionId: optional(o.VersionID), PartNumber: partNumber(o.PartNumber),
	}
	in.SSECustomerAlgorithm, in.SSECustomerKey, in.SSECustomerKeyMD5 = keyHeaders(o.CustomerKey)
	out, err := c.s3.HeadObject(ctx, in)
	if err != nil {
		return 0, err
	}
	return aws.ToInt64(out.ContentLength), nil
}

// DeleteMany implements ManyDeleter. The SDK reports a refused key in the output, not as an error.
func (c *sdk) DeleteMany(ctx context.Context, bucket string, keys []string) (failed []string, err error) {
	for some := range slices.Chunk(keys, 1000) {
		objects := make([]types.ObjectIdentifier, len(some))
		for i := range some {
			objects[i].Key = &some[i]
		}
		out, batch := c.s3.DeleteObjects(ctx,
			&s3.DeleteObjectsInput{Bucket: &bucket, Delete: &types.Delete{Objects: objects}})
		if batch != nil {
			failed, err = append(failed, some...), errors.Join(err, batch)
			continue
		}
		for _, e := range out.Errors {
			failed = append(failed, aws.ToString(e.Key))
			err = errors.Join(err,
				&smithy.GenericAPIError{Code: aws.ToString(e.Code), Message: aws.ToString(e.Message)})
		}
	}
	return failed, err
}

// keyHeaders returns the three headers of an encryption key of the customer; nil without a key.
func keyHeaders(key []byte) (algorithm, text, sum *string) {
	if key == nil {
		return nil, nil, nil
	}
	return aws.String("AES256"), aws.String(base64.StdEncoding.EncodeToString(key)), aws.String(keyMD5(key))
}

// optional returns the text, or nil for an empty one.
func optional(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

func set[T any](field *T, given *T) {
	if given != nil {
		*field = *given
	}
}
