package planted

import (
	"context"
	"errors"
	"io"
	"os"

	"github.com/s3chaos/s3chaos/scenarios"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

// This file holds clients that do their work and report it wrongly, and clients that take what they
// have to refuse.

func reportDefects() []Defect {
	return []Defect{
		wrapped("counts-bytes-twice", "reports twice as many bytes as have moved",
			func(c whole) scenarios.Client {
				return progresses{c, func(done int64, report func(int64)) { report(2 * done) }}
			}),
		wrapped("repeats-its-progress", "reports each count of bytes twice",
			func(c whole) scenarios.Client {
				return progresses{c, func(done int64, report func(int64)) { report(done); report(done) }}
			}),
		onBuiltin("says-nothing", "has no log, and reports none of its attempts",
			func(c scenarios.ClientConfig) (scenarios.Client, error) {
				c.Witness = nil
				return own(c)
			}),
		onBuiltin("takes-any-settings", "begins with the defaults where its settings make no sense",
			func(c scenarios.ClientConfig) (scenarios.Client, error) {
				if client, err := own(c); err == nil {
					return client, nil
				}
				defaults := *c.Scenario
				defaults.Client.Builtin = &script.Builtin{}
				c.Scenario = &defaults
				return own(c)
			}),
		wrapped("drops-what-is-refused", "uploads without the options that make no sense",
			func(c whole) scenarios.Client { return dropsOptions{c} }),
		wrapped("reads-the-whole", "reads the whole object where one part is wanted",
			func(c whole) scenarios.Client { return readsWhole{c} }),
		wrapped("signs-without-options", "signs a request without its headers and its range",
			func(c whole) scenarios.Client {
				return presigns{c, func(o *scenarios.PresignOptions) {
					o.Upload.WriteOptions, o.Get.Range, o.Response = &script.WriteOptions{}, nil, nil
				}, nil}
			}),
		wrapped("takes-an-error-for-the-end", "takes an error of the reader of a stream for its end",
			func(c whole) scenarios.Client { return endsStreams{c} }),
		flawed("makes-a-file-of-its-own", "puts a file with its own mode in place of a link or of a file",
			func(_ scenarios.ClientConfig, a act, do func() error) error {
				err := do()
				if err != nil || a.operation != "download" {
					return err
				}
				content, err := os.ReadFile(a.path)
				if err != nil {
					return err
				}
				return errors.Join(os.Remove(a.path), os.WriteFile(a.path, content, 0o640))
			}),
	}
}

// progresses is a client that reports its progress in another way.
type progresses struct {
	whole
	tell func(done int64, report func(int64))
}

func (c progresses) through(report func(int64)) func(int64) {
	if report == nil {
		return nil
	}
	return func(done int64) { c.tell(done, report) }
}

func (c progresses) Upload(ctx context.Context, bucket, key, path string, progress func(int64)) error {
	return c.whole.Upload(ctx, bucket, key, path, c.through(progress))
}

func (c progresses) UploadStream(ctx context.Context, bucket, key string, s scenarios.Stream) error {
	s.Progress = c.through(s.Progress)
	return c.whole.UploadStream(ctx, bucket, key, s)
}

func (c progresses) Download(
	ctx context.Context, bucket, key, path string, span *scenarios.Range, progress func(int64),
) error {
	return c.whole.Download(ctx, bucket, key, path, span, c.through(progress))
}

// dropsOptions uploads once more, without the options, what the client has refused.
type dropsOptions struct{ whole }

func (c dropsOptions) UploadWith(
	ctx context.Context, bucket, key, path string, o scenarios.UploadOptions, progress func(int64),
) error {
	if err := c.whole.UploadWith(ctx, bucket, key, path, o, progress); err == nil || ctx.Err() != nil {
		return err
	}
	return c.whole.Upload(ctx, bucket, key, path, progress)
}

type endsStreams struct{ whole }

func (c endsStreams) UploadStream(ctx context.Context, bucket, key string, s scenarios.Stream) error {
	if _, seeks := s.Reader.(io.Seeker); !seeks {
		s.Reader = endsEarly{s.Reader}
	}
	return c.whole.UploadStream(ctx, bucket, key, s)
}

// endsEarly is a reader that ends where another one fails.
type endsEarly struct{ io.Reader }

func (r endsEarly) Read(p []byte) (n int, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			n, err = 0, io.EOF
		}
	}()
	n, err = r.Reader.Read(p)
	if n < 0 || n > len(p) || n == 0 && err == nil || err != nil {
		return max(0, min(n, len(p))), io.EOF
	}
	return n, nil
}

type readsWhole struct{ whole }

func (c readsWhole) Get(ctx context.Context, bucket, key string, o scenarios.GetOptions) (io.ReadCloser, error) {
	o.PartNumber = 0
	return c.whole.Get(ctx, bucket, key, o)
}

func (c readsWhole) DownloadWith(
	ctx context.Context, bucket, key, path string, o scenarios.GetOptions, progress func(int64),
) error {
	o.PartNumber = 0
	return c.whole.DownloadWith(ctx, bucket, key, path, o, progress)
}
