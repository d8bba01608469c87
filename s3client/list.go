package s3client

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/url"
	"strings"
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
	// PageSize is how many entries are asked for in one request, 1 to 1000. Zero: as many as the
	// server gives, which is 1000 in S3.
	PageSize int
}

// List returns all objects whose key begins with prefix, in the server's order, however many
// requests that takes. Either the list is whole or there is an error: pages that contradict
// themselves or each other are ErrIntegrity, and so is a list that does not end, see [MaxPages] and
// [MaxEmptyPages]. options may be nil.
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

// Objects lists as [Client.List] does, but requests a page only when the loop needs it. Every page
// is retried on its own. An error is the last value that it yields.
func (c *Client) Objects(ctx context.Context, prefix string, options *ListOptions) iter.Seq2[Object, error] {
	return func(yield func(Object, error) bool) {
		pages := pages{client: c, prefix: c.config.Prefix + prefix}
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

const (
	// MaxEmptyPages is how many pages without an object may follow each other in a list. One more
	// is ErrIntegrity.
	MaxEmptyPages = 1000
	// MaxPages is how many pages a list may have: a server that invents tokens would never end it.
	// One more is ErrIntegrity.
	MaxPages = 10_000_000
)

// pages walks a list. Its memory does not grow with the list: it remembers the keys of one page and
// one earlier token.
type pages struct {
	client *Client
	prefix string
	size   *int32
	token  *string

	count, empty int
	last         map[string]bool // keys of the last page
	milestone    string          // a token seen before: one that comes again closes a circle
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
		if err == nil {
			err = p.check(a, out)
		}
		if err == nil {
			page, err = p.objects(out)
		}
		return err
	})
	if err != nil || !aws.ToBool(out.IsTruncated) {
		return page, false, err
	}
	return page, true, p.advance(page, *out.NextContinuationToken)
}

// check refuses a response that is not the page that the client asked for.
func (p *pages) check(a *attempt, out *s3.ListObjectsV2Output) error {
	entries := len(out.Contents) + len(out.CommonPrefixes)
	switch {
	case out.Name == nil && out.KeyCount == nil && out.IsTruncated == nil, htmlType(a.header):
		// An empty body decodes as an empty list.
		return retry.Retryable(errors.New("response without a list: not from S3"))
	case out.Name != nil && *out.Name != p.client.config.Bucket:
		return integrity("the list is of bucket %q", *out.Name)
	case out.Prefix != nil && !p.same(*out.Prefix, out.EncodingType):
		return integrity("the list is of prefix %q", *out.Prefix)
	case out.KeyCount != nil && int(*out.KeyCount) != entries:
		return integrity("KeyCount %d: the list has %d entries", *out.KeyCount, entries)
	case aws.ToBool(out.IsTruncated) && aws.ToString(out.NextContinuationToken) == "":
		return integrity("IsTruncated without NextContinuationToken")
	case !aws.ToBool(out.IsTruncated) && aws.ToString(out.NextContinuationToken) != "":
		return integrity("NextContinuationToken without IsTruncated")
	}
	return nil
}

// same reports whether a prefix in a response is the one asked for. Some stores do not encode it.
func (p *pages) same(prefix string, encoding types.EncodingType) bool {
	if prefix == p.prefix {
		return true
	}
	decoded, err := url.QueryUnescape(prefix)
	return err == nil && encoding == types.EncodingTypeUrl && decoded == p.prefix
}

// advance moves on to the page of token. A server that repeats a token never ends the list; a
// milestone that moves to each power of two finds every circle (Brent).
func (p *pages) advance(page []Object, token string) error {
	if token == p.milestone || p.token != nil && token == *p.token {
		return fmt.Errorf("%w: the list repeats the continuation token %q", ErrIntegrity, token)
	}
	p.count++
	if p.count&(p.count-1) == 0 {
		p.milestone = token
	}
	if p.empty++; len(page) > 0 {
		p.empty = 0
	}
	if p.empty > MaxEmptyPages || p.count >= MaxPages {
		return fmt.Errorf("%w: the list goes on after %d pages, the last %d of them empty", ErrIntegrity, p.count,
			p.empty)
	}
	p.token = &token
	p.last = make(map[string]bool, len(page))
	for _, object := range page {
		p.last[object.Key] = true
	}
	return nil
}

func (p *pages) objects(out *s3.ListObjectsV2Output) ([]Object, error) {
	page := make([]Object, 0, len(out.Contents))
	seen := make(map[string]bool, len(out.Contents))
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
		if !ok || !strings.HasPrefix(key, p.prefix) {
			return nil, retry.Permanent(fmt.Errorf("%w: listed %q, which is outside the prefix", ErrIntegrity, key))
		}
		if seen[own] || p.last[own] {
			return nil, integrity("key %q is listed twice", key)
		}
		seen[own] = true
		page = append(page, Object{
			Key: own, Size: aws.ToInt64(entry.Size),
			ETag: aws.ToString(entry.ETag), LastModified: aws.ToTime(entry.LastModified),
		})
	}
	return page, nil
}
