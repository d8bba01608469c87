package scenarios

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"net/url"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/s3chaos/s3chaos/scenarios/script"
)

// Copy implements Copier.
func (c *sdk) Copy(ctx context.Context, fromBucket, fromKey, toBucket, toKey string) error {
	return c.CopyWith(ctx, CopyOptions{
		FromBucket: fromBucket, FromKey: fromKey, ToBucket: toBucket, ToKey: toKey,
		UploadOptions: UploadOptions{WriteOptions: &script.WriteOptions{}},
	})
}

// CopyWith implements OptionCopier.
func (c *sdk) CopyWith(ctx context.Context, o CopyOptions) error {
	source := (&url.URL{Path: o.FromBucket + "/" + o.FromKey}).EscapedPath()
	if o.FromVersionID != "" {
		source += "?versionId=" + url.QueryEscape(o.FromVersionID)
	}
	in := &s3.CopyObjectInput{
		Bucket: &o.ToBucket, Key: &o.ToKey, CopySource: &source, CopySourceIfMatch: optional(o.FromIfMatch),
		IfMatch: optional(o.IfMatch), IfNoneMatch: optional(o.IfNoneMatch),
	}
	if o.Describes() {
		in.MetadataDirective, in.Metadata = types.MetadataDirectiveReplace, o.Metadata
		in.ContentType, in.ContentEncoding = optional(o.ContentType), optional(o.ContentEncoding)
		in.ContentLanguage, in.ContentDisposition = optional(o.ContentLanguage), optional(o.ContentDisposition)
		in.CacheControl = optional(o.CacheControl)
	}
	if len(o.Tags) > 0 {
		tags := make(url.Values, len(o.Tags))
		for name, text := range o.Tags {
			tags.Set(name, text)
		}
		in.TaggingDirective, in.Tagging = types.TaggingDirectiveReplace, aws.String(tags.Encode())
	}
	if o.MetadataDirective != "" {
		in.MetadataDirective = types.MetadataDirective(o.MetadataDirective)
	}
	if o.TaggingDirective != "" {
		in.TaggingDirective = types.TaggingDirective(o.TaggingDirective)
	}
	in.ServerSideEncryption, in.SSEKMSKeyId = types.ServerSideEncryption(o.Encryption), optional(o.KMSKey)
	if len(o.KMSContext) > 0 {
		text, err := json.Marshal(o.KMSContext)
		if err != nil {
			return err
		}
		in.SSEKMSEncryptionContext = aws.String(base64.StdEncoding.EncodeToString(text))
	}
	if o.BucketKey {
		in.BucketKeyEnabled = aws.Bool(true)
	}
	if o.Retention != nil {
		in.ObjectLockMode = types.ObjectLockMode(o.Retention.S3Mode())
		in.ObjectLockRetainUntilDate = aws.Time(o.RetainUntil)
	}
	if o.LegalHold {
		in.ObjectLockLegalHoldStatus = types.ObjectLockLegalHoldStatusOn
	}
	in.StorageClass = types.StorageClass(o.StorageClass)
	in.ChecksumAlgorithm = types.ChecksumAlgorithm(o.Checksum.S3Name())
	in.SSECustomerAlgorithm, in.SSECustomerKey, in.SSECustomerKeyMD5 = keyHeaders(o.CustomerKey.Bytes())
	in.CopySourceSSECustomerAlgorithm, in.CopySourceSSECustomerKey,
		in.CopySourceSSECustomerKeyMD5 = keyHeaders(o.FromCustomerKey)
	_, err := c.s3.CopyObject(ctx, in)
	return err
}
