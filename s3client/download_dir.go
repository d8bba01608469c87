package s3client

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// DownloadDir stores the objects below prefix as files below the directory dir, which it makes if
// it is missing: the object prefix/a/b becomes the file dir/a/b. A prefix without a slash at its
// end gets one; the empty prefix is the whole bucket, or Config.Prefix. Each file is stored as
// [Client.Download] stores it. Files that have no object stay. options may be nil.
//
// A file that fails does not keep the others from being stored: the error is a [*DirError] then,
// with the error of each file. A key fails with [ErrUnsafeKey] if it cannot be a file below dir, or
// if another key needs the same file, or a directory of that name. DownloadDir does not follow
// symbolic links below dir: it refuses a file that lies behind one.
//
// The client holds the list of keys in memory.
func (c *Client) DownloadDir(ctx context.Context, prefix, dir string, options *DirOptions) (DirResult, error) {
	if options == nil {
		options = &DirOptions{}
	}
	prefix = withSlash(prefix)
	d := &dirDownload{client: c, prefix: prefix, dir: dir, options: options}
	result, err := options.transfer(ctx, dir, d.files, d.store)
	if err != nil {
		err = fmt.Errorf("download %s/%s%s: %w", c.config.Bucket, c.config.Prefix, prefix, err)
	}
	return result, err
}

// dirDownload is the download of one directory.
type dirDownload struct {
	client      *Client
	prefix, dir string
	options     *DirOptions
}

// files lists the objects. Only the whole list shows which of them need the same file.
func (d *dirDownload) files(ctx context.Context) (iter.Seq2[dirFile, error], error) {
	if err := os.MkdirAll(d.dir, 0o777); err != nil {
		return nil, err
	}
	names := newDirNames(d.options.CaseSensitive)
	for object, err := range d.client.List(ctx, d.prefix, nil) {
		if err != nil {
			return nil, err
		}
		names.add(strings.TrimPrefix(object.Key, d.prefix), object)
	}
	return names.all(), nil
}

func (d *dirDownload) store(ctx context.Context, file dirFile) (skipped bool, err error) {
	local := filepath.Join(d.dir, filepath.FromSlash(file.name))
	if err := d.makeDirs(file.name); err != nil {
		return false, err
	}
	info, err := os.Lstat(local)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return false, err
	case info.Mode()&fs.ModeSymlink != 0:
		return false, fmt.Errorf("%w: %s is a symbolic link", ErrUnsafeKey, local)
	case d.options.SkipUnchanged && info.Mode().IsRegular() && info.Size() == file.size:
		if same, err := d.client.sameContent(ctx, file.key, local); same || err != nil {
			return same, err
		}
	}
	return false, d.client.Download(ctx, file.key, local, nil)
}

// makeDirs makes the directories above a file, and refuses symbolic links among them.
func (d *dirDownload) makeDirs(name string) error {
	at := d.dir
	parent := path.Dir(name)
	if parent == "." {
		return nil
	}
	for segment := range strings.SplitSeq(parent, "/") {
		at = filepath.Join(at, segment)
		if err := os.Mkdir(at, 0o777); err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
		info, err := os.Lstat(at)
		if err != nil {
			return err
		}
		if !info.IsDir() {
			return fmt.Errorf("%w: %s is not a directory", ErrUnsafeKey, at)
		}
	}
	return nil
}

// sameContent reports whether the file has the checksum that the server tells of the object.
func (c *Client) sameContent(ctx context.Context, key, local string) (bool, error) {
	full, err := c.fullKey(key)
	if err != nil {
		return false, err
	}
	head, err := c.head(ctx, full)
	if err != nil || head == nil {
		return false, err
	}
	sum := checksumOf(checksumsOf(head), !c.config.IgnoreETag)
	if sum == nil {
		return false, nil
	}
	file, err := os.Open(local)
	if err != nil {
		return false, err
	}
	defer func() { _ = file.Close() }() // opened for reading: nothing to lose
	info, err := file.Stat()
	if err != nil || info.Size() != aws.ToInt64(head.ContentLength) {
		return false, err
	}
	if _, err := io.Copy(sum.hash, file); err != nil {
		return false, err
	}
	return sum.verify() == nil, nil
}
