package s3client

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"math"
	"slices"
	"strings"
	"sync"
)

// This file transfers the files of a directory, in either direction and several at the same time.

// DirOptions refine the transfer of a directory. The zero value, and nil, transfer every file.
type DirOptions struct {
	// Concurrency is how many files are transferred at once. Zero: [DefaultConcurrency].
	Concurrency int
	// SkipUnchanged leaves out files that are the same on both sides: of the same size and with the
	// checksum that the server tells. A file whose object has no checksum of the whole is
	// transferred.
	SkipUnchanged bool
	// CaseSensitive lets a download take keys that differ only in the case of letters for different
	// files. Without it they are refused, because many file systems have only one file for them. An
	// upload does not need it.
	CaseSensitive bool
}

// DirResult says what the transfer of a directory did.
type DirResult struct {
	Transferred int // files
	Skipped     int // files that were the same on both sides
	LeftOut     int // symbolic links and special files, which UploadDir does not store; a download has none
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
func (e *DirError) Unwrap() []error { return errorsOf(e.Failed) }

// dirTransfer is the transfer of one directory.
type dirTransfer struct {
	mu     sync.Mutex // held for moments only
	result DirResult
	failed *DirError
}

// transfer calls one for each file that list yields, Concurrency at a time. one reports whether it
// skipped the file.
func (o *DirOptions) transfer(
	ctx context.Context, dir string, list func(context.Context) (iter.Seq2[dirFile, error], error),
	one func(context.Context, dirFile) (skipped bool, err error),
) (DirResult, error) {
	t := &dirTransfer{failed: &DirError{Dir: dir}}
	if o.Concurrency < 0 {
		return t.result, fmt.Errorf("concurrency %d: want 0 or more", o.Concurrency)
	}
	files, err := list(ctx)
	if err != nil {
		return t.result, err
	}
	crew := newCrew(ctx, cmp.Or(o.Concurrency, DefaultConcurrency), math.MaxInt64)
	for file, err := range files {
		if err != nil {
			t.note(file.key)(false, err)
			continue
		}
		if file.leftOut {
			t.result.LeftOut++ // only this goroutine does
			continue
		}
		if !crew.admit(0) {
			break
		}
		crew.start(0, func(ctx context.Context) error {
			t.note(file.key)(one(ctx, file))
			return nil // the other files go on
		})
	}
	if err := crew.wait(); err != nil {
		return t.result, err
	}
	if len(t.failed.Failed) > 0 {
		slices.SortFunc(t.failed.Failed, func(a, b KeyError) int { return strings.Compare(a.Key, b.Key) })
		return t.result, t.failed
	}
	return t.result, nil
}

// maxDirErrors is how many errors of files a DirError holds.
const maxDirErrors = 1000

// note returns a function that takes the outcome for a file.
func (t *dirTransfer) note(key string) func(skipped bool, err error) {
	return func(skipped bool, err error) {
		t.mu.Lock()
		defer t.mu.Unlock()
		switch {
		case err == nil && skipped:
			t.result.Skipped++
		case err == nil:
			t.result.Transferred++
		case len(t.failed.Failed) == maxDirErrors:
			t.failed.More++
		default:
			t.failed.Failed = append(t.failed.Failed, KeyError{key, err})
		}
	}
}
