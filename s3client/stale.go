package s3client

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// This file finds multipart uploads that were left open, and aborts them.

// AbortStale aborts the multipart uploads whose key begins with prefix and that were opened more
// than olderThan ago, by the server's clock. It returns how many it aborted. An upload that cannot
// be aborted does not keep it from the others: the error joins an [*OrphanError] for each.
//
// olderThan must be longer than any upload that is still under way takes. A negative one is an
// error.
func (c *Client) AbortStale(ctx context.Context, prefix string, olderThan time.Duration) (aborted int, err error) {
	full := c.config.Prefix + prefix
	if olderThan < 0 {
		return 0, fmt.Errorf("abort stale uploads: olderThan %s: want 0 or more", olderThan)
	}
	old := func(u types.MultipartUpload, now time.Time) bool { return now.Sub(aws.ToTime(u.Initiated)) > olderThan }
	stale, err := c.openUploads(ctx, full, old)
	if err != nil {
		return 0, fmt.Errorf("abort stale uploads of %s/%s: %w", c.config.Bucket, full, err)
	}
	var errs []error
	for _, u := range stale {
		key, id := aws.ToString(u.Key), aws.ToString(u.UploadId)
		if err := c.abort(ctx, key, id); err != nil {
			errs = append(errs, &OrphanError{Bucket: c.config.Bucket, Key: key, UploadID: id, Err: err})
			continue
		}
		aborted++
	}
	return aborted, errors.Join(errs...)
}

// openUploads lists the open uploads whose key begins with prefix and that want accepts. now is the
// server's time.
func (c *Client) openUploads(
	ctx context.Context, prefix string, want func(u types.MultipartUpload, now time.Time) bool,
) (all []types.MultipartUpload, err error) {
	var key, id *string
	for {
		var (
			out *s3.ListMultipartUploadsOutput
			now time.Time
		)
		err := c.do(ctx, "ListMultipartUploads", prefix, 0, func(ctx context.Context, a *attempt) (err error) {
			out, err = c.s3.ListMultipartUploads(ctx, &s3.ListMultipartUploadsInput{
				Bucket: aws.String(c.config.Bucket), Prefix: optional(prefix), KeyMarker: key, UploadIdMarker: id,
			})
			if err != nil {
				return err
			}
			if out.Bucket == nil || !c.named(*out.Bucket) || htmlType(a.header) {
				return integrity("the list of uploads is of bucket %q", aws.ToString(out.Bucket))
			}
			now = serverTime(a.header)
			return nil
		})
		if err != nil {
			return nil, err
		}
		for _, u := range out.Uploads {
			if strings.HasPrefix(aws.ToString(u.Key), prefix) && want(u, now) {
				all = append(all, u)
			}
		}
		if !aws.ToBool(out.IsTruncated) {
			return all, nil
		}
		nextKey, nextID := aws.ToString(out.NextKeyMarker), aws.ToString(out.NextUploadIdMarker)
		if nextKey == aws.ToString(key) && nextID == aws.ToString(id) {
			return nil, fmt.Errorf("%w: the list of uploads does not move on from key %q", ErrIntegrity, nextKey)
		}
		key, id = out.NextKeyMarker, out.NextUploadIdMarker
	}
}

// serverTime returns the time of the response by the server's clock, or else by this one.
func serverTime(header http.Header) time.Time {
	if at, err := http.ParseTime(header.Get("Date")); err == nil {
		return at
	}
	return time.Now()
}

// errLostCreate is the reason for an OrphanError without UploadID.
var errLostCreate = errors.New("a response to CreateMultipartUpload was lost: an upload without parts may remain open")

// settleCreate handles uploads that a lost response to Create may have left open since start. With
// Config.FindLostUploads it aborts them; else it returns an OrphanError without UploadID.
func (u *upload) settleCreate(ctx context.Context, start time.Time, id string) error {
	c := u.client
	orphan := &OrphanError{Bucket: c.config.Bucket, Key: u.key, Err: errLostCreate}
	if !c.config.FindLostUploads {
		return orphan
	}
	ctx, cancel := c.cleanup(ctx)
	defer cancel()
	ours := func(open types.MultipartUpload, now time.Time) bool {
		// Initiated has a resolution of a second; Date too.
		opened := now.Add(time.Until(start) - 2*time.Second)
		other := aws.ToString(open.UploadId) != id
		return aws.ToString(open.Key) == u.key && other && !aws.ToTime(open.Initiated).Before(opened)
	}
	lost, err := c.openUploads(ctx, u.key, ours)
	if err != nil {
		orphan.Err = fmt.Errorf("%w: %w", errLostCreate, err)
		return orphan
	}
	for _, open := range lost {
		if err := c.abort(ctx, u.key, aws.ToString(open.UploadId)); err != nil {
			return &OrphanError{Bucket: c.config.Bucket, Key: u.key, UploadID: aws.ToString(open.UploadId), Err: err}
		}
		c.log(ctx, slog.LevelInfo, "aborted an upload whose response was lost", "bucket", c.config.Bucket, "key", u.key)
	}
	return nil
}
