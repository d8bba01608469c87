package scenarios_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/scenarios"
)

// syncer is the builtin client with other transfers of directories.
type syncer struct {
	scenarios.Client
	move         func(ctx context.Context, c scenarios.Client) (copied bool, err error)
	upload, down func(dir string) error
}

// transfer asks S3 once and then does what the test wants.
func (s syncer) transfer(ctx context.Context, dir string, f func(dir string) error) error {
	if _, err := s.List(ctx, "demo", "", 0); err != nil {
		return err
	}
	return f(dir)
}

func (s syncer) Move(ctx context.Context, _, _, _, _ string) (bool, error) {
	_, err := s.Exists(ctx, "demo", "p/a")
	if err != nil {
		return false, err
	}
	return s.move(ctx, s.Client)
}

func (s syncer) UploadDir(ctx context.Context, _, dir, _ string) error {
	return s.transfer(ctx, dir, s.upload)
}

func (s syncer) DownloadDir(ctx context.Context, _, _, dir string) error {
	return s.transfer(ctx, dir, s.down)
}

func (s syncer) MirrorUp(ctx context.Context, _, dir, _ string) error {
	return s.transfer(ctx, dir, s.upload)
}

func (s syncer) MirrorDown(ctx context.Context, _, _, dir string) error {
	return s.transfer(ctx, dir, s.down)
}

// playSync plays one step with a syncer whose operations are given.
func playSync(t *testing.T, step string, s syncer) *scenarios.Result {
	t.Helper()
	text := `client: {builtin: {}}
objects: [{bucket: demo, key: p/a, content: first}, {bucket: demo, key: p/b, content: second}]
files: [{path: tree/a, content: old}, {path: tree/mine, content: mine}]
steps: [{` + step + "}]\nexpect: {outcome: any}\n"
	return scenarios.Run(t.Context(), drill(t, text), scenarios.Options{
		NewClient: func(c scenarios.ClientConfig) (scenarios.Client, error) {
			client, err := scenarios.NewBuiltin(c)
			s.Client = client
			return s, err
		},
	})
}

func TestWhatATransferOfADirectoryDestroysIsFound(t *testing.T) {
	failed := errors.New("the client failed")
	down := func(files map[string]string, remove []string, err error) syncer {
		return syncer{down: func(dir string) error {
			for name, content := range files {
				require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600))
			}
			for _, name := range remove {
				require.NoError(t, os.Remove(filepath.Join(dir, name)))
			}
			return err
		}}
	}
	whole := map[string]string{"a": "first", "b": "second"}
	one := map[string]string{"a": "first"}
	both := []string{"a", "mine"}
	cut := map[string]string{"a": "fir", "b": "second"}
	changed := map[string]string{"a": "first", "b": "second", "mine": "x"}
	const plain, mirror = "download_dir: {bucket: demo, prefix: p, to: tree}",
		"download_dir: {bucket: demo, prefix: p, to: tree, delete: true}"
	for name, c := range map[string]struct {
		step   string
		client syncer
		kinds  []string
	}{
		"all is there":              {plain, down(whole, nil, nil), nil},
		"it fails with one of two":  {plain, down(one, nil, failed), nil},
		"it lacks a file":           {plain, down(one, nil, nil), []string{"wrong-read"}},
		"a file is cut":             {plain, down(cut, nil, nil), []string{"wrong-read"}},
		"it fails and leaves a cut": {plain, down(cut, nil, failed), []string{"torn-file"}},
		"it removes a file":         {plain, down(whole, []string{"mine"}, nil), []string{"destroyed"}},
		"it changes a file":         {plain, down(changed, nil, nil), []string{"destroyed"}},
		"it removes and fails":      {plain, down(nil, []string{"a"}, failed), []string{"destroyed"}},
		"a mirror":                  {mirror, down(whole, []string{"mine"}, nil), nil},
		"a mirror keeps a file":     {mirror, down(whole, nil, nil), []string{"lost-write"}},
		"a mirror empties it":       {mirror, down(nil, both, nil), []string{"destroyed", "wrong-read"}},
	} {
		t.Run(name, func(t *testing.T) {
			r := playSync(t, c.step, c.client)
			require.Equal(t, c.kinds, kinds(r), "%v", r.Reasons)
		})
	}
}

func TestAnUploadOfADirectoryIsJudgedFileByFile(t *testing.T) {
	const plain = "upload_dir: {bucket: demo, prefix: q, from: tree}"
	lies := syncer{upload: func(string) error { return nil }}
	r := playSync(t, plain, lies)
	require.Equal(t, []string{"lost-write", "lost-write"}, kinds(r), "%v", r.Reasons)
	removes := syncer{upload: func(dir string) error {
		return errors.Join(os.Remove(filepath.Join(dir, "mine")), errors.New("the client failed"))
	}}
	r = playSync(t, plain, removes)
	require.Equal(t, []string{"destroyed"}, kinds(r), "%v", r.Reasons)
	r = playSync(t, "upload_dir: {bucket: demo, prefix: p, from: tree, delete: true}", lies)
	require.Len(t, r.Reasons, 3, "two files, and an object without one: %v", r.Reasons)
}

func TestAMoveThatDeletesItsSourceWithoutACopyDestroys(t *testing.T) {
	const step = "move: {from: {bucket: demo, key: p/a}, to: {bucket: demo, key: c}}"
	deletes := func(ctx context.Context, c scenarios.Client) error { return c.Delete(ctx, "demo", "p/a") }
	failed := errors.New("the client failed")
	for name, c := range map[string]struct {
		move  func(ctx context.Context, c scenarios.Client) (bool, error)
		kinds []string
	}{
		"it reports success": {func(ctx context.Context, c scenarios.Client) (bool, error) {
			return true, deletes(ctx, c)
		}, []string{"destroyed"}},
		"it reports failure": {func(ctx context.Context, c scenarios.Client) (bool, error) {
			return false, errors.Join(deletes(ctx, c), failed)
		}, []string{"destroyed"}},
		"it does nothing": {func(context.Context, scenarios.Client) (bool, error) { return false, failed }, nil},
		"it does all, and fails": {func(ctx context.Context, c scenarios.Client) (bool, error) {
			err := c.(scenarios.Copier).Copy(ctx, "demo", "p/a", "demo", "c")
			return false, errors.Join(err, deletes(ctx, c), failed)
		}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			r := playSync(t, step, syncer{move: c.move})
			require.Equal(t, c.kinds, kinds(r), "%v", r.Reasons)
		})
	}
}

func TestTheBuiltinClientTransfersADirectoryBothWays(t *testing.T) {
	const text = `client: {builtin: {prefix: mine/}}
files: [{path: tree/a, content: first}, {path: tree/d/b, content: second}]
steps:
  - upload_dir: {bucket: demo, prefix: p, from: tree}
  - list: {bucket: demo}
    expect: {keys: [p/a, p/d/b]}
  - download_dir: {bucket: demo, prefix: p/, to: out}
faults: [{match: {operation: [PutObject, GetObject]}, times: 1, respond: {status: 503, code: SlowDown}}]
expect:
  files: [{path: out/d/b, content: second}]
`
	r := scenarios.Run(t.Context(), drill(t, text), scenarios.Options{})
	require.Equal(t, scenarios.Pass, r.Verdict, "%v", r.Reasons)
	r = playBuiltin(t, "download_dir: {bucket: demo, to: out, delete: true}")
	require.Equal(t, scenarios.Skip, r.Verdict)
	require.Contains(t, told(r), "the client has no transfer of a directory that deletes")
}

func playBuiltin(t *testing.T, step string) *scenarios.Result {
	t.Helper()
	return scenarios.Run(t.Context(), drill(t, "client: {builtin: {}}\nsteps: [{"+step+"}]\n"), scenarios.Options{})
}
