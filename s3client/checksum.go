package s3client

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"hash"
	"hash/crc32"
	"hash/crc64"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// crc64NVME is the polynomial of CRC-64/NVME, reflected.
var crc64NVME = crc64.MakeTable(0x9a6c9329ac4bc9b5)

// checksum verifies the content of a whole object as it arrives, in one response or in several. The
// SDK verifies single responses, and skips ranges.
type checksum struct {
	name string
	want string
	hash hash.Hash
	text func([]byte) string
}

// checksumOf returns the checksum to verify the content by, from a response that covers the whole
// object: a checksum of the full object, the fastest first, or else an ETag that is an MD5. Nil:
// the response has neither.
func checksumOf(out *s3.GetObjectOutput, trustETag bool) *checksum {
	for _, offer := range []struct {
		name  string
		value *string
		hash  func() hash.Hash
	}{
		{"CRC-32C", out.ChecksumCRC32C, func() hash.Hash { return crc32.New(castagnoli) }},
		{"CRC-32", out.ChecksumCRC32, func() hash.Hash { return crc32.NewIEEE() }},
		{"CRC-64/NVME", out.ChecksumCRC64NVME, func() hash.Hash { return crc64.New(crc64NVME) }},
		{"SHA-256", out.ChecksumSHA256, sha256.New},
		{"SHA-1", out.ChecksumSHA1, sha1.New},
	} {
		if value := fullObject(offer.value, out.ChecksumType); value != nil {
			return &checksum{offer.name, *value, offer.hash(), base64.StdEncoding.EncodeToString}
		}
	}
	etag := strings.Trim(aws.ToString(out.ETag), `"`)
	if trustETag && isMD5(etag) && plainlyStored(out) {
		return &checksum{"MD5 (ETag)", strings.ToLower(etag), md5.New(), hex.EncodeToString}
	}
	return nil
}

// checksumOfPart returns the checksum of a single part of an object whose checksum is COMPOSITE, or
// nil if the response to the part's number has none.
func checksumOfPart(out *s3.GetObjectOutput) *checksum {
	own := *out
	own.ChecksumType = ""
	return checksumOf(&own, false)
}

// inParts reports whether the ETag is that of an object that was uploaded in several parts.
func inParts(etag *string) bool {
	_, parts, ok := strings.Cut(strings.Trim(aws.ToString(etag), `"`), "-")
	return ok && parts != "1"
}

func isMD5(etag string) bool {
	sum, err := hex.DecodeString(etag)
	return err == nil && len(sum) == md5.Size
}

// plainlyStored reports whether S3 stores the object in a way that makes its ETag an MD5: not
// encrypted with a key of the customer or of KMS.
func plainlyStored(out *s3.GetObjectOutput) bool {
	return out.SSEKMSKeyId == nil && plain(out.ServerSideEncryption, out.SSECustomerAlgorithm)
}

// plain reports whether an object that is encrypted like this has the ETag of its content.
func plain(encryption types.ServerSideEncryption, customer *string) bool {
	return customer == nil && (encryption == "" || encryption == types.ServerSideEncryptionAes256)
}

func (c *checksum) write(p []byte) {
	if c != nil {
		c.hash.Write(p)
	}
}

func (c *checksum) verify() error {
	if c == nil {
		return nil
	}
	if got := c.text(c.hash.Sum(nil)); got != c.want {
		return integrity("%s is %s, the server says %s", c.name, got, c.want)
	}
	return nil
}
