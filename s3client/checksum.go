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
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// crc64NVMEPolynomial is the polynomial of CRC-64/NVME, reflected.
const crc64NVMEPolynomial = 0x9a6c9329ac4bc9b5

var crc64NVME = crc64.MakeTable(crc64NVMEPolynomial)

// checksum verifies the content of a whole object as it arrives, in one response or in several. The
// SDK verifies single responses, and skips ranges.
type checksum struct {
	name string
	want string
	hash hash.Hash
	text func([]byte) string
	anew func() hash.Hash
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
		{"CRC-64/NVME", out.ChecksumCRC64NVME, newNVME},
		{"SHA-256", out.ChecksumSHA256, sha256.New},
		{"SHA-1", out.ChecksumSHA1, sha1.New},
	} {
		if value := fullObject(offer.value, out.ChecksumType); value != nil {
			return &checksum{offer.name, *value, offer.hash(), base64.StdEncoding.EncodeToString, offer.hash}
		}
	}
	etag := strings.Trim(aws.ToString(out.ETag), `"`)
	if trustETag && isMD5(etag) && plainlyStored(out) {
		return &checksum{"MD5 (ETag)", strings.ToLower(etag), md5.New(), hex.EncodeToString, md5.New}
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

// compositeOf returns the checksum of the checksums of n parts, which the response has for the
// whole object; nil: the response has none.
func compositeOf(out *s3.GetObjectOutput, n int) *checksum {
	own, suffix := *out, "-"+strconv.Itoa(n)
	own.ChecksumType = ""
	for _, field := range []**string{
		&own.ChecksumCRC32, &own.ChecksumCRC32C, &own.ChecksumCRC64NVME, &own.ChecksumSHA1, &own.ChecksumSHA256,
	} {
		if value, ok := strings.CutSuffix(aws.ToString(*field), suffix); ok {
			*field = &value
		}
	}
	return checksumOf(&own, false)
}

// checksumsOf returns what a response to HEAD tells about checksums, as a response to GET tells it.
func checksumsOf(head *s3.HeadObjectOutput) *s3.GetObjectOutput {
	return &s3.GetObjectOutput{
		ETag: head.ETag, ChecksumType: head.ChecksumType,
		ChecksumCRC32: head.ChecksumCRC32, ChecksumCRC32C: head.ChecksumCRC32C,
		ChecksumCRC64NVME: head.ChecksumCRC64NVME,
		ChecksumSHA1:      head.ChecksumSHA1, ChecksumSHA256: head.ChecksumSHA256,
		SSECustomerAlgorithm: head.SSECustomerAlgorithm, SSEKMSKeyId: head.SSEKMSKeyId,
		ServerSideEncryption: head.ServerSideEncryption,
	}
}

// partsOf returns how many parts an object was uploaded in, by its ETag; 0: in none.
func partsOf(etag *string) int {
	_, text, _ := strings.Cut(strings.Trim(aws.ToString(etag), `"`), "-")
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > MaxParts {
		return 0
	}
	return n
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
	return c.compare(c.hash.Sum(nil))
}

func (c *checksum) compare(sum []byte) error {
	if got := c.text(sum); got != c.want {
		return integrity("%s is %s, the server says %s", c.name, got, c.want)
	}
	return nil
}
