package main

// How run --watch hears of changed files. The folders of files are watched, because many editors
// put a new file in the place of the old one.

import (
	"context"
	"errors"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/fsnotify/fsnotify"
)

// settle is the time after a first change in which further ones join it: an editor writes, renames
// and removes when it saves a file.
const settle = 100 * time.Millisecond

// A notifier reports the paths of changed files. Its channels are those of an fsnotify.Watcher.
type notifier struct {
	events  <-chan fsnotify.Event
	errors  <-chan error
	add     func(folder string) error
	close   func() error
	files   []string
	folders []string // watched with all folders below them
}

// openNotifier watches files and folders. The caller closes the notifier.
func openNotifier(files, folders []string) (*notifier, error) {
	w, err := fsnotify.NewWatcher()
	if err != nil {
		return nil, err
	}
	n := &notifier{w.Events, w.Errors, w.Add, w.Close, files, folders}
	for _, file := range files {
		if err := w.Add(filepath.Dir(file)); err != nil {
			return nil, errors.Join(err, w.Close())
		}
	}
	for _, folder := range folders {
		if _, err := n.addTree(folder); err != nil {
			return nil, errors.Join(err, w.Close())
		}
	}
	return n, nil
}

// next waits for a change and returns the changed paths, sorted. It returns none when ctx ends.
// After the system has lost changes it returns all files and folders.
func (n *notifier) next(ctx context.Context) ([]string, error) {
	var changed []string
	var over <-chan time.Time // nil before the first change
	for {
		select {
		case <-ctx.Done():
			return nil, nil
		case <-over:
			slices.Sort(changed)
			return slices.Compact(changed), nil
		case err := <-n.errors:
			if !errors.Is(err, fsnotify.ErrEventOverflow) {
				return nil, err
			}
			changed = slices.Concat(changed, n.files, n.folders)
		case e := <-n.events:
			if e.Op == fsnotify.Chmod {
				continue
			}
			changed = append(changed, e.Name)
			if e.Has(fsnotify.Create) {
				found, err := n.addCreated(e.Name)
				if err != nil {
					return nil, err
				}
				changed = append(changed, found...)
			}
		}
		if over == nil && len(changed) > 0 {
			over = time.After(settle)
		}
	}
}

// addCreated watches a new folder below a watched one, and returns the files that it already has.
func (n *notifier) addCreated(path string) ([]string, error) {
	if !slices.ContainsFunc(n.folders, func(folder string) bool { return within(folder, path) }) {
		return nil, nil
	}
	found, err := n.addTree(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil // it has gone again
	}
	return found, err
}

// addTree watches a folder and those below it, except those whose names begin with a dot. It
// returns the files in them.
func (n *notifier) addTree(root string) ([]string, error) {
	var files []string
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case !entry.IsDir():
			files = append(files, path)
			return nil
		case path != root && strings.HasPrefix(entry.Name(), "."):
			return fs.SkipDir
		}
		return n.add(path)
	})
	return files, err
}
