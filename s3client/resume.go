package s3client

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/s3chaos/s3chaos/retry"
)

// This file goes on with an upload that an earlier call, perhaps of another process, began.

// resumable stores a file in parts that survive a failure.
func (u *upload) resumable(ctx context.Context, source *sections) error {
	path := u.options.ResumeFile
	m, err := u.reopen(ctx, source)
	if err == nil && u.result != nil {
		u.forgetResume(ctx)
		u.client.finished(ctx, u.key, u.tally.finish(u.result.Size))
		return nil
	}
	var orphan error
	if err == nil && m == nil {
		if m, orphan, err = u.open(ctx); err == nil {
			if err = u.resumeState(m.id, source.part).save(path); err != nil {
				err = errors.Join(err, m.abort(ctx), orphan)
			}
		}
	}
	if err != nil {
		return err
	}
	if err = m.send(ctx, source); err == nil {
		err = m.complete(ctx)
	}
	switch {
	case err == nil:
		u.forgetResume(ctx)
		u.client.finished(ctx, u.key, u.tally.finish(m.size))
		return nil
	case endsForGood(err):
		u.forgetResume(ctx)
		return errors.Join(err, m.abort(ctx), orphan)
	}
	u.client.log(ctx, slog.LevelWarn, "upload failed, its parts remain for another try",
		"bucket", u.client.config.Bucket, "key", u.key, "upload_id", m.id, "resume_file", path)
	return errors.Join(err, orphan)
}

// endsForGood reports whether another try with the same parts would fail too: the source or the
// object has changed, or S3 does not take the parts. A lack of rights can be mended.
func endsForGood(err error) bool {
	switch {
	case errors.Is(err, ErrSourceChanged):
		return true
	case errors.Is(err, ErrOutcomeUnknown) || !errors.Is(err, retry.ErrPermanent) || codeOf(err) == "ExpiredToken":
		return false
	}
	switch statusOf(err) {
	case http.StatusBadRequest, http.StatusNotFound, http.StatusConflict, http.StatusPreconditionFailed:
		return true
	}
	return false
}

// forgetResume removes the ResumeFile. A file that remains costs the next upload one request, so
// the upload does not fail for it.
func (u *upload) forgetResume(ctx context.Context) {
	if err := os.Remove(u.options.ResumeFile); err != nil {
		u.client.log(ctx, slog.LevelWarn, "the resume file remains", "error", err)
	}
}

// reopen returns the upload of the ResumeFile with the parts that the server has, or nil to begin
// anew. The result is set if that upload has stored the object.
func (u *upload) reopen(ctx context.Context, source *sections) (*multipart, error) {
	state, err := loadResume(u.options.ResumeFile)
	if err != nil || state == nil {
		return nil, err
	}
	want := u.resumeState(state.UploadID, state.PartSize)
	if state.Bucket != want.Bucket || state.Key != want.Key || state.Endpoint != want.Endpoint {
		return nil, fmt.Errorf("%w: %s: it is of %s/%s: want one of %s/%s, at the same endpoint", ErrResumeFile,
			u.options.ResumeFile, state.Bucket, state.Key, want.Bucket, want.Key)
	}
	fresh := u.marker
	u.marker = state.Mark
	m := &multipart{upload: u, id: state.UploadID}
	same := state.Size == want.Size && state.Modified.Equal(want.Modified) &&
		state.Options == want.Options && state.Algorithm == want.Algorithm
	if same && partSize(state.Size, state.PartSize, u.client.config.MaxParts) == state.PartSize {
		there, err := m.listParts(ctx)
		if err == nil {
			m.there, source.part = there, state.PartSize
			return m, nil
		}
		if codeOf(err) != "NoSuchUpload" {
			return nil, fmt.Errorf("list the parts of upload %s: %w", m.id, err)
		}
		if err := u.findMark(ctx, state); err != nil || u.result != nil {
			return nil, err
		}
	} else if err := m.abort(ctx); err != nil {
		return nil, fmt.Errorf("abort the upload of the resume file: %w", err)
	}
	u.marker = fresh
	return nil, nil
}

// findMark sets the result if a conditional upload, which is gone now, has stored the object.
func (u *upload) findMark(ctx context.Context, state *resumeState) error {
	if state.Mark == "" {
		return nil
	}
	out, err := u.client.headWith(ctx, u.key, u.write().head())
	if err != nil {
		return fmt.Errorf("look for the object of the resume file: %w", err)
	}
	if (evidence{size: state.Size, digest: u.digest, marker: state.Mark}).judge(out) == done {
		u.result = found(out)
	}
	return nil
}

// listParts returns the parts that the server has.
func (m *multipart) listParts(ctx context.Context) (map[int32]types.Part, error) {
	c, there := m.client, make(map[int32]types.Part)
	var marker *string
	for {
		in := &s3.ListPartsInput{
			Bucket: aws.String(c.config.Bucket), Key: aws.String(m.key), UploadId: aws.String(m.id),
			PartNumberMarker: marker,
		}
		in.SSECustomerAlgorithm, in.SSECustomerKey, in.SSECustomerKeyMD5 = m.options.SSECustomerKey.headers()
		var out *s3.ListPartsOutput
		err := c.do(ctx, "ListParts", m.key, 0, func(ctx context.Context, a *attempt) (err error) {
			out, err = c.s3.ListParts(ctx, in)
			if err == nil && (aws.ToString(out.UploadId) != m.id || htmlType(a.header)) {
				return integrity("the list of parts is of upload %q", aws.ToString(out.UploadId))
			}
			return err
		})
		if err != nil {
			return nil, err
		}
		for _, part := range out.Parts {
			there[aws.ToInt32(part.PartNumber)] = part
		}
		if !aws.ToBool(out.IsTruncated) {
			return there, nil
		}
		next := aws.ToString(out.NextPartNumberMarker)
		if next == aws.ToString(marker) || len(out.Parts) == 0 {
			return nil, fmt.Errorf("%w: the list of parts does not move on from part %q", ErrIntegrity, next)
		}
		marker = out.NextPartNumberMarker
	}
}

// hasPart reports whether the server has the part already, with the same size and checksum, and
// takes it into the list for Complete.
func (m *multipart) hasPart(number int32, p payload) bool {
	part, ok := m.there[number]
	if !ok || aws.ToInt64(part.Size) != p.size || part.ETag == nil {
		return false
	}
	sum := m.digest.in(sums{
		part.ChecksumCRC32, part.ChecksumCRC32C, part.ChecksumCRC64NVME, part.ChecksumSHA1, part.ChecksumSHA256,
	})
	same := sum != nil && *sum == p.checksum
	if sum == nil && !m.options.encrypted() {
		same = strings.Trim(*part.ETag, `"`) == p.etag()
	}
	if same {
		m.add(number, part.ETag, p.checksum, p)
	}
	return same
}
