package s3client

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// DirOptions refine the transfer of a directory. The zero value, and nil, transfer every file.
type DirOptions struct {
	// Concurrency is how many files are transferred at once. Zero: [DefaultConcurrency].
	Concurrency int
	// SkipUnchanged leaves out files that are the same on both sides: of the same size and with the
	// checksum that the server tells. A file whose object has no checksum of the whole is
	// transferred.
	SkipUnchanged bool
	// CaseSensitive takes keys that differ only in the case of letters for different files. Without
	// it they are refused, because many file systems have only one file for them.
	CaseSensitive bool
}

// DirResult says what the transfer of a directory did.
type DirResult struct {
	Transferred int // files
	Skipped     int // files that were the same on both sides
}

// DirError says which files of a directory were not transferred.
type DirError struct {
	Dir    string
	Failed []KeyError // in the order of the keys, at most 1000
	More   int        // how many failed beside these
}

func (e *DirError) Error() string {
	first := e.Failed[0]
	text := fmt.Sprintf("directory %s: %s: %v", e.Dir, first.Key, first.Err)
	if more := len(e.Failed) - 1 + e.More; more > 0 {
		text += fmt.Sprintf(" (and %d more files)", more)
	}
	return text
}

// Unwrap returns the errors of the files.
func (e *DirError) Unwrap() []error {
	all := make([]error, len(e.Failed))
	for i, failed := range e.Failed {
		all[i] = failed.Err
	}
	return all
}

// DownloadDir stores the objects below prefix as files below the directory dir, which it makes if
// it is missing: the object prefix/a/b becomes the file dir/a/b. A prefix without a slash at its
// end gets one; the empty prefix is the whole bucket, or Config.Prefix. Each file is stored as
// [Client.Download] stores it. Files that have no object stay. options may be nil.
//
// A file that fails does not keep the others from being stored: the error is a [*DirError] then,
// with the error of each file. [ErrUnsafeKey] is that of a key that cannot be a file below dir, and
// of keys that would be the same file, or a file and a directory. Symbolic links below dir are not
// followed: a file that lies behind one is refused.
//
// The client holds the list of keys in memory.
func (c *Client) DownloadDir(ctx context.Context, prefix, dir string, options *DirOptions) (DirResult, error) {
	if options == nil {
		options = &DirOptions{}
	}
	if prefix != "" && !strings.HasSuffix(prefix, "/") {
		prefix += "/"
	}
	d := &dirDownload{client: c, prefix: prefix, dir: dir, options: options, failed: &DirError{Dir: dir}}
	if err := d.run(ctx); err != nil {
		return d.result, fmt.Errorf("download %s/%s%s: %w", c.config.Bucket, c.config.Prefix, prefix, err)
	}
	return d.result, nil
}

// dirDownload is the download of one directory.
type dirDownload struct {
	client      *Client
	prefix, dir string
	options     *DirOptions

	mu     sync.Mutex // held for moments only
	result DirResult
	failed *DirError
}

func (d *dirDownload) run(ctx context.Context) error {
	if d.options.Concurrency < 0 {
		return fmt.Errorf("concurrency %d: want 0 or more", d.options.Concurrency)
	}
	if err := os.MkdirAll(d.dir, 0o777); err != nil {
		return err
	}
	files := newDirNames(d.options.CaseSensitive)
	for object, err := range d.client.List(ctx, d.prefix, nil) {
		if err != nil {
			return err
		}
		files.add(strings.TrimPrefix(object.Key, d.prefix), object)
	}
	queue := make(chan dirFile)
	var group sync.WaitGroup
	for range cmp.Or(d.options.Concurrency, DefaultConcurrency) {
		group.Go(func() {
			for file := range queue {
				d.file(ctx, file)
			}
		})
	}
	for file, err := range files.all() {
		if err != nil {
			d.fail(file.key, err)
			continue
		}
		select {
		case queue <- file:
			continue
		case <-ctx.Done():
		}
		break
	}
	close(queue)
	group.Wait()
	if err := context.Cause(ctx); err != nil {
		return err
	}
	if len(d.failed.Failed) > 0 {
		slices.SortFunc(d.failed.Failed, func(a, b KeyError) int { return strings.Compare(a.Key, b.Key) })
		return d.failed
	}
	return nil
}

// maxDirErrors is how many errors of files a DirError holds.
const maxDirErrors = 1000

func (d *dirDownload) fail(key string, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.failed.Failed) == maxDirErrors {
		d.failed.More++
		return
	}
	d.failed.Failed = append(d.failed.Failed, KeyError{key, err})
}

// file downloads one file.
func (d *dirDownload) file(ctx context.Context, file dirFile) {
	skipped, err := d.store(ctx, file)
	if err != nil {
		d.fail(file.key, err)
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if skipped {
		d.result.Skipped++
	} else {
		d.result.Transferred++
	}
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
	size, err := io.Copy(sum.hash, file)
	if err != nil {
		return false, err
	}
	return size == aws.ToInt64(head.ContentLength) && sum.verify() == nil, nil
}
