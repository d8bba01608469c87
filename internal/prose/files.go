package main

// Which files a PATH stands for, and how each is read and written.

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// goFiles returns the Go files at and below the paths: sorted, each once.
func goFiles(paths []string) ([]string, error) {
	var files []string
	for _, root := range paths {
		err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case entry.IsDir() && path != root && skipped(entry.Name()):
				return filepath.SkipDir
			case entry.Type().IsRegular() && strings.HasSuffix(path, ".go"):
				files = append(files, filepath.ToSlash(filepath.Clean(path)))
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	slices.Sort(files)
	return slices.Compact(files), nil
}

func skipped(folder string) bool {
	return folder == "testdata" || folder == "vendor" || strings.ContainsRune("._", rune(folder[0]))
}

// eachSource calls visit with every Go file at and below the paths that is not generated.
func eachSource(paths []string, visit func(*source) error) error {
	files, err := goFiles(paths)
	if err != nil {
		return err
	}
	for _, path := range files {
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		src, err := parse(path, string(content))
		if err != nil {
			return err
		}
		if src.generated {
			continue
		}
		if err := visit(src); err != nil {
			return err
		}
	}
	return nil
}

// wrapAll rewrites the files whose comments reflow changes, and prints their names.
func wrapAll(w io.Writer, paths []string) error {
	return eachSource(paths, func(src *source) error {
		wrapped := src.wrap()
		if wrapped == src.content {
			return nil
		}
		info, err := os.Stat(src.path)
		if err != nil {
			return err
		}
		fmt.Fprintln(w, src.path)
		return os.WriteFile(src.path, []byte(wrapped), info.Mode().Perm())
	})
}
