package s3client

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// Move copies the object from to the object to, verifies the copy with a HEAD, and then deletes the
// source. S3 cannot rename. A copy that failed or whose outcome is unknown leaves the source alone,
// and so does a copy that does not verify.
//
// The deletion is conditional on the ETag of what was copied: a source that was replaced meanwhile
// stays, and the error is [ErrObjectChanged]. For a server without conditional deletes, the client
// checks the ETag with a HEAD just before the deletion. If the deletion fails, both objects are
// there; the error is a [*MoveError]. options may be nil.
func (c *Client) Move(ctx context.Context, from, to string, options *CopyOptions) error {
	cp, err := c.copying(from, to, options)
	if err != nil {
		return err
	}
	wrap := func(err error) error {
		return fmt.Errorf("move %s/%s to %s/%s: %w", cp.bucket, cp.key, c.config.Bucket, cp.upload.key, err)
	}
	if cp.bucket == c.config.Bucket && cp.key == cp.upload.key {
		return wrap(errors.New("source and target are the same object"))
	}
	if err := cp.run(ctx); err != nil {
		return wrap(err)
	}
	if err := cp.verify(ctx); err != nil {
		return wrap(err)
	}
	if err := cp.deleteSource(ctx); err != nil {
		return wrap(&MoveError{Copy: cp.result, Err: err})
	}
	return nil
}

// MoveError is a [Client.Move] that copied the object and did not delete the source.
type MoveError struct {
	Copy *UploadResult // the target
	Err  error         // of the deletion
}

func (e *MoveError) Error() string { return fmt.Sprintf("copied, but the source remains: %v", e.Err) }

// Unwrap returns the error of the deletion.
func (e *MoveError) Unwrap() error { return e.Err }

// verify looks at the target. Its size and, where the server tells it, the checksum of the content
// must be those of the source, and its ETag that of the copy.
func (cp *copying) verify(ctx context.Context) error {
	out, err := cp.client.existing(ctx, cp.upload.key, cp.write().head())
	if err != nil {
		return fmt.Errorf("verify the copy: %w", err)
	}
	if got, want := *out.ContentLength, *cp.source.ContentLength; got != want {
		return integrity("the copy has %d bytes, the source %d", got, want)
	}
	if etag := aws.ToString(out.ETag); etag != cp.result.ETag {
		return &ChangedError{
			Bucket: cp.client.config.Bucket, Key: cp.upload.key, Before: cp.result.ETag, After: etag,
		}
	}
	if d, ok := cp.fullDigest(); ok {
		want, got := *d.in(headSums(cp.source)), fullObject(d.in(headSums(out)), out.ChecksumType)
		if got != nil && *got != want {
			return integrity("the copy has %s %s, the source %s", d.name, *got, want)
		}
	}
	return nil
}

// deleteSource deletes what was copied, and nothing else.
func (cp *copying) deleteSource(ctx context.Context) error {
	c := cp.client.WithBucket(cp.bucket)
	options := &DeleteOptions{VersionID: cp.options.SourceVersionID}
	if options.VersionID == "" {
		options.IfMatch = aws.ToString(cp.source.ETag)
	}
	_, err := c.delete(ctx, cp.key, options)
	if unsupported(err) && options.IfMatch != "" {
		out, seen := c.headWith(ctx, cp.key, cp.sourceHead())
		switch {
		case seen != nil:
			return seen
		case out == nil:
			return nil
		case aws.ToString(out.ETag) != options.IfMatch:
			return &ChangedError{Bucket: cp.bucket, Key: cp.key, Before: options.IfMatch, After: aws.ToString(out.ETag)}
		}
		_, err = c.delete(ctx, cp.key, &DeleteOptions{})
	}
	switch {
	case codeOf(err) == "PreconditionFailed":
		return errors.Join(&ChangedError{Bucket: cp.bucket, Key: cp.key, Before: options.IfMatch}, err)
	case IsNotFound(err) && codeOf(err) != "NoSuchBucket":
		return nil // another client deleted the source
	}
	return err
}
