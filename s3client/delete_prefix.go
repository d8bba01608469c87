package s3client

import (
	"context"
	"errors"
	"fmt"
)

// DeletePrefix deletes all objects whose key begins with prefix, up to 1,000 in one request, and
// returns how many are gone. An object that is written meanwhile may stay. Keys that S3 refuses
// inside a 200 are sent again where their error is transient. Other objects do not wait for a key
// that cannot be deleted: the error is a [*DeleteError] with the keys that remain, at most the
// first 1,000 of them, joined with the error of the list if that failed.
//
// An empty prefix is an error unless Config.Prefix bounds it: it would empty the bucket.
func (c *Client) DeletePrefix(ctx context.Context, prefix string) (deleted int, err error) {
	full := c.config.Prefix + prefix
	if full == "" {
		return 0, errors.New("delete prefix: empty: want a prefix, here or in Config.Prefix")
	}
	failed := &DeleteError{Bucket: c.config.Bucket}
	flush := func(batch []string) {
		refused := c.deleteBatch(ctx, batch)
		deleted += len(batch) - len(refused)
		for _, whole := range batch {
			if err := refused[whole]; err != nil && len(failed.Failed) < maxDeletes {
				own, _ := c.ownKey(whole)
				failed.Failed = append(failed.Failed, KeyError{own, err})
			}
		}
	}
	var batch []string
	for object, listErr := range c.List(ctx, prefix, nil) {
		if listErr != nil {
			err = fmt.Errorf("delete %s/%s: %w", c.config.Bucket, full, listErr)
			break
		}
		if batch = append(batch, c.config.Prefix+object.Key); len(batch) == maxDeletes {
			flush(batch)
			batch = batch[:0]
		}
		if err = context.Cause(ctx); err != nil {
			break
		}
	}
	if len(batch) > 0 && ctx.Err() == nil {
		flush(batch)
	}
	if len(failed.Failed) > 0 {
		err = errors.Join(failed, err)
	}
	return deleted, err
}
