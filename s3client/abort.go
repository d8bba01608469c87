package s3client

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// This file removes the parts of an upload that failed.

// abort removes the parts, although ctx may have ended, and returns an OrphanError if it cannot.
func (m *multipart) abort(ctx context.Context) error {
	c := m.client
	ctx, cancel := c.cleanup(ctx)
	defer cancel()
	err := c.abort(ctx, m.key, m.id)
	if err == nil && m.loose {
		// A part whose attempt was given up may have landed after the abort; S3 then wants another
		// one.
		err = c.abort(ctx, m.key, m.id)
	}
	if err == nil {
		return nil
	}
	c.log(ctx, slog.LevelError, "abort failed, parts remain",
		"bucket", c.config.Bucket, "key", m.key, "upload_id", m.id, "error", err)
	return &OrphanError{Bucket: c.config.Bucket, Key: m.key, UploadID: m.id, Err: err}
}

// cleanup returns a context for the clean-up after ctx, which lasts CleanupTimeout.
func (c *Client) cleanup(ctx context.Context) (context.Context, context.CancelFunc) {
	limit := c.config.CleanupTimeout
	late := fmt.Errorf("clean-up took longer than %s", limit)
	return context.WithTimeoutCause(context.WithoutCancel(ctx), limit, late)
}

// abortTimeout is how long one attempt of an abort may go without progress. One silent server must
// not use up the time of all attempts.
func (c *Client) abortTimeout() time.Duration {
	return min(c.attemptTimeout, max(c.config.CleanupTimeout/4, time.Millisecond))
}

// abort aborts one upload. An upload that is gone is a success.
func (c *Client) abort(ctx context.Context, key, id string) error {
	brief := *c
	brief.attemptTimeout = c.abortTimeout()
	return brief.do(ctx, "AbortMultipartUpload", key, 0, func(ctx context.Context, a *attempt) error {
		_, err := c.s3.AbortMultipartUpload(ctx, &s3.AbortMultipartUploadInput{
			Bucket:   aws.String(c.config.Bucket),
			Key:      aws.String(key),
			UploadId: aws.String(id),
		})
		switch {
		case codeOf(err) == "NoSuchUpload":
			return nil
		case err == nil:
			return a.checkNoContent()
		}
		return err
	})
}
