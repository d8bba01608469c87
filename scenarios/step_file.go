package scenarios

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/s3chaos/s3chaos/scenarios/oracle"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

// This file looks at the files of steps about one file: what a failed download leaves at its
// target, and what a step that succeeded leaves beside it.

// ownFiles reports whether the client itself writes the files of downloads. The SDK does not: the
// client of this package copies its streams. Programs and the careless client have laws of their
// own.
func (d *drill) ownFiles() bool {
	c := &d.scenario.Client
	return c.SDK == nil && c.Careless == nil && c.Run == nil && !d.options.adapted()
}

// fileOf returns the file of a download before it begins, and nil if the oracle does not judge it:
// steps that run together may share a file that the scenario names.
func (p *player) fileOf(n *node, to, path string) (*oracle.File, error) {
	p.mu.Lock()
	n.path = path
	p.mu.Unlock()
	if !p.ownFiles || to != "" && n.Depth > 0 {
		return nil, nil
	}
	before, err := contentAt(path)
	return &oracle.File{Path: filepath.Base(path), Before: before}, err
}

// failed ends the act of a download that failed, with the file as it is now.
func (p *player) failed(a *oracle.Act, before *oracle.File, path string, failure error) error {
	if before != nil {
		after, err := contentAt(path)
		if err != nil {
			return p.harness(err)
		}
		p.mu.Lock()
		a.File = &oracle.File{Path: before.Path, Before: before.Before, After: after}
		p.mu.Unlock()
	}
	return p.end(a, failure, nil)
}

// contentAt returns the content of a file, and nil if the file does not exist.
func contentAt(path string) ([]byte, error) {
	content, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return content, err
}

// leftFiles returns the files that steps left beside the files that they send or receive, although
// they succeeded. A step that fails may keep a part of a download to go on with it later.
func (o *outcome) leftFiles() []string {
	succeeded, known := make(map[string]bool), make(map[string]bool)
	for _, n := range allNodes(o.nodes) {
		if n.path != "" {
			before, others := succeeded[n.path]
			succeeded[n.path] = n.Outcome == script.Success && (before || !others)
			known[n.path] = true
		}
	}
	if len(known) == 0 || o.movesDirs() {
		return nil
	}
	for path := range o.files {
		known[filepath.Join(o.workdir, filepath.FromSlash(path))] = true
	}
	o.scenario.EachStep(func(s *script.Step) {
		for _, u := range []*script.Upload{s.Upload, s.Resume} {
			if u != nil && u.ResumeFile != "" {
				known[filepath.Join(o.workdir, filepath.FromSlash(u.ResumeFile))] = true
			}
		}
	})
	var left []string
	for _, dir := range dirsOf(known) {
		entries, err := os.ReadDir(dir)
		if err != nil {
			continue // the client removed it
		}
		for _, e := range entries {
			path := filepath.Join(dir, e.Name())
			if own := besideWhich(path, known); e.Type().IsRegular() && !known[path] && succeeded[own] {
				left = append(left, fmt.Sprintf("the file %s beside %s", e.Name(), filepath.Base(own)))
			}
		}
	}
	return left
}

// movesDirs reports whether a step transfers a directory: its files have any name.
func (o *outcome) movesDirs() bool {
	moves := false
	o.scenario.EachStep(func(s *script.Step) { moves = moves || s.DownloadDir != nil || s.UploadDir != nil })
	return moves
}

// besideWhich returns the known file in whose folder the path is and whose name is a part of its
// name, the longest if there are several.
func besideWhich(path string, known map[string]bool) (own string) {
	for candidate := range known {
		if filepath.Dir(candidate) == filepath.Dir(path) && len(candidate) > len(own) &&
			strings.Contains(filepath.Base(path), filepath.Base(candidate)) {
			own = candidate
		}
	}
	return own
}

// dirsOf returns the folders of the files, sorted.
func dirsOf(files map[string]bool) []string {
	var dirs []string
	for path := range files {
		dirs = append(dirs, filepath.Dir(path))
	}
	slices.Sort(dirs)
	return slices.Compact(dirs)
}
