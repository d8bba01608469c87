package s3client

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/s3chaos/s3chaos/retry"
)

// This file deletes with conditions, and single versions.

// DeleteOptions refine a deletion. The zero value, and nil, are a plain deletion.
type DeleteOptions struct {
	// IfMatch is an ETag: only the object that has it is deleted. Otherwise the deletion fails with
	// S3's code PreconditionFailed, or NoSuchKey if the key has no object. "*" is any object.
	IfMatch string
	// VersionID is the version to delete for good. Empty: the current version, which stays as an
	// earlier one in a bucket with versions.
	VersionID string
	// BypassGovernanceRetention deletes a version in spite of a lock in mode GOVERNANCE.
	BypassGovernanceRetention bool
}

// DeleteResult is what the server tells about a deletion. It is empty where the response was lost,
// and in a bucket without versions.
type DeleteResult struct {
	VersionID    string // of the deleted version, or of the new delete marker
	DeleteMarker bool   // the deletion made a delete marker, or deleted one
}

// Delete removes the object key. An object that is not there is a success, as in S3: a repeated
// attempt cannot tell it from its own work. [Client.DeleteObject] has options and a result.
func (c *Client) Delete(ctx context.Context, key string) error {
	_, err := c.DeleteObject(ctx, key, nil)
	return err
}

// DeleteObject removes the object key, or a version of it. An object or version that is not there
// is a success, but not with IfMatch. If the response is lost and the object is gone, the deletion
// is a success; an object that is there is [ErrOutcomeUnknown], because another client may have
// written it since, and a version that is there is a failure. options may be nil.
func (c *Client) DeleteObject(ctx context.Context, key string, options *DeleteOptions) (*DeleteResult, error) {
	if options == nil {
		options = &DeleteOptions{}
	}
	full, err := c.fullKey(key)
	if err != nil {
		return nil, fmt.Errorf("delete: %w", err)
	}
	if !headerValue(options.IfMatch) {
		return nil, fmt.Errorf("delete %s: IfMatch %q: want no control characters", full, options.IfMatch)
	}
	result, err := c.delete(ctx, full, options)
	if err != nil {
		return nil, fmt.Errorf("delete %s/%s: %w", c.config.Bucket, full, err)
	}
	return result, nil
}

func (c *Client) delete(ctx context.Context, full string, options *DeleteOptions) (*DeleteResult, error) {
	w := &write{client: c, key: full, version: options.VersionID}
	result := &DeleteResult{}
	err := c.do(ctx, "DeleteObject", full, 0, func(ctx context.Context, a *attempt) error {
		out, err := c.s3.DeleteObject(ctx, &s3.DeleteObjectInput{
			Bucket:                    aws.String(c.config.Bucket),
			Key:                       aws.String(full),
			IfMatch:                   optional(options.IfMatch),
			VersionId:                 optional(options.VersionID),
			BypassGovernanceRetention: optionalTrue(options.BypassGovernanceRetention),
		})
		if err == nil {
			if err = a.checkNoContent(); err == nil {
				result.VersionID, result.DeleteMarker = aws.ToString(out.VersionId), aws.ToBool(out.DeleteMarker)
			}
		}
		w.note(a, err)
		return err
	})
	if err != nil && w.lost {
		err = w.settle(ctx, err, func(out *s3.HeadObjectOutput) verdict {
			switch {
			case out == nil:
				return done
			case options.VersionID != "":
				return notDone // a version that was deleted does not come back
			}
			return unclear // the object may have been written again after the deletion
		})
	}
	if err != nil {
		return nil, err
	}
	return result, nil
}

// unsupported reports whether err says that the server does not know a condition. A 501 that the
// retry policy takes for transient, because of its code, comes from a busy server.
func unsupported(err error) bool {
	return codeOf(err) == "NotImplemented" ||
		statusOf(err) == http.StatusNotImplemented && errors.Is(err, retry.ErrPermanent)
}
