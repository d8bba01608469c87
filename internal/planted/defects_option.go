package planted

import (
	"context"
	"errors"
	"io"
	"os"
	"strings"

	"github.com/aws/smithy-go"

	"github.com/s3chaos/s3chaos/retry"
	"github.com/s3chaos/s3chaos/scenarios"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

// optionDefects are clients that do not do what a step asks for beyond the plain operation.
func optionDefects() []Defect {
	return []Defect{
		wrapped("forgets-options", "stores the content without headers, metadata and tags",
			func(c whole) scenarios.Client { return forgetsOptions{c, false} }),
		wrapped("forgets-the-checksum", "stores an object with another checksum than it was asked for",
			func(c whole) scenarios.Client { return forgetsOptions{c, true} }),
		wrapped("begins-again", "begins an upload anew that it could go on with",
			func(c whole) scenarios.Client { return beginsAgain{c} }),
		wrapped("ignores-the-delimiter", "lists every key where folders are wanted",
			func(c whole) scenarios.Client {
				return lists{c, func(o *script.ListOptions) { o.Delimiter = "" }}
			}),
		wrapped("lists-from-the-start", "lists from the first key on where a later one is wanted",
			func(c whole) scenarios.Client {
				return lists{c, func(o *script.ListOptions) { o.StartAfter = "" }}
			}),
		wrapped("lists-no-versions", "lists the newest version of each key only",
			func(c whole) scenarios.Client {
				return lists{c, func(o *script.ListOptions) { o.Versions = false }}
			}),
		wrapped("reads-the-newest", "reads the newest version where an older one is wanted",
			func(c whole) scenarios.Client { return readsNewest{c} }),
		wrapped("deletes-what-begins-alike", "deletes the folder's neighbours whose names begin alike",
			func(c whole) scenarios.Client { return deletesAlike{c} }),
		wrapped("takes-a-refusal-for-nothing", "takes a refused list for an empty folder when it deletes",
			func(c whole) scenarios.Client { return refusalIsNothing{c} }),
		wrapped("signs-for-longer", "signs a request that is valid for twice the time",
			func(c whole) scenarios.Client {
				return presigns{c, func(o *scenarios.PresignOptions) { o.Expires *= 2 }, nil}
			}),
		wrapped("changes-what-it-signed", "adds a parameter to a URL after the signature",
			func(c whole) scenarios.Client {
				return presigns{c, nil, func(r *scenarios.PresignedRequest) {
					r.URL += "&x-id=GetObject"
				}}
			}),
		wrapped("has-one-policy", "has one retry policy for all calls",
			func(c whole) scenarios.Client { return onePolicy{c} }),
	}
}

// forgetsOptions drops all options but the condition, or only the checksum.
type forgetsOptions struct {
	whole
	checksumOnly bool
}

func (c forgetsOptions) without(o scenarios.UploadOptions) scenarios.UploadOptions {
	kept := script.WriteOptions{}
	if c.checksumOnly && o.WriteOptions != nil {
		kept = *o.WriteOptions
		kept.Checksum = script.WriteOptions{}.Checksum
	}
	o.WriteOptions = &kept
	return o
}

func (c forgetsOptions) UploadWith(
	ctx context.Context, bucket, key, path string, o scenarios.UploadOptions, progress func(int64),
) error {
	return c.whole.UploadWith(ctx, bucket, key, path, c.without(o), progress)
}

func (c forgetsOptions) UploadStreamWith(
	ctx context.Context, bucket, key string, s scenarios.Stream, o scenarios.UploadOptions,
) error {
	return c.whole.UploadStreamWith(ctx, bucket, key, s, c.without(o))
}

type beginsAgain struct{ whole }

func (c beginsAgain) UploadResumable(
	ctx context.Context, bucket, key, path, state string, o scenarios.UploadOptions, progress func(int64),
) error {
	if err := os.Remove(state); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return c.whole.UploadResumable(ctx, bucket, key, path, state, o, progress)
}

// lists is a client that lists with other options.
type lists struct {
	whole
	change func(*script.ListOptions)
}

func (c lists) ListWith(
	ctx context.Context, bucket, prefix string, maxKeys int, o script.ListOptions,
) ([]string, error) {
	c.change(&o)
	return c.whole.ListWith(ctx, bucket, prefix, maxKeys, o)
}

type readsNewest struct{ whole }

func (c readsNewest) Get(
	ctx context.Context, bucket, key string, o scenarios.GetOptions,
) (io.ReadCloser, error) {
	o.VersionID = ""
	return c.whole.Get(ctx, bucket, key, o)
}

type deletesAlike struct{ whole }

func (c deletesAlike) DeletePrefix(ctx context.Context, bucket, prefix string) ([]string, error) {
	return c.whole.DeletePrefix(ctx, bucket, strings.TrimSuffix(prefix, "/"))
}

type refusalIsNothing struct{ whole }

func (c refusalIsNothing) DeletePrefix(ctx context.Context, bucket, prefix string) ([]string, error) {
	failed, err := c.whole.DeletePrefix(ctx, bucket, prefix)
	if api, ok := errors.AsType[smithy.APIError](err); ok && api.ErrorCode() == "AccessDenied" {
		return nil, nil
	}
	return failed, err
}

// presigns is a client that signs another request, or changes it afterwards.
type presigns struct {
	whole
	before func(*scenarios.PresignOptions)
	after  func(*scenarios.PresignedRequest)
}

func (c presigns) Presign(ctx context.Context, o scenarios.PresignOptions) (*scenarios.PresignedRequest, error) {
	if c.before != nil {
		c.before(&o)
	}
	signed, err := c.whole.Presign(ctx, o)
	if err == nil && c.after != nil {
		c.after(signed)
	}
	return signed, err
}

type onePolicy struct{ whole }

func (c onePolicy) WithRetry(retry.Config) (scenarios.Client, error) { return c, nil }
