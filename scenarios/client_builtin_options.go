package scenarios

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/s3chaos/s3chaos/retry"
	"github.com/s3chaos/s3chaos/s3client"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

// builtin returns the options of a step as the client takes them.
func (o *UploadOptions) builtin(progress func(int64)) *s3client.UploadOptions {
	options := &s3client.UploadOptions{
		Progress: reporting(progress), IfNoneMatch: o.IfNoneMatch, IfMatch: o.IfMatch,
		ContentType: o.ContentType, ContentEncoding: o.ContentEncoding, ContentLanguage: o.ContentLanguage,
		ContentDisposition: o.ContentDisposition, CacheControl: o.CacheControl,
		StorageClass: types.StorageClass(o.StorageClass), Metadata: o.Metadata, Tags: o.Tags,
		ChecksumAlgorithm: types.ChecksumAlgorithm(o.Checksum.S3Name()), SSECustomerKey: o.CustomerKey.Bytes(),
		ServerSideEncryption: types.ServerSideEncryption(o.Encryption), SSEKMSKeyID: o.KMSKey,
		SSEKMSEncryptionContext: o.KMSContext, BucketKeyEnabled: o.BucketKey,
		ObjectLockMode: types.ObjectLockMode(o.Retention.S3Mode()), ObjectLockRetainUntil: o.RetainUntil,
	}
	if o.LegalHold {
		options.ObjectLockLegalHold = types.ObjectLockLegalHoldStatusOn
	}
	return options
}

// UploadWith implements OptionUploader.
func (b *builtin) UploadWith(
	ctx context.Context, bucket, key, path string, o UploadOptions, progress func(int64),
) error {
	_, err := b.client.WithBucket(bucket).PutFile(ctx, key, path, o.builtin(progress))
	return err
}

// UploadStreamWith implements OptionUploader.
func (b *builtin) UploadStreamWith(ctx context.Context, bucket, key string, s Stream, o UploadOptions) error {
	return b.client.WithBucket(bucket).UploadStream(ctx, s.Reader, key, o.builtin(s.Progress))
}

// UploadResumable implements Resumer.
func (b *builtin) UploadResumable(
	ctx context.Context, bucket, key, path, state string, o UploadOptions, progress func(int64),
) error {
	options := o.builtin(progress)
	options.ResumeFile = state
	_, err := b.client.WithBucket(bucket).PutFile(ctx, key, path, options)
	return err
}

// ListWith implements OptionLister.
func (b *builtin) ListWith(
	ctx context.Context, bucket, prefix string, maxKeys int, o script.ListOptions,
) ([]string, error) {
	options := &s3client.ListOptions{
		PageSize: maxKeys, Delimiter: o.Delimiter, StartAfter: o.StartAfter, Versions: o.Versions,
	}
	var keys []string
	for object, err := range b.client.WithBucket(bucket).List(ctx, prefix, options) {
		if err != nil {
			return nil, err
		}
		keys = append(keys, object.Key)
	}
	return keys, nil
}

// read returns the options of a read as the client takes them; nil if there are none, as most
// callers give them.
func (o *GetOptions) read() *s3client.GetOptions {
	if o.Range == nil && o.IfMatch == "" && o.IfNoneMatch == "" && o.VersionID == "" && o.CustomerKey == nil &&
		o.PartNumber == 0 {
		return nil
	}
	options := &s3client.GetOptions{
		IfMatch: o.IfMatch, IfNoneMatch: o.IfNoneMatch, VersionID: o.VersionID, SSECustomerKey: o.CustomerKey,
		PartNumber: o.PartNumber,
	}
	if o.Range != nil {
		options.Range = o.Range.String()
	}
	return options
}

// DownloadWith implements OptionReader.
func (b *builtin) DownloadWith(
	ctx context.Context, bucket, key, path string, o GetOptions, progress func(int64),
) error {
	options := &s3client.DownloadOptions{Progress: reporting(progress), Concurrency: b.concurrency}
	if read := o.read(); read != nil {
		options.GetOptions = *read
	}
	return b.client.WithBucket(bucket).Download(ctx, key, path, options)
}

// StatWith implements OptionReader.
func (b *builtin) StatWith(ctx context.Context, bucket, key string, o GetOptions) (int64, error) {
	info, err := b.client.WithBucket(bucket).Stat(ctx, key, o.read())
	if err != nil {
		return 0, err
	}
	return info.Size, nil
}

// DeleteWith implements OptionDeleter.
func (b *builtin) DeleteWith(ctx context.Context, bucket, key string, o DeleteOptions) error {
	_, err := b.client.WithBucket(bucket).DeleteObject(ctx, key,
		&s3client.DeleteOptions{VersionID: o.VersionID, IfMatch: o.IfMatch})
	return err
}

// CopyWith implements OptionCopier.
func (b *builtin) CopyWith(ctx context.Context, o CopyOptions) error {
	options := &s3client.CopyOptions{
		SourceBucket: o.FromBucket, SourceVersionID: o.FromVersionID, SourceIfMatch: o.FromIfMatch,
		SourceSSECustomerKey: o.FromCustomerKey, Target: *o.builtin(nil),
	}
	options.MetadataDirective = types.MetadataDirective(o.MetadataDirective)
	options.TaggingDirective = types.TaggingDirective(o.TaggingDirective)
	if o.MetadataDirective == "" && o.Describes() {
		options.MetadataDirective = types.MetadataDirectiveReplace
	}
	return b.client.WithBucket(o.ToBucket).Copy(ctx, o.FromKey, o.ToKey, options)
}

// DeletePrefix implements PrefixDeleter. Where the list failed too, the client does not know which
// keys there are.
func (b *builtin) DeletePrefix(ctx context.Context, bucket, prefix string) (failed []string, err error) {
	_, err = b.client.WithBucket(bucket).DeletePrefix(ctx, prefix)
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok || len(joined.Unwrap()) > 1 {
		return nil, err
	}
	if some, ok := errors.AsType[*s3client.DeleteError](err); ok {
		for _, f := range some.Failed {
			failed = append(failed, f.Key)
		}
	}
	return failed, err
}

// get returns the options of a presigned GET as the client takes them; nil if there are none.
func (o *PresignOptions) get() *s3client.PresignGetOptions {
	read, headers := o.Get.read(), o.Response
	if read == nil && len(headers) == 0 {
		return nil
	}
	options := &s3client.PresignGetOptions{
		ResponseContentType:        headers["Content-Type"],
		ResponseContentEncoding:    headers["Content-Encoding"],
		ResponseContentLanguage:    headers["Content-Language"],
		ResponseContentDisposition: headers["Content-Disposition"],
		ResponseCacheControl:       headers["Cache-Control"],
	}
	if read != nil {
		options.GetOptions = *read
	}
	return options
}

// Presign implements Presigner.
func (b *builtin) Presign(ctx context.Context, o PresignOptions) (*PresignedRequest, error) {
	client := b.client.WithBucket(o.Bucket)
	var (
		signed *s3client.PresignedRequest
		err    error
	)
	switch {
	case o.Method != string(script.PresignPut):
		signed, err = client.PresignGet(ctx, o.Key, o.Expires, o.get())
	case o.Upload.None():
		signed, err = client.PresignPut(ctx, o.Key, o.Expires, nil)
	default:
		signed, err = client.PresignPut(ctx, o.Key, o.Expires, o.Upload.builtin(nil))
	}
	if err != nil {
		return nil, err
	}
	return &PresignedRequest{Method: signed.Method, URL: signed.URL, Header: signed.Header}, nil
}

// WithRetry implements PolicyChanger.
func (b *builtin) WithRetry(policy retry.Config) (Client, error) {
	client, err := b.client.WithRetry(policy)
	if err != nil {
		return nil, err
	}
	engine, err := retry.New(policy)
	if err != nil {
		return nil, err
	}
	return &builtin{client, b.concurrency, b.dirs, policy, engine}, nil
}
