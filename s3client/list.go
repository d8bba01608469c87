package s3client

import (
	"context"
	"fmt"
	"iter"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// Object is an entry of a list.
type Object struct {
	Key          string // without the client's prefix
	Size         int64  // bytes
	ETag         string // as the server writes it, quotes included
	LastModified time.Time
	StorageClass string // empty: the server does not tell it

	// IsPrefix marks a common prefix: with ListOptions.Delimiter, Key stands for all keys that
	// begin with it, and nothing else is set.
	IsPrefix bool

	// VersionID, IsLatest and IsDeleteMarker are set with ListOptions.Versions. A delete marker is
	// what a deletion leaves in a bucket with versions; it has no content.
	VersionID      string
	IsLatest       bool
	IsDeleteMarker bool
}

// ListOptions refine a list. The zero value, and nil, list everything.
type ListOptions struct {
	// Delimiter groups the keys that have it after the prefix: the list has one entry for all keys
	// up to the delimiter, see Object.IsPrefix. With "/" the list is of one directory. Empty: no
	// groups.
	Delimiter string
	// StartAfter begins the list behind this key, which need not exist, and its versions. After a
	// failed list, the last key that it gave continues it. Empty: from the beginning.
	StartAfter string
	// Versions lists all versions of the objects and the delete markers, for each key from the
	// newest to the oldest.
	Versions bool
	// PageSize is how many entries are asked for in one request, 1 to 1000. Zero: as many as the
	// server gives, which is 1000 in S3.
	PageSize int
}

// List lists the objects whose key begins with prefix, in the order of their keys, however many
// requests that takes. It requests a page only when the loop needs it, and retries every page on
// its own; its memory does not grow with the list. Either the list is whole or an error is the last
// value that it yields: pages that contradict themselves, each other or the options are
// [ErrIntegrity], and so is a list that does not end, see [MaxPages] and [MaxEmptyPages]. options
// may be nil.
//
//	for object, err := range client.List(ctx, "2026/", nil) {
//		if err != nil {
//			return err
//		}
//		fmt.Println(object.Key, object.Size)
//	}
func (c *Client) List(ctx context.Context, prefix string, options *ListOptions) iter.Seq2[Object, error] {
	if options == nil {
		options = &ListOptions{}
	}
	pages := pages{client: c, prefix: c.config.Prefix + prefix, options: *options}
	return func(yield func(Object, error) bool) {
		pages := pages // so that the list can be walked again
		if err := pages.begin(); err != nil {
			yield(Object{}, fmt.Errorf("list %s/%s: %w", c.config.Bucket, pages.prefix, err))
			return
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

// begin checks the options and sets where the list begins.
func (p *pages) begin() error {
	if size := p.options.PageSize; size < 0 {
		return fmt.Errorf("page size %d: want 1 to 1000, or 0", size)
	} else if size > 0 {
		p.size = aws.Int32(int32(min(size, 1000)))
	}
	if after := p.options.StartAfter; after != "" {
		p.after = p.client.config.Prefix + after
	}
	return nil
}
