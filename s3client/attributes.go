package s3client

import (
	"encoding/base64"
	"encoding/json"
	"net/url"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// This file puts upload options into the requests of the SDK.

// put writes the options into a PutObject.
func (o *UploadOptions) put(in *s3.PutObjectInput) {
	in.IfNoneMatch, in.IfMatch = optional(o.IfNoneMatch), optional(o.IfMatch)
	in.ContentType, in.ContentDisposition = optional(o.ContentType), optional(o.ContentDisposition)
	in.ContentEncoding, in.ContentLanguage = optional(o.ContentEncoding), optional(o.ContentLanguage)
	in.CacheControl, in.Expires = optional(o.CacheControl), optionalTime(o.Expires)
	in.Tagging, in.StorageClass = tagging(o.Tags), o.StorageClass
	in.ServerSideEncryption, in.SSEKMSKeyId = o.ServerSideEncryption, optional(o.SSEKMSKeyID)
	in.SSEKMSEncryptionContext, in.BucketKeyEnabled = o.kmsContext(), optionalTrue(o.BucketKeyEnabled)
	in.SSECustomerAlgorithm, in.SSECustomerKey, in.SSECustomerKeyMD5 = o.SSECustomerKey.headers()
	in.ObjectLockMode, in.ObjectLockRetainUntilDate = o.ObjectLockMode, optionalTime(o.ObjectLockRetainUntil)
	in.ObjectLockLegalHoldStatus = o.ObjectLockLegalHold
	in.ChecksumAlgorithm = o.digest().algorithm
}

// create writes the options into a CreateMultipartUpload. Its conditions belong to Complete.
func (o *UploadOptions) create(in *s3.CreateMultipartUploadInput) {
	in.ContentType, in.ContentDisposition = optional(o.ContentType), optional(o.ContentDisposition)
	in.ContentEncoding, in.ContentLanguage = optional(o.ContentEncoding), optional(o.ContentLanguage)
	in.CacheControl, in.Expires = optional(o.CacheControl), optionalTime(o.Expires)
	in.Tagging, in.StorageClass = tagging(o.Tags), o.StorageClass
	in.ServerSideEncryption, in.SSEKMSKeyId = o.ServerSideEncryption, optional(o.SSEKMSKeyID)
	in.SSEKMSEncryptionContext, in.BucketKeyEnabled = o.kmsContext(), optionalTrue(o.BucketKeyEnabled)
	in.SSECustomerAlgorithm, in.SSECustomerKey, in.SSECustomerKeyMD5 = o.SSECustomerKey.headers()
	in.ObjectLockMode, in.ObjectLockRetainUntilDate = o.ObjectLockMode, optionalTime(o.ObjectLockRetainUntil)
	in.ObjectLockLegalHoldStatus = o.ObjectLockLegalHold
	in.ChecksumAlgorithm, in.ChecksumType = o.digest().algorithm, o.digest().kind()
}

// copy writes the options into a CopyObject, where they describe the target.
func (o *UploadOptions) copy(in *s3.CopyObjectInput) {
	in.IfNoneMatch, in.IfMatch = optional(o.IfNoneMatch), optional(o.IfMatch)
	in.ContentType, in.ContentDisposition = optional(o.ContentType), optional(o.ContentDisposition)
	in.ContentEncoding, in.ContentLanguage = optional(o.ContentEncoding), optional(o.ContentLanguage)
	in.CacheControl, in.Expires = optional(o.CacheControl), optionalTime(o.Expires)
	in.Tagging, in.StorageClass = tagging(o.Tags), o.StorageClass
	in.ServerSideEncryption, in.SSEKMSKeyId = o.ServerSideEncryption, optional(o.SSEKMSKeyID)
	in.SSEKMSEncryptionContext, in.BucketKeyEnabled = o.kmsContext(), optionalTrue(o.BucketKeyEnabled)
	in.SSECustomerAlgorithm, in.SSECustomerKey, in.SSECustomerKeyMD5 = o.SSECustomerKey.headers()
	in.ObjectLockMode, in.ObjectLockRetainUntilDate = o.ObjectLockMode, optionalTime(o.ObjectLockRetainUntil)
	in.ObjectLockLegalHoldStatus = o.ObjectLockLegalHold
	in.ChecksumAlgorithm = o.ChecksumAlgorithm // empty: that of the source
}

// kmsContext is the encryption context as S3 wants it: JSON in base64.
func (o *UploadOptions) kmsContext() *string {
	if len(o.SSEKMSEncryptionContext) == 0 {
		return nil
	}
	text, err := json.Marshal(o.SSEKMSEncryptionContext)
	if err != nil {
		return nil // a map of strings always has JSON
	}
	return aws.String(base64.StdEncoding.EncodeToString(text))
}

// tagging is the header x-amz-tagging; nil without tags.
func tagging(tags map[string]string) *string {
	if len(tags) == 0 {
		return nil
	}
	values := make(url.Values, len(tags))
	for name, value := range tags {
		values.Set(name, value)
	}
	// Some stores do not decode a plus sign as a blank.
	return aws.String(strings.ReplaceAll(values.Encode(), "+", "%20"))
}

func optionalTrue(b bool) *bool {
	if !b {
		return nil
	}
	return &b
}

// completed is a part in a CompleteMultipartUpload.
func (d digest) completed(number int32, etag *string, sum string) types.CompletedPart {
	s := d.of(sum)
	return types.CompletedPart{
		PartNumber: aws.Int32(number), ETag: etag, ChecksumCRC32: s.crc32, ChecksumCRC32C: s.crc32c,
		ChecksumCRC64NVME: s.crc64, ChecksumSHA1: s.sha1, ChecksumSHA256: s.sha256,
	}
}
