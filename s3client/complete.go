package s3client

import (
	"cmp"
	"context"
	"crypto/md5"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// complete makes the object from its parts. The response may be lost, or be 200 with an error
// inside, or be NoSuchUpload because a lost attempt had succeeded. A lookup of the object settles
// what remains uncertain.
func (m *multipart) complete(ctx context.Context) error {
	slices.SortFunc(m.sent, func(a, b sentPart) int { return cmp.Compare(*a.PartNumber, *b.PartNumber) })
	parts := make([]types.CompletedPart, len(m.sent))
	for i, part := range m.sent {
		parts[i] = part.CompletedPart
	}
	c := m.client
	w, checksum := m.write(), m.checksum()
	failure := c.do(ctx, "CompleteMultipartUpload", m.key, 0, func(ctx context.Context, a *attempt) error {
		sum := m.digest.of(checksum)
		in := &s3.CompleteMultipartUploadInput{
			Bucket:            aws.String(c.config.Bucket),
			Key:               aws.String(m.key),
			UploadId:          aws.String(m.id),
			ChecksumCRC32:     sum.crc32,
			ChecksumCRC32C:    sum.crc32c,
			ChecksumCRC64NVME: sum.crc64,
			ChecksumType:      m.digest.kind(),
			MpuObjectSize:     aws.Int64(m.size),
			IfNoneMatch:       optional(m.options.IfNoneMatch),
			IfMatch:           optional(m.options.IfMatch),
			MultipartUpload:   &types.CompletedMultipartUpload{Parts: parts},
		}
		in.SSECustomerAlgorithm, in.SSECustomerKey, in.SSECustomerKeyMD5 = m.options.SSECustomerKey.headers()
		out, err := c.s3.CompleteMultipartUpload(ctx, in)
		if err == nil {
			got := m.digest.in(sums{
				out.ChecksumCRC32, out.ChecksumCRC32C, out.ChecksumCRC64NVME, out.ChecksumSHA1, out.ChecksumSHA256,
			})
			err = m.checkStored(out.ETag, fullObject(got, out.ChecksumType), checksum)
			m.result = m.stored(out.ETag, out.VersionId, m.size, cmp.Or(aws.ToString(got), checksum))
		}
		w.note(a, err)
		return err
	})
	if failure == nil {
		return nil
	}
	w.lost = w.lost || uploadGone(failure)
	want := m.evidence(m.size, checksum, func() string { return multipartETag(parts) })
	err := w.settleUpload(ctx, failure, want)
	m.result = w.found
	if err == nil && codeOf(failure) != "NoSuchUpload" {
		// The content is there, but perhaps from an earlier upload of the same; then ours is still
		// open. Aborting one that was completed does nothing.
		if orphan := m.abort(ctx); orphan != nil {
			m.client.log(ctx, slog.LevelWarn, "the object is there, but its upload may be open",
				"bucket", m.client.config.Bucket, "key", m.key)
		}
	}
	return err
}

// uploadGone reports whether a CompleteMultipartUpload failed because the upload is not there:
// another request completed it, or another client aborted it.
func uploadGone(failure error) bool {
	switch codeOf(failure) {
	case "NoSuchUpload":
		return true
	case "", "NotFound", "UnknownError": // without a code that can be read, the SDK makes up one of these
		return statusOf(failure) == http.StatusNotFound
	}
	return false
}

// checksum returns the checksum of the whole object, combined from the checksums of its parts; "":
// S3 has none for an object in parts, or the client does not have the content.
func (m *multipart) checksum() string {
	c := m.digest.crc
	if c == nil || m.known != "" {
		return m.known
	}
	var whole uint64
	for _, part := range m.sent {
		if part.size == 0 {
			return ""
		}
		whole = c.combine(whole, part.crc, part.size)
	}
	return base64.StdEncoding.EncodeToString(c.bytes(whole))
}

// fullObject returns sum, or nil if it is a checksum of the parts' checksums, which cannot be
// compared with that of the whole object.
func fullObject(sum *string, kind types.ChecksumType) *string {
	if sum == nil || kind == types.ChecksumTypeComposite || strings.Contains(*sum, "-") {
		return nil
	}
	return sum
}

// multipartETag is the ETag that S3 gives an object of these parts, where the ETag of a part is its
// MD5; else "".
func multipartETag(sent []types.CompletedPart) string {
	all := md5.New()
	for _, part := range sent {
		sum, err := hex.DecodeString(strings.Trim(aws.ToString(part.ETag), `"`))
		if err != nil || len(sum) != md5.Size {
			return ""
		}
		all.Write(sum)
	}
	return fmt.Sprintf("%x-%d", all.Sum(nil), len(sent))
}
