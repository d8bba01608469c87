package planted

import (
	"context"
	"io"
	"strings"

	"github.com/s3chaos/s3chaos/scenarios"
)

// This file puts each operation of a client between the lines of a defect.

func (c acting) Upload(ctx context.Context, bucket, key, path string, progress func(int64)) error {
	return c.around(act{ctx: ctx, operation: "upload", bucket: bucket, key: key, path: path}, func() error {
		return c.whole.Upload(ctx, bucket, key, path, progress)
	})
}

func (c acting) UploadIf(
	ctx context.Context, bucket, key, path string, when scenarios.Condition, progress func(int64),
) error {
	return c.around(act{ctx: ctx, operation: "upload_if", bucket: bucket, key: key, path: path}, func() error {
		return c.whole.UploadIf(ctx, bucket, key, path, when, progress)
	})
}

func (c acting) UploadStream(ctx context.Context, bucket, key string, s scenarios.Stream) error {
	return c.around(act{ctx: ctx, operation: "upload_stream", bucket: bucket, key: key}, func() error {
		return c.whole.UploadStream(ctx, bucket, key, s)
	})
}

func (c acting) Download(
	ctx context.Context, bucket, key, path string, span *scenarios.Range, progress func(int64),
) error {
	return c.around(act{ctx: ctx, operation: "download", bucket: bucket, key: key, path: path}, func() error {
		return c.whole.Download(ctx, bucket, key, path, span, progress)
	})
}

func (c acting) DownloadDir(ctx context.Context, bucket, prefix, dir string) error {
	return c.around(act{ctx: ctx, operation: "download_dir", bucket: bucket, key: prefix, path: dir}, func() error {
		return c.whole.DownloadDir(ctx, bucket, prefix, dir)
	})
}

func (c acting) UploadDir(ctx context.Context, bucket, dir, prefix string) error {
	return c.around(act{ctx: ctx, operation: "upload_dir", bucket: bucket, key: prefix, path: dir}, func() error {
		return c.whole.UploadDir(ctx, bucket, dir, prefix)
	})
}

func (c acting) List(ctx context.Context, bucket, prefix string, maxKeys int) (keys []string, err error) {
	err = c.around(act{ctx: ctx, operation: "list", bucket: bucket, key: prefix}, func() (err error) {
		keys, err = c.whole.List(ctx, bucket, prefix, maxKeys)
		return err
	})
	return keys, err
}

func (c acting) Delete(ctx context.Context, bucket, key string) error {
	return c.around(act{ctx: ctx, operation: "delete", bucket: bucket, key: key}, func() error {
		return c.whole.Delete(ctx, bucket, key)
	})
}

func (c acting) Exists(ctx context.Context, bucket, key string) (found bool, err error) {
	err = c.around(act{ctx: ctx, operation: "exists", bucket: bucket, key: key}, func() (err error) {
		found, err = c.whole.Exists(ctx, bucket, key)
		return err
	})
	return found, err
}

func (c acting) Stat(ctx context.Context, bucket, key string) (size int64, err error) {
	err = c.around(act{ctx: ctx, operation: "stat", bucket: bucket, key: key}, func() (err error) {
		size, err = c.whole.Stat(ctx, bucket, key)
		return err
	})
	return size, err
}

func (c acting) Get(
	ctx context.Context, bucket, key string, o scenarios.GetOptions,
) (body io.ReadCloser, err error) {
	err = c.around(act{ctx: ctx, operation: "get", bucket: bucket, key: key}, func() (err error) {
		body, err = c.whole.Get(ctx, bucket, key, o)
		return err
	})
	if err == nil && body == nil {
		body = io.NopCloser(strings.NewReader(""))
	}
	return body, err
}

func (c acting) Copy(ctx context.Context, fromBucket, fromKey, toBucket, toKey string) error {
	return c.around(act{ctx: ctx, operation: "copy", bucket: toBucket, key: toKey}, func() error {
		return c.whole.Copy(ctx, fromBucket, fromKey, toBucket, toKey)
	})
}

func (c acting) Move(ctx context.Context, fromBucket, fromKey, toBucket, toKey string) (copied bool, err error) {
	err = c.around(act{ctx: ctx, operation: "move", bucket: fromBucket, key: fromKey}, func() (err error) {
		copied, err = c.whole.Move(ctx, fromBucket, fromKey, toBucket, toKey)
		return err
	})
	return copied || err == nil, err
}

func (c acting) DeleteMany(ctx context.Context, bucket string, keys []string) (failed []string, err error) {
	err = c.around(act{ctx: ctx, operation: "delete_many", bucket: bucket}, func() (err error) {
		failed, err = c.whole.DeleteMany(ctx, bucket, keys)
		return err
	})
	if err == nil {
		failed = nil
	}
	return failed, err
}
