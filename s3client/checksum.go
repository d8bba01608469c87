package s3client

import (
	"crypto/md5"
	"encoding/base64"
	"encoding/hex"
	"hash"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// checksum verifies the content of a whole object as it arrives, in one response or in several. The
// SDK verifies single responses, and skips ranges.
type checksum struct {
	digest digest
	want   string
	hash   hash.Hash // of the bytes that have arrived
	text   func([]byte) string
}

// fastest lists the algorithms in the order of preference where a response has several checksums.
var fastest = []types.ChecksumAlgorithm{
	types.ChecksumAlgorithmCrc32c, types.ChecksumAlgorithmCrc32, types.ChecksumAlgorithmCrc64nvme,
	types.ChecksumAlgorithmSha256, types.ChecksumAlgorithmSha1,
}

// md5Digest is the algorithm of ETags.
var md5Digest = digest{name: "MD5 (ETag)", hash: md5.New}

// checksumOf returns the checksum to verify the content by, from a response that covers the whole
// object: a checksum of the full object, the fastest first, or else an ETag that is an MD5. Nil:
// the response has neither.
func checksumOf(out *s3.GetObjectOutput, trustETag bool) *checksum {
	if sum := getSums(out).checksum(out.ChecksumType); sum != nil {
		return sum
	}
	etag := strings.Trim(aws.ToString(out.ETag), `"`)
	if trustETag && isMD5(etag) && plainlyStored(out) {
		return &checksum{md5Digest, strings.ToLower(etag), md5.New(), hex.EncodeToString}
	}
	return nil
}

// checksum returns the checksum of the full object, the fastest first; nil: s has none.
func (s sums) checksum(kind types.ChecksumType) *checksum {
	for _, algorithm := range fastest {
		d, _ := digestOf(algorithm)
		if want := fullObject(d.in(s), kind); want != nil {
			return &checksum{d, *want, d.hash(), base64.StdEncoding.EncodeToString}
		}
	}
	return nil
}

// checksumOfPart returns the checksum of a single part of an object whose checksum is COMPOSITE, or
// nil if the response to the part's number has none.
func checksumOfPart(out *s3.GetObjectOutput) *checksum { return getSums(out).checksum("") }

// compositeOf returns the checksum of the checksums of n parts, which the response has for the
// whole object; nil: the response has none.
func compositeOf(out *s3.GetObjectOutput, n int) *checksum {
	s, suffix := getSums(out), "-"+strconv.Itoa(n)
	for _, d := range digests {
		field := d.field(&s)
		if sum, ok := strings.CutSuffix(aws.ToString(*field), suffix); ok {
			*field = &sum
		}
	}
	return s.checksum("")
}

func getSums(out *s3.GetObjectOutput) sums {
	return sums{out.ChecksumCRC32, out.ChecksumCRC32C, out.ChecksumCRC64NVME, out.ChecksumSHA1, out.ChecksumSHA256}
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
	return out.SSEKMSKeyId == nil && plain(out.ServerSideEncryption, out.SSECustomerAlgorithm != nil)
}

// plain reports whether the ETag of an object that is encrypted like this is the MD5 of its
// content; customer: with a key of the caller.
func plain(encryption types.ServerSideEncryption, customer bool) bool {
	return !customer && (encryption == "" || encryption == types.ServerSideEncryptionAes256)
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
		return integrity("%s is %s, the server says %s", c.digest.name, got, c.want)
	}
	return nil
}
