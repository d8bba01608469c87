package s3client

import (
	"context"
	"fmt"
	"math"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// This file copies an object that is too large for one request, part by part. What CopyObject keeps
// by itself, the client has to carry over here.

// copyPartSize is the size of the parts of a copy in bytes, unless the object would need more than
// MaxParts.
const copyPartSize = 512 << 20

// inParts copies the object in parts.
func (cp *copying) inParts(ctx context.Context) error {
	o := cp.described()
	if cp.keepsTags() && aws.ToInt32(cp.source.TagCount) > 0 {
		tags, err := cp.tags(ctx)
		if err != nil {
			return err
		}
		o.Tags = tags
	}
	known, full := cp.fullDigest()
	if o.ChecksumAlgorithm == "" && full && known.crc != nil {
		o.ChecksumAlgorithm = known.algorithm
	}
	cp.upload.options, cp.digest = o, o.digest()
	return cp.multipart(ctx, func(ctx context.Context, m *multipart) error {
		if full && known.algorithm == m.digest.algorithm && known.crc != nil {
			m.known = aws.ToString(known.in(headSums(cp.source)))
		}
		return cp.send(ctx, m)
	})
}

// tags reads the tags of the source.
func (cp *copying) tags(ctx context.Context) (map[string]string, error) {
	c := cp.client.WithBucket(cp.bucket)
	tags := make(map[string]string)
	err := c.do(ctx, "GetObjectTagging", cp.key, 0, func(ctx context.Context, _ *attempt) error {
		out, err := c.s3.GetObjectTagging(ctx, &s3.GetObjectTaggingInput{
			Bucket: aws.String(cp.bucket), Key: aws.String(cp.key), VersionId: optional(cp.options.SourceVersionID),
		})
		if err != nil {
			return err
		}
		clear(tags)
		for _, tag := range out.TagSet {
			tags[aws.ToString(tag.Key)] = aws.ToString(tag.Value)
		}
		if want := int(*cp.source.TagCount); len(tags) != want {
			return integrity("%d tags, want %d", len(tags), want)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read the tags of the source: %w", err)
	}
	return tags, nil
}

// send copies the parts, Concurrency at a time, and waits for all of them.
func (cp *copying) send(ctx context.Context, m *multipart) error {
	m.size = *cp.source.ContentLength
	part := partSize(m.size, cp.client.copyPart, cp.client.config.MaxParts)
	crew := newCrew(ctx, cp.client.config.Concurrency, math.MaxInt64)
	for number, first := int32(1), int64(0); first < m.size && crew.admit(0); number, first = number+1, first+part {
		last := min(first+part, m.size) - 1
		crew.start(0, func(ctx context.Context) error { return cp.part(ctx, m, number, first, last) })
	}
	return crew.wait()
}

func (cp *copying) part(ctx context.Context, m *multipart, number int32, first, last int64) error {
	c, progress := cp.client, m.tally.piece()
	in := &s3.UploadPartCopyInput{
		Bucket:            aws.String(c.config.Bucket),
		Key:               aws.String(m.key),
		UploadId:          aws.String(m.id),
		PartNumber:        aws.Int32(number),
		CopySource:        aws.String(cp.copySource()),
		CopySourceIfMatch: cp.source.ETag,
		CopySourceRange:   aws.String(span{first, last}.String()),
	}
	in.CopySourceSSECustomerAlgorithm, in.CopySourceSSECustomerKey,
		in.CopySourceSSECustomerKeyMD5 = cp.options.SourceSSECustomerKey.headers()
	in.SSECustomerAlgorithm, in.SSECustomerKey, in.SSECustomerKeyMD5 = cp.options.Target.SSECustomerKey.headers()
	return c.do(ctx, "UploadPartCopy", m.key, int(number), func(ctx context.Context, a *attempt) error {
		out, err := c.s3.UploadPartCopy(ctx, in)
		if err == nil && (out.CopyPartResult == nil || aws.ToString(out.CopyPartResult.ETag) == "") {
			err = errNoETag
		}
		if err != nil {
			m.note(a, err)
			return err
		}
		got := out.CopyPartResult
		sum := m.digest.in(sums{
			got.ChecksumCRC32, got.ChecksumCRC32C, got.ChecksumCRC64NVME, got.ChecksumSHA1, got.ChecksumSHA256,
		})
		m.add(number, got.ETag, aws.ToString(sum), payload{})
		return progress.reached(last - first + 1)
	})
}
