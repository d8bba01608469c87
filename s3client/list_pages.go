package s3client

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/s3chaos/s3chaos/retry"
)

// This file walks the pages of a list, and checks each against the request and the one before.

const (
	// MaxEmptyPages is how many pages without an entry may follow each other in a list. One more is
	// ErrIntegrity.
	MaxEmptyPages = 1000
	// MaxPages is how many pages a list may have: a server that invents tokens would never end it.
	// One more is ErrIntegrity.
	MaxPages = 10_000_000
)

// pages walks a list. Its memory does not grow with the list: it remembers the entries of one page
// and one earlier position.
type pages struct {
	client  *Client
	prefix  string // with the client's
	options ListOptions
	size    *int32
	after   string // the list begins behind this key; "": at its beginning
	at      position

	count, empty int
	last         map[entry]bool // of the last page
	milestone    position       // one seen before: one that comes again closes a circle
}

// position is where a page begins; zero: the first.
type position struct {
	token        string // of a list of objects
	key, version string // of a list of versions
}

// entry identifies an entry of a list.
type entry struct{ key, version string }

// page is a response, from either kind of list.
type page struct {
	name, prefix *string
	encoding     types.EncodingType
	count        *int32
	truncated    *bool
	next         position
	objects      []Object // as the server tells them
	prefixes     []types.CommonPrefix
}

func (p *pages) next(ctx context.Context) (objects []Object, more bool, err error) {
	operation, ask := "ListObjectsV2", p.askObjects
	if p.options.Versions {
		operation, ask = "ListObjectVersions", p.askVersions
	}
	var got page
	err = p.client.do(ctx, operation, p.prefix, 0, func(ctx context.Context, a *attempt) error {
		var err error
		if got, err = ask(ctx); err != nil {
			return err
		}
		if err = p.check(a, &got); err == nil {
			objects, err = p.accept(&got)
		}
		return err
	})
	if err != nil || !aws.ToBool(got.truncated) {
		return objects, false, err
	}
	return objects, true, p.advance(objects, got.next)
}

// check refuses a response that is not the page that the client asked for.
func (p *pages) check(a *attempt, got *page) error {
	entries := len(got.objects) + len(got.prefixes)
	switch {
	case got.name == nil && got.count == nil && got.truncated == nil, htmlType(a.header):
		// An empty body decodes as an empty list.
		return retry.Retryable(errors.New("response without a list: not from S3"))
	case got.name != nil && !p.client.named(*got.name):
		return integrity("the list is of bucket %q", *got.name)
	case got.prefix != nil && !p.same(*got.prefix, got.encoding):
		return integrity("the list is of prefix %q", *got.prefix)
	case got.count != nil && int(*got.count) != entries:
		return integrity("KeyCount %d: the list has %d entries", *got.count, entries)
	case aws.ToBool(got.truncated) && got.next == (position{}):
		return integrity("IsTruncated without %s", p.nextName())
	case !aws.ToBool(got.truncated) && got.next != (position{}):
		return integrity("%s without IsTruncated", p.nextName())
	}
	return nil
}

func (p *pages) nextName() string {
	if p.options.Versions {
		return "NextKeyMarker"
	}
	return "NextContinuationToken"
}

// same reports whether a prefix in a response is the one asked for. Some stores do not encode it.
func (p *pages) same(prefix string, encoding types.EncodingType) bool {
	if prefix == p.prefix {
		return true
	}
	decoded, err := url.QueryUnescape(prefix)
	return err == nil && encoding == types.EncodingTypeUrl && decoded == p.prefix
}

// advance moves on to the page at next. A server that repeats a position never ends the list; a
// milestone that moves to each power of two finds every circle (Brent).
func (p *pages) advance(objects []Object, next position) error {
	if next == p.milestone || next == p.at {
		return fmt.Errorf("%w: the list repeats the continuation %q", ErrIntegrity, next.token+next.key+next.version)
	}
	p.count++
	if p.count&(p.count-1) == 0 {
		p.milestone = next
	}
	if p.empty++; len(objects) > 0 {
		p.empty = 0
	}
	if p.empty > MaxEmptyPages || p.count >= MaxPages {
		return fmt.Errorf("%w: the list goes on after %d pages, the last %d of them empty", ErrIntegrity, p.count,
			p.empty)
	}
	p.at = next
	p.last = make(map[entry]bool, len(objects))
	for _, object := range objects {
		p.last[entry{object.Key, object.VersionID}] = true
	}
	return nil
}

// accept returns the entries of a page in the order of their keys, or an error if one of them is
// not what was asked for.
func (p *pages) accept(got *page) ([]Object, error) {
	all := make([]Object, 0, len(got.objects)+len(got.prefixes))
	seen := make(map[entry]bool, cap(all))
	add := func(object Object) error {
		key, err := decoded(object.Key, got.encoding)
		if err != nil {
			return err
		}
		own, err := p.own(key, object.IsPrefix)
		if err != nil {
			return err
		}
		object.Key = own
		id := entry{own, object.VersionID}
		if seen[id] || p.last[id] {
			return integrity("key %q is listed twice", key)
		}
		seen[id] = true
		all = append(all, object)
		return nil
	}
	for _, object := range got.objects {
		if err := add(object); err != nil {
			return nil, err
		}
	}
	for _, prefix := range got.prefixes {
		if err := add(Object{Key: aws.ToString(prefix.Prefix), IsPrefix: true}); err != nil {
			return nil, err
		}
	}
	if len(got.prefixes) > 0 && len(got.objects) > 0 || p.options.Versions {
		slices.SortStableFunc(all, inOrder)
	}
	return all, nil
}

// inOrder compares two entries: by key, and versions of one key from the newest to the oldest.
func inOrder(a, b Object) int {
	switch {
	case a.Key != b.Key:
		return strings.Compare(a.Key, b.Key)
	case a.IsLatest != b.IsLatest:
		if a.IsLatest {
			return -1
		}
		return 1
	}
	return b.LastModified.Compare(a.LastModified)
}

// own returns a key without the client's prefix, or an error if the request does not cover it.
func (p *pages) own(key string, isPrefix bool) (string, error) {
	own, ok := p.client.ownKey(key)
	rest, below := strings.CutPrefix(key, p.prefix)
	delimiter := p.options.Delimiter
	switch {
	case !ok || !below:
		return "", retry.Permanent(fmt.Errorf("%w: listed %q, which is outside the prefix", ErrIntegrity, key))
	case p.after != "" && key <= p.after && (!isPrefix || !strings.HasPrefix(p.after, key)):
		return "", integrity("key %q is not behind %q", key, p.after)
	case !isPrefix && delimiter != "" && strings.Contains(rest, delimiter):
		return "", integrity("key %q: the list has no delimiter", key)
	case isPrefix && (delimiter == "" || strings.Index(rest, delimiter) != len(rest)-len(delimiter)):
		return "", integrity("common prefix %q does not end with the delimiter %q", key, delimiter)
	}
	return own, nil
}

// decoded returns a key of a response.
func decoded(key string, encoding types.EncodingType) (string, error) {
	if encoding != types.EncodingTypeUrl {
		return key, nil
	}
	plain, err := url.QueryUnescape(key)
	if err != nil {
		return "", retry.Retryable(fmt.Errorf("key %q: %w", key, err))
	}
	return plain, nil
}
