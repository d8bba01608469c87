package scenarios_test

import (
	"context"
	"os"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/scenarios"
)

// remembers is a client that repeats its first result of each read, as a cache that nothing
// invalidates does.
var remembers = with(func(_ scenarios.ClientConfig, f *flawed) {
	files, keys, found := map[string][]byte{}, map[string][]string{}, map[string]bool{}
	good := f.Client
	f.download = func(ctx context.Context, bucket, key, path string, span *scenarios.Range, p func(int64)) error {
		if old, ok := files[key]; ok {
			return os.WriteFile(path, old, 0o600)
		}
		err := good.Download(ctx, bucket, key, path, span, p)
		files[key], _ = os.ReadFile(path)
		return err
	}
	f.list = func(ctx context.Context, bucket, prefix string, maxKeys int) ([]string, error) {
		if old, ok := keys[prefix]; ok {
			return slices.Clone(old), nil
		}
		all, err := good.List(ctx, bucket, prefix, maxKeys)
		keys[prefix] = all
		return all, err
	}
	f.exists = func(ctx context.Context, bucket, key string) (bool, error) {
		if old, ok := found[key]; ok {
			return old, nil
		}
		ok, err := good.Exists(ctx, bucket, key)
		found[key] = ok
		return ok, err
	}
})

func TestReadOfAnEarlierStateIsAWrongRead(t *testing.T) {
	const (
		head = "version: 1\nname: read twice\nclient: {builtin: {}}\n" +
			"objects: [{bucket: demo, key: k, content: old}]\nsteps:\n"
		write = "  - upload: {bucket: demo, key: k, content: new}\n"
	)
	for name, c := range map[string]struct{ steps, says string }{
		"download": {
			"  - download: {bucket: demo, key: k}\n" + write + "  - download: {bucket: demo, key: k}\n",
			`demo/k was read as "old", but held "new"`,
		},
		"exists": {
			"  - exists: {bucket: demo, key: k}\n  - delete: {bucket: demo, key: k}\n  - exists: {bucket: demo, key: k}\n",
			"the client reported that demo/k exists, but it was missing all the time",
		},
		"exists, of a new object": {
			"  - exists: {bucket: demo, key: n}\n  - upload: {bucket: demo, key: n, size: 1B}\n" +
				"  - exists: {bucket: demo, key: n}\n",
			"the client reported that demo/n is missing, but it was there all the time",
		},
		"list, without a new key": {
			"  - list: {bucket: demo}\n  - upload: {bucket: demo, key: n, size: 1B}\n  - list: {bucket: demo}\n",
			"the list of demo lacks n, which was there all the time",
		},
		"list, with a deleted key": {
			"  - list: {bucket: demo}\n  - delete: {bucket: demo, key: k}\n  - list: {bucket: demo}\n",
			"the list of demo holds k, which was not there",
		},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := scenarios.Parse("memory.yaml", []byte(head+c.steps))
			require.NoError(t, err)
			r := scenarios.Run(context.Background(), s, scenarios.Options{})
			require.Equal(t, scenarios.Pass, r.Verdict, "%v", r.Reasons)
			r = scenarios.Run(context.Background(), s, scenarios.Options{NewClient: remembers})
			require.Equal(t, scenarios.Fail, r.Verdict)
			require.Equal(t, []string{"wrong-read"}, kinds(r), "%v", r.Reasons)
			require.Contains(t, told(r), c.says)
		})
	}
}
