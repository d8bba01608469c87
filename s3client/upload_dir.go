package s3client

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
)

// UploadDir stores the files below the directory dir as objects below prefix: the file dir/a/b
// becomes the object prefix/a/b. A prefix without a slash at its end gets one; the empty prefix is
// the whole bucket, or Config.Prefix. Each file is stored as [Client.Upload] stores it. Objects
// that have no file stay. UploadDir leaves out everything that is not a regular file: it does not
// follow symbolic links. options may be nil.
//
// A file that fails does not keep the others from being stored: the error is a [*DirError] then,
// with the error of each file. A file whose name cannot be a key is [ErrInvalidKey].
func (c *Client) UploadDir(ctx context.Context, dir, prefix string, options *DirOptions) (DirResult, error) {
	if options == nil {
		options = &DirOptions{}
	}
	prefix = withSlash(prefix)
	u := &dirUpload{client: c, prefix: prefix, dir: dir, options: options}
	result, err := options.transfer(ctx, dir, u.files, u.store)
	if err != nil {
		err = fmt.Errorf("upload to %s/%s%s: %w", c.config.Bucket, c.config.Prefix, prefix, err)
	}
	return result, err
}

// dirUpload is the upload of one directory.
type dirUpload struct {
	client      *Client
	prefix, dir string
	options     *DirOptions
}

// files walks the directory, in the order of the names.
func (u *dirUpload) files(context.Context) (iter.Seq2[dirFile, error], error) {
	info, err := os.Stat(u.dir)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return nil, fmt.Errorf("%s: not a directory", u.dir)
	}
	root := os.DirFS(u.dir)
	return func(yield func(dirFile, error) bool) {
		_ = fs.WalkDir(root, ".", func(name string, entry fs.DirEntry, err error) error { // all errors are yielded
			if err != nil {
				if !yield(dirFile{key: u.prefix + name}, err) {
					return fs.SkipAll
				}
				return nil
			}
			if entry.IsDir() {
				return nil
			}
			if !yield(dirFile{key: u.prefix + name, name: name, leftOut: !entry.Type().IsRegular()}, nil) {
				return fs.SkipAll
			}
			return nil
		})
	}, nil
}

func (u *dirUpload) store(ctx context.Context, file dirFile) (skipped bool, err error) {
	local := filepath.Join(u.dir, filepath.FromSlash(file.name))
	if u.options.SkipUnchanged {
		same, err := u.client.sameContent(ctx, file.key, local)
		if same || err != nil && !errors.Is(err, fs.ErrNotExist) {
			return same, err
		}
	}
	return false, u.client.Upload(ctx, local, file.key, nil)
}
