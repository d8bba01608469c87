package scenarios

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/s3chaos/s3chaos/scenarios/oracle"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

// This file performs the steps that transfer a directory. Such a step is one act for each file and
// object that it may touch, so the oracle judges each of them.

// A transfer is one step that transfers a directory.
type transfer struct {
	player *player
	node   *node
	bucket string
	prefix string // with the client's prefix; ends with a slash or is empty
	dir    string // below the work directory, with slashes
	before map[string][]byte
	acts   []*oracle.Act
}

// transfer reads the directory before the step begins, and makes it if it is missing.
func (p *player) transfer(n *node, bucket, prefix, dir string) (*transfer, error) {
	t := &transfer{player: p, node: n, bucket: bucket, prefix: p.world.prefix + prefix, dir: dir}
	if err := os.MkdirAll(t.path(), 0o700); err != nil {
		return nil, err
	}
	var err error
	t.before, err = readTree(t.path())
	return t, err
}

// path returns the directory's absolute path.
func (t *transfer) path() string {
	return filepath.Join(t.player.world.workdir, filepath.FromSlash(t.dir))
}

// add begins an act about a file and an object of the same name below the directory and the prefix.
func (t *transfer) add(operation, name string, a *oracle.Act) {
	a.Operation, a.Shared = operation, true
	if operation != "keep" && operation != "remove" {
		a.Bucket, a.Key = t.bucket, t.prefix+name
	}
	if operation != "upload" && operation != "delete" {
		a.File = &oracle.File{Path: t.dir + "/" + name, Before: t.before[name]}
	}
	t.acts = append(t.acts, t.player.begin(t.node, a))
}

// names returns the names below the prefix of the objects that can be files.
func (t *transfer) names() []string {
	var names []string
	for _, key := range t.player.world.fake.Keys(t.bucket) {
		name, below := strings.CutPrefix(key, t.prefix)
		if below && fs.ValidPath(name) && name != "." {
			names = append(names, name)
		}
	}
	return names
}

// end reads the directory again and ends the acts with the result of the step.
func (t *transfer) end(result error) error {
	after, err := readTree(t.path())
	if err != nil {
		return t.player.harness(err)
	}
	for _, a := range t.acts {
		content := []byte(nil)
		if a.File != nil {
			content = after[strings.TrimPrefix(a.File.Path, t.dir+"/")]
		}
		t.player.mu.Lock()
		if a.File != nil {
			a.File = &oracle.File{Path: a.File.Path, Before: a.File.Before, After: content}
		}
		if a.Operation == "download" {
			a.Content = content
		}
		t.player.mu.Unlock()
		_ = t.player.end(a, result, nil) // end returns its error argument
	}
	return result
}

func (p *player) uploadDir(ctx context.Context, n *node, u *script.UploadDir) error {
	prefix := withSlash(u.Prefix)
	t, err := p.transfer(n, u.Bucket, prefix, u.From)
	if err != nil {
		return p.harness(err)
	}
	for _, name := range slices.Sorted(maps.Keys(t.before)) {
		t.add("upload", name, &oracle.Act{Content: t.before[name]})
		t.add("keep", name, &oracle.Act{})
	}
	if !u.Delete {
		return t.end(n.client.(DirUploader).UploadDir(ctx, u.Bucket, t.path(), prefix))
	}
	for _, name := range t.names() {
		if _, there := t.before[name]; !there {
			t.add("delete", name, &oracle.Act{})
		}
	}
	return t.end(n.client.(Mirrorer).MirrorUp(ctx, u.Bucket, t.path(), prefix))
}

func (p *player) downloadDir(ctx context.Context, n *node, d *script.DownloadDir) error {
	prefix := withSlash(d.Prefix)
	t, err := p.transfer(n, d.Bucket, prefix, d.To)
	if err != nil {
		return p.harness(err)
	}
	names := t.names()
	for _, name := range names {
		t.add("download", name, &oracle.Act{})
	}
	surplus := "keep"
	if d.Delete {
		surplus = "remove"
	}
	for _, name := range slices.Sorted(maps.Keys(t.before)) {
		if !slices.Contains(names, name) {
			t.add(surplus, name, &oracle.Act{})
		}
	}
	if !d.Delete {
		return t.end(n.client.(DirDownloader).DownloadDir(ctx, d.Bucket, prefix, t.path()))
	}
	return t.end(n.client.(Mirrorer).MirrorDown(ctx, d.Bucket, prefix, t.path()))
}

// withSlash returns the prefix with a slash at its end, unless it is empty.
func withSlash(prefix string) string {
	if prefix == "" || strings.HasSuffix(prefix, "/") {
		return prefix
	}
	return prefix + "/"
}

// readTree returns the contents of the regular files below dir, by name with slashes. A file that
// disappears meanwhile is left out.
func readTree(dir string) (map[string][]byte, error) {
	files := make(map[string][]byte)
	tree := os.DirFS(dir)
	err := fs.WalkDir(tree, ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil
		case err != nil:
			return err
		case !entry.Type().IsRegular():
			return nil
		}
		content, err := fs.ReadFile(tree, name)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		files[name] = content
		return err
	})
	return files, err
}
