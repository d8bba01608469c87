package planted

import (
	"context"
	"net/http"

	"github.com/s3chaos/s3chaos/retry"
	"github.com/s3chaos/s3chaos/scenarios"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

// This file puts what a client may have beyond the plain operations between the lines of a defect.

func (c acting) UploadWith(
	ctx context.Context, bucket, key, path string, o scenarios.UploadOptions, progress func(int64),
) error {
	return c.around(act{ctx: ctx, operation: "upload", bucket: bucket, key: key, path: path}, func() error {
		return c.whole.UploadWith(ctx, bucket, key, path, o, progress)
	})
}

func (c acting) UploadStreamWith(
	ctx context.Context, bucket, key string, s scenarios.Stream, o scenarios.UploadOptions,
) error {
	return c.around(act{ctx: ctx, operation: "upload_stream", bucket: bucket, key: key}, func() error {
		return c.whole.UploadStreamWith(ctx, bucket, key, s, o)
	})
}

func (c acting) UploadResumable(
	ctx context.Context, bucket, key, path, state string, o scenarios.UploadOptions, progress func(int64),
) error {
	a := act{ctx: ctx, operation: "upload_resumable", bucket: bucket, key: key, path: path}
	return c.around(a, func() error {
		return c.whole.UploadResumable(ctx, bucket, key, path, state, o, progress)
	})
}

func (c acting) ListWith(
	ctx context.Context, bucket, prefix string, maxKeys int, o script.ListOptions,
) (keys []string, err error) {
	err = c.around(act{ctx: ctx, operation: "list", bucket: bucket, key: prefix}, func() (err error) {
		keys, err = c.whole.ListWith(ctx, bucket, prefix, maxKeys, o)
		return err
	})
	return keys, err
}

func (c acting) DownloadWith(
	ctx context.Context, bucket, key, path string, o scenarios.GetOptions, progress func(int64),
) error {
	return c.around(act{ctx: ctx, operation: "download", bucket: bucket, key: key, path: path}, func() error {
		return c.whole.DownloadWith(ctx, bucket, key, path, o, progress)
	})
}

func (c acting) StatWith(
	ctx context.Context, bucket, key string, o scenarios.GetOptions,
) (size int64, err error) {
	err = c.around(act{ctx: ctx, operation: "stat", bucket: bucket, key: key}, func() (err error) {
		size, err = c.whole.StatWith(ctx, bucket, key, o)
		return err
	})
	return size, err
}

func (c acting) DeleteWith(ctx context.Context, bucket, key string, o scenarios.DeleteOptions) error {
	return c.around(act{ctx: ctx, operation: "delete", bucket: bucket, key: key}, func() error {
		return c.whole.DeleteWith(ctx, bucket, key, o)
	})
}

func (c acting) CopyWith(ctx context.Context, o scenarios.CopyOptions) error {
	return c.around(act{ctx: ctx, operation: "copy", bucket: o.ToBucket, key: o.ToKey}, func() error {
		return c.whole.CopyWith(ctx, o)
	})
}

func (c acting) DeletePrefix(ctx context.Context, bucket, prefix string) (failed []string, err error) {
	err = c.around(act{ctx: ctx, operation: "delete_prefix", bucket: bucket, key: prefix}, func() (err error) {
		failed, err = c.whole.DeletePrefix(ctx, bucket, prefix)
		return err
	})
	if err == nil {
		failed = nil
	}
	return failed, err
}

func (c acting) Presign(
	ctx context.Context, o scenarios.PresignOptions,
) (signed *scenarios.PresignedRequest, err error) {
	err = c.around(act{ctx: ctx, operation: "presign", bucket: o.Bucket, key: o.Key}, func() (err error) {
		signed, err = c.whole.Presign(ctx, o)
		return err
	})
	if err == nil && signed == nil {
		signed = &scenarios.PresignedRequest{Method: http.MethodGet, URL: "http://nowhere.invalid/"}
	}
	return signed, err
}

func (c acting) Call(
	ctx context.Context, o scenarios.CallOptions, op scenarios.CallOperation,
) (result scenarios.CallResult, err error) {
	err = c.around(act{ctx: ctx, operation: "call", bucket: o.Call.Key, key: o.Call.Name}, func() (err error) {
		result, err = c.whole.Call(ctx, o, op)
		return err
	})
	return result, err
}

func (c acting) WithRetry(policy retry.Config) (scenarios.Client, error) {
	client, err := c.whole.WithRetry(policy)
	if err != nil {
		return nil, err
	}
	return acting{client.(whole), c.around}, nil //nolint:forcetypeassert // the builtin client is whole
}
