package s3client

import (
	"errors"
	"fmt"
	"iter"
	"path/filepath"
	"slices"
	"strings"
)

// This file decides which keys can be files below one directory at the same time.

// ErrUnsafeKey marks a key that cannot be stored as a file of a directory: it would leave the
// directory, it cannot be a file name, or another key needs the same file.
var ErrUnsafeKey = errors.New("key cannot be a file of the directory")

// dirFile is an object that becomes a file.
type dirFile struct {
	key  string // without the client's prefix
	name string // of the file, with slashes
	size int64
	err  error // why it cannot be one

	leftOut bool // not a regular file
}

// dirNames collects the files of a directory.
type dirNames struct {
	caseSensitive bool
	files         []dirFile
	byName        map[string][]int // files by folded name
	dirs          map[string]int   // folded names of directories, and a file below each
}

func newDirNames(caseSensitive bool) *dirNames {
	return &dirNames{caseSensitive: caseSensitive, byName: make(map[string][]int), dirs: make(map[string]int)}
}

// add adds the object with the name below the directory.
func (n *dirNames) add(name string, object Object) {
	if object.Size == 0 && (name == "" || strings.HasSuffix(name, "/")) {
		return // consoles make such an object for an empty directory
	}
	at := len(n.files)
	n.files = append(n.files, dirFile{key: object.Key, name: name, size: object.Size, err: checkFileName(name)})
	if n.files[at].err != nil {
		return
	}
	folded := n.fold(name)
	n.byName[folded] = append(n.byName[folded], at)
	for i := range len(folded) {
		if folded[i] == '/' {
			n.dirs[folded[:i]] = at
		}
	}
}

// fold returns the same text for names that differ only in the case of their letters.
func (n *dirNames) fold(name string) string {
	if n.caseSensitive {
		return name
	}
	return strings.ToLower(strings.ToUpper(name))
}

// all yields the files in the order of their keys, each with the reason why it cannot be stored.
func (n *dirNames) all() iter.Seq2[dirFile, error] {
	return func(yield func(dirFile, error) bool) {
		for at, file := range n.files {
			if file.err == nil {
				file.err = n.collision(at, file)
			}
			if !yield(file, file.err) {
				return
			}
		}
	}
}

// collision returns an error if another object needs the same name.
func (n *dirNames) collision(at int, file dirFile) error {
	folded := n.fold(file.name)
	if same := n.byName[folded]; len(same) > 1 {
		other := same[0]
		if other == at {
			other = same[1]
		}
		return fmt.Errorf("%w: %q and %q are the same file", ErrUnsafeKey, file.key, n.files[other].key)
	}
	if below, ok := n.dirs[folded]; ok {
		return fmt.Errorf("%w: %q is a file, and %q needs a directory of this name", ErrUnsafeKey, file.key,
			n.files[below].key)
	}
	for i := range len(folded) {
		if folded[i] != '/' {
			continue
		}
		if above := n.byName[folded[:i]]; len(above) > 0 {
			return fmt.Errorf("%w: %q needs a directory of the name of the file %q", ErrUnsafeKey, file.key,
				n.files[above[0]].key)
		}
	}
	return nil
}

// checkFileName refuses a name that cannot be the path of a file below a directory, and one that
// has another spelling for the same file.
func checkFileName(name string) error {
	segments := strings.Split(name, "/")
	bad := slices.ContainsFunc(segments, func(s string) bool { return s == "" || s == "." || s == ".." })
	if filepath.Separator != '/' {
		bad = bad || strings.ContainsRune(name, filepath.Separator)
	}
	if bad || strings.ContainsRune(name, 0) || !filepath.IsLocal(filepath.FromSlash(name)) {
		return fmt.Errorf("%w: %q is not a path of a file", ErrUnsafeKey, name)
	}
	return nil
}
