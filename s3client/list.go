package s3client

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/url"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/s3chaos/s3chaos/retry"
)

// Object is an entry of a list.
type Object struct {
	Key          string // without the client's prefix
	Size         int64  // bytes
	ETag         string // as the server writes it, quotes included
	LastModified time.Time
}

// ListOptions refine a list. The zero value, and nil, list everything.
type ListOptions struct {
	// PageSize is how many entries are asked for in one request, 1 to 1000.
	// Zero: as many as the server gives, which is 1000 in S3.
	PageSize int
}

// List returns all objects whose key begins with prefix, in the server's
// order, however many requests that takes. Either the list is whole or there
// is an error. options may be nil.
func (c *Client) List(ctx context.Context, prefix string, options *ListOptions) ([]Object, error) {
	var all []Object
	for object, err := range c.Objects(ctx, prefix, options) {
		if err != nil {
			return nil, err
		}
		all = append(all, object)
	}
	return all, nil
}

// Objects is [Client.List] page by page, as the loop goes on. Every page is
// retried on its own. An error is the last thing it yields.
func (c *Client) Objects(ctx context.Context, prefix string, options *ListOptions) iter.Seq2[Object, error] {
	return func(yield func(Object, error) bool) {
		pages := pages{client: c, prefix: c.config.Prefix + prefix, seen: map[string]bool{}}
		if options != nil && options.PageSize > 0 {
			pages.size = aws.Int32(int32(min(options.PageSize, 1000)))
		}
		for more := true; more; {
			var (
				page []Object
				err  error
			)
			if page, more, err = pages.next(ctx); err != nil {
				yield(Object{}, fmt.Errorf("list %s/%s: %w", c.config.Bucket, pages.prefix, err))
				return
			}
			for _, object := range page {
				if !yield(object, nil) {
					return
				}
			}
		}
	}
}

// pages walks a list.
type pages struct {
	client *Client
	prefix string
	size   *int32
	token  *string
	seen   map[string]bool // tokens used: a server that repeats one never ends
}

func (p *pages) next(ctx context.Context) (page []Object, more bool, err error) {
	c := p.client
	var out *s3.ListObjectsV2Output
	err = c.do(ctx, "ListObjectsV2", p.prefix, 0, func(ctx context.Context, a *attempt) (err error) {
		out, err = c.s3.ListObjectsV2(ctx, &s3.ListObjectsV2Input{
			Bucket:            aws.String(c.config.Bucket),
			Prefix:            optional(p.prefix),
			ContinuationToken: p.token,
			MaxKeys:           p.size,
			// A key may hold characters that XML cannot.
			EncodingType: types.EncodingTypeUrl,
		})
		if err != nil {
			return err
		}
		if out.Name == nil && out.KeyCount == nil && out.IsTruncated == nil {
			// An empty body decodes as an empty list.
			return retry.Retryable(errors.New("answer without a list: not from S3"))
		}
		page, err = p.objects(out)
		return err
	})
	if err != nil || !aws.ToBool(out.IsTruncated) {
		return page, false, err
	}
	token := aws.ToString(out.NextContinuationToken)
	if token == "" || p.seen[token] {
		return nil, false, fmt.Errorf("%w: the list goes on, but the server gave no new continuation token", ErrIntegrity)
	}
	p.seen[token], p.token = true, &token
	return page, true, nil
}

func (p *pages) objects(out *s3.ListObjectsV2Output) ([]Object, error) {
	page := make([]Object, 0, len(out.Contents))
	for _, entry := range out.Contents {
		key := aws.ToString(entry.Key)
		if out.EncodingType == types.EncodingTypeUrl {
			decoded, err := url.QueryUnescape(key)
			if err != nil {
				return nil, retry.Retryable(fmt.Errorf("key %q: %w", key, err))
			}
			key = decoded
		}
		own, ok := p.client.ownKey(key)
		if !ok {
			return nil, retry.Permanent(fmt.Errorf("%w: listed %q, which is outside the prefix", ErrIntegrity, key))
		}
		page = append(page, Object{
			Key: own, Size: aws.ToInt64(entry.Size),
			ETag: aws.ToString(entry.ETag), LastModified: aws.ToTime(entry.LastModified),
		})
	}
	return page, nil
}
