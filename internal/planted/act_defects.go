package planted

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/s3chaos/s3chaos/scenarios"
)

var errPlanted = errors.New("the client says that it failed")

// gross are the defects that almost every drill notices.
var gross = []string{
	"does-nothing", "goes-on-after-the-end", "leaves-a-goroutine", "repeats-itself", "reports-failure",
}

// actDefects are the drill's own client with something wrong around its methods.
func actDefects() []Defect {
	var list []Defect
	for _, d := range []struct {
		name, about string
		around      func(c scenarios.ClientConfig, a act, do func() error) error
	}{
		{
			"reports-success", "reports success whatever happened",
			func(_ scenarios.ClientConfig, _ act, do func() error) error {
				_ = do()
				return nil
			},
		},
		{
			"reports-failure", "reports failure whatever happened",
			func(_ scenarios.ClientConfig, _ act, do func() error) error {
				return errors.Join(do(), errPlanted)
			},
		},
		{
			"loses-the-cause", "reports an error without its cause",
			func(_ scenarios.ClientConfig, _ act, do func() error) error {
				if do() != nil {
					return errPlanted
				}
				return nil
			},
		},
		{
			"does-nothing", "reports success and sends nothing",
			func(scenarios.ClientConfig, act, func() error) error { return nil },
		},
		{
			"repeats-itself", "does everything a second time",
			func(_ scenarios.ClientConfig, _ act, do func() error) error {
				return errors.Join(do(), do())
			},
		},
		{
			"tries-again-itself", "has a second loop around the first",
			func(_ scenarios.ClientConfig, _ act, do func() error) error {
				err := do()
				for range 2 {
					if err == nil {
						return nil
					}
					err = do()
				}
				return err
			},
		},
		{
			"leaves-a-goroutine", "leaves a goroutine behind",
			func(_ scenarios.ClientConfig, _ act, do func() error) error {
				go func() { <-make(chan struct{}) }()
				return do()
			},
		},
		{
			"goes-on-after-the-end", "sends a request when it has returned",
			func(_ scenarios.ClientConfig, a act, do func() error) error {
				ctx := context.WithoutCancel(a.ctx)
				time.AfterFunc(time.Second, func() { _, _ = a.client.Exists(ctx, a.bucket, "after the end") })
				return do()
			},
		},
		{
			"sleeps-after-the-end", "sleeps a minute before it returns",
			func(_ scenarios.ClientConfig, _ act, do func() error) error {
				defer time.Sleep(time.Minute)
				return do()
			},
		},
		{
			"deletes-first", "deletes the old object before it writes the new one, and the source before it copies",
			deletesFirst,
		},
		{
			"removes-the-old-file", "removes the old file before it downloads the new one",
			func(_ scenarios.ClientConfig, a act, do func() error) error {
				if a.operation == "download" {
					if err := os.Remove(a.path); err != nil && !errors.Is(err, os.ErrNotExist) {
						return err
					}
				}
				return do()
			},
		},
		{
			"damages-files", "flips a bit of a downloaded file",
			func(_ scenarios.ClientConfig, a act, do func() error) error {
				return errors.Join(do(), changeFile(a, func(b []byte) []byte {
					if len(b) > 0 {
						b[0] ^= 1
					}
					return b
				}))
			},
		},
		{
			"shortens-files", "loses the last byte of a downloaded file",
			func(_ scenarios.ClientConfig, a act, do func() error) error {
				return errors.Join(do(), changeFile(a, func(b []byte) []byte { return b[:max(0, len(b)-1)] }))
			},
		},
		{
			"leaves-half-files", "leaves half a file where a download fails",
			func(_ scenarios.ClientConfig, a act, do func() error) error {
				err := do()
				if err != nil && a.operation == "download" {
					return errors.Join(err, os.WriteFile(a.path, []byte("half"), 0o600))
				}
				return err
			},
		},
		{
			"leaves-temporary-files", "leaves a temporary file beside each file",
			func(_ scenarios.ClientConfig, a act, do func() error) error {
				err := do()
				if a.path != "" && !strings.HasSuffix(a.operation, "_dir") {
					err = errors.Join(err, os.WriteFile(a.path+".part", []byte("half"), 0o600))
				}
				return err
			},
		},
		{"refuses-emptiness", "takes an empty file for a failed download", refusesEmptiness},
		{
			"stores-half", "stores half of an object, and then all of it",
			func(_ scenarios.ClientConfig, a act, do func() error) error {
				if a.operation == "upload" {
					if err := storeHalf(a); err != nil {
						return err
					}
				}
				return do()
			},
		},
	} {
		client := acted(d.around)
		list = append(list, Defect{
			Name: d.name, About: d.about, Gross: slices.Contains(gross, d.name),
			plant: func(s *scenarios.Scenario) (*scenarios.Scenario, newClient) {
				if !steps(s) || s.Client.SDK != nil {
					return nil, nil
				}
				return s, client
			},
		})
	}
	return append(list, readDefects()...)
}

// deletesFirst deletes what the operation is about to write or to copy.
func deletesFirst(_ scenarios.ClientConfig, a act, do func() error) error {
	switch a.operation {
	case "upload", "upload_if", "upload_stream", "copy", "move":
		if err := a.client.Delete(a.ctx, a.bucket, a.key); err != nil {
			return err
		}
	}
	return do()
}

// changeFile changes a downloaded file.
func changeFile(a act, change func([]byte) []byte) error {
	if a.operation != "download" {
		return nil
	}
	content, err := os.ReadFile(a.path)
	if err != nil {
		return nil //nolint:nilerr // the step wrote no file, so this defect has nothing to change
	}
	return os.WriteFile(a.path, change(content), 0o600)
}

func refusesEmptiness(_ scenarios.ClientConfig, a act, do func() error) error {
	err := do()
	if a.operation != "download" || err != nil {
		return err
	}
	info, err := os.Stat(a.path)
	if err == nil && info.Size() == 0 {
		return errPlanted
	}
	return err
}

func storeHalf(a act) error {
	content, err := os.ReadFile(a.path)
	if err != nil {
		return err
	}
	half := a.path + ".half"
	if err := os.WriteFile(half, content[:len(content)/2], 0o600); err != nil {
		return err
	}
	return errors.Join(a.client.Upload(a.ctx, a.bucket, a.key, half, nil), os.Remove(half))
}

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
		list = append(list, Defect{
			Name: d.name, About: d.about,
			plant: func(s *scenarios.Scenario) (*scenarios.Scenario, newClient) {
				if !steps(s) || s.Client.SDK != nil {
					return nil, nil
				}
				return s, func(c scenarios.ClientConfig) (scenarios.Client, error) {
					client, err := own(c)
					if err != nil {
						return nil, err
					}
					return d.wrap(client.(whole)), nil //nolint:forcetypeassert // the builtin client is whole
				}
			},
		})
	}
	return list
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
