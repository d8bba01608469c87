package s3client

import (
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// UploadOptions say how an object is stored. The zero value, and nil, are a plain upload that
// replaces what is there. Values that S3 would refuse are refused before a request is sent.
type UploadOptions struct {
	// Progress is told how much has been sent. Nil: no reports.
	Progress Progress

	// IfNoneMatch "*" writes only if the key has no object yet; otherwise the upload fails with
	// S3's code PreconditionFailed. No other value is valid.
	//
	// An object of a conditional upload gets one entry of metadata, x-amz-meta-s3client-write, by
	// which the client recognizes its own write when a response is lost or a proxy repeats the
	// request. Where the lookup fails, the client believes S3's PreconditionFailed.
	IfNoneMatch string
	// IfMatch is an ETag: the upload replaces only the object that has it; otherwise it fails with
	// S3's code PreconditionFailed, or NoSuchKey if the key has no object. The mark of IfNoneMatch
	// applies.
	IfMatch string

	// ContentType is stored with the object. Empty: the server's default.
	ContentType string
	// ContentDisposition, ContentEncoding, ContentLanguage and CacheControl are stored with the
	// object, and are headers of each response with its content. Empty: none.
	ContentDisposition, ContentEncoding, ContentLanguage, CacheControl string
	// Expires is the header of this name. Zero: none.
	Expires time.Time
	// Metadata is stored with the object: at most 2 KiB of names and values.
	Metadata map[string]string
	// Tags are at most 10, with names of 1 to 128 characters and values of up to 256.
	Tags map[string]string
	// StorageClass is a name of S3 or of another store. Empty: the server's default.
	StorageClass types.StorageClass

	// ServerSideEncryption is "AES256", "aws:kms" or "aws:kms:dsse". Empty: the bucket's default.
	ServerSideEncryption types.ServerSideEncryption
	// SSEKMSKeyID is the key for "aws:kms" and "aws:kms:dsse". Empty: the key that AWS manages.
	SSEKMSKeyID string
	// SSEKMSEncryptionContext goes with the key. Empty: none.
	SSEKMSEncryptionContext map[string]string
	// BucketKeyEnabled saves calls to KMS. False: the bucket's default.
	BucketKeyEnabled bool
	// SSECustomerKey encrypts the object with a key of the caller (SSE-C), in place of the four
	// fields above. Nil: none.
	SSECustomerKey CustomerKey

	// ObjectLockMode is "GOVERNANCE" or "COMPLIANCE", until ObjectLockRetainUntil. Both are set, or
	// neither.
	ObjectLockMode        types.ObjectLockMode
	ObjectLockRetainUntil time.Time
	// ObjectLockLegalHold is "ON" or "OFF". Empty: no hold.
	ObjectLockLegalHold types.ObjectLockLegalHoldStatus

	// ChecksumAlgorithm is CRC32, CRC32C, CRC64NVME, SHA1 or SHA256. Empty: CRC32. The checksum
	// travels with each request, and S3 keeps it with the object. For an object in parts S3 has the
	// checksum of the whole with the three CRCs, and one of the parts' checksums with SHA1 and
	// SHA256.
	ChecksumAlgorithm types.ChecksumAlgorithm

	// ResumeFile is the path of a small file by which a later upload, of this process or another,
	// goes on where this one ended, see [Client.PutFile]. Empty: an upload that fails leaves
	// nothing behind.
	ResumeFile string
}

// UploadResult is what the server tells about a stored object.
type UploadResult struct {
	ETag      string // as the server writes it, quotes included
	VersionID string // empty in a bucket without versions
	Size      int64  // bytes

	// Checksum is in base64. For an object in parts with SHA1 or SHA256 it is one of the parts'
	// checksums, with "-" and their number. Both fields are empty where the server tells none.
	Checksum          string
	ChecksumAlgorithm types.ChecksumAlgorithm
}

// found is the result of an upload that a lookup settled.
func found(out *s3.HeadObjectOutput) *UploadResult {
	r := &UploadResult{
		ETag: aws.ToString(out.ETag), VersionID: aws.ToString(out.VersionId), Size: aws.ToInt64(out.ContentLength),
	}
	r.ChecksumAlgorithm, r.Checksum = headSums(out).stated()
	return r
}

func headSums(out *s3.HeadObjectOutput) sums {
	return sums{out.ChecksumCRC32, out.ChecksumCRC32C, out.ChecksumCRC64NVME, out.ChecksumSHA1, out.ChecksumSHA256}
}

func (o *UploadOptions) conditional() bool { return o.IfNoneMatch != "" || o.IfMatch != "" }

// digest returns the checksum algorithm; check has refused unknown ones.
func (o *UploadOptions) digest() digest {
	d, _ := digestOf(o.ChecksumAlgorithm)
	return d
}

// encrypted reports whether the object's ETag is not its MD5.
func (o *UploadOptions) encrypted() bool {
	return !plain(o.ServerSideEncryption, len(o.SSECustomerKey) > 0)
}
