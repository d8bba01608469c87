package planted

import (
	"bytes"
	"cmp"
	"context"
	"io"

	"github.com/s3chaos/s3chaos/scenarios"
)

// readDefects are clients that return another result than they got.
func readDefects() []Defect {
	var list []Defect
	for _, d := range []struct {
		name, about string
		wrap        func(whole) scenarios.Client
	}{
		{"sees-everything", "says that every object exists", func(c whole) scenarios.Client { return seesAll{c} }},
		{"sees-nothing", "says that no object exists", func(c whole) scenarios.Client { return seesNone{c} }},
		{"invents-a-key", "lists a key that is not there", func(c whole) scenarios.Client { return invents{c} }},
		{"miscounts", "reports one byte too many", func(c whole) scenarios.Client { return miscounts{c} }},
		{
			"cuts-streams", "ends a stream one byte early, without an error",
			func(c whole) scenarios.Client { return cuts{c} },
		},
		{
			"blames-no-key", "reports all keys as deleted if one is",
			func(c whole) scenarios.Client { return blamesNone{c} },
		},
	} {
		list = append(list, wrapped(d.name, d.about, d.wrap))
	}
	return list
}

// wrapped is a defect of methods that replace those of the drill's own client.
func wrapped(name, about string, wrap func(whole) scenarios.Client) Defect {
	return onBuiltin(name, about, func(c scenarios.ClientConfig) (scenarios.Client, error) {
		client, err := own(c)
		if err != nil {
			return nil, err
		}
		return wrap(client.(whole)), nil //nolint:forcetypeassert // the builtin client is whole
	})
}

type (
	seesAll    struct{ whole }
	seesNone   struct{ whole }
	invents    struct{ whole }
	miscounts  struct{ whole }
	cuts       struct{ whole }
	blamesNone struct{ whole }
)

func (c seesAll) Exists(ctx context.Context, bucket, key string) (bool, error) {
	_, err := c.whole.Exists(ctx, bucket, key)
	return true, err
}

func (c seesNone) Exists(ctx context.Context, bucket, key string) (bool, error) {
	_, err := c.whole.Exists(ctx, bucket, key)
	return false, err
}

func (c invents) List(ctx context.Context, bucket, prefix string, maxKeys int) ([]string, error) {
	keys, err := c.whole.List(ctx, bucket, prefix, maxKeys)
	return append(keys, prefix+"invented"), err
}

func (c miscounts) Stat(ctx context.Context, bucket, key string) (int64, error) {
	size, err := c.whole.Stat(ctx, bucket, key)
	return size + 1, err
}

func (c cuts) Get(ctx context.Context, bucket, key string, o scenarios.GetOptions) (io.ReadCloser, error) {
	body, err := c.whole.Get(ctx, bucket, key, o)
	if err != nil {
		return nil, err
	}
	content, err := io.ReadAll(body)
	short := bytes.NewReader(content[:max(0, len(content)-1)])
	return readCloser{io.MultiReader(short, failing{err}), body}, nil
}

type readCloser struct {
	io.Reader
	io.Closer
}

// failing is a reader that ends with the error, or without one if it is nil.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, cmp.Or(f.err, io.EOF) }

func (c blamesNone) DeleteMany(ctx context.Context, bucket string, keys []string) ([]string, error) {
	failed, err := c.whole.DeleteMany(ctx, bucket, keys)
	if len(failed) < len(keys) {
		return nil, nil
	}
	return failed, err
}
