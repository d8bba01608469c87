// Package artifacts keeps what explains a drill that did not pass: [In] names a directory, and
// [Dir.Keep] makes a folder in it for each drill with the verdict fail, error or vacuous.
//
// A folder DIR/ID/CLIENT-seed-N holds scenario.yaml, replay.txt (the reasons, and the command that
// plays the drill again), stdout.txt and stderr.txt of a program, journal.ndjson, journal.har,
// trace.json for ui.perfetto.dev, and workdir. It appears when it is complete. Secrets are
// redacted: see [Redact].
package artifacts

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/s3chaos/s3chaos/faultproxy/journal"
	"github.com/s3chaos/s3chaos/scenarios"
	"github.com/s3chaos/s3chaos/scenarios/report"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

// mostBytes bounds how much of a work directory is kept.
const mostBytes = 64 << 20

// A Dir is a directory for artifacts. Keep may be called concurrently.
type Dir struct{ path string }

// In returns the artifacts directory at path. Keep creates it.
func In(path string) Dir { return Dir{path} }

// Check returns an error if nothing can be kept in the directory. It creates the directory.
func (d Dir) Check() error {
	if d.path == "" {
		return errors.New("want a directory")
	}
	if err := os.MkdirAll(d.path, 0o755); err != nil {
		return err
	}
	probe, err := os.MkdirTemp(d.path, ".partial-")
	if err != nil {
		return err
	}
	return os.Remove(probe)
}

// Keep keeps the artifacts of a drill that did not pass, and does nothing for others. An earlier
// folder of the same drill is replaced.
func (d Dir) Keep(s *script.Scenario, r *scenarios.Result, workdir string) (err error) {
	switch r.Verdict {
	case scenarios.Pass, scenarios.Skip:
		return nil
	case scenarios.Fail, scenarios.Error, scenarios.Vacuous:
	}
	if err := os.MkdirAll(d.path, 0o755); err != nil {
		return err
	}
	partial, err := os.MkdirTemp(d.path, ".partial-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(partial)) }()
	files, err := filesOf(s, r)
	if err != nil {
		return err
	}
	for name, text := range files {
		if len(text) == 0 {
			continue
		}
		if err := os.WriteFile(filepath.Join(partial, name), Redact(text), 0o600); err != nil {
			return err
		}
	}
	if err := copyTree(workdir, filepath.Join(partial, "workdir")); err != nil {
		return err
	}
	folder := filepath.Join(d.path, Folder(r))
	if err := os.MkdirAll(filepath.Dir(folder), 0o755); err != nil {
		return err
	}
	if err := os.RemoveAll(folder); err != nil {
		return err
	}
	return os.Rename(partial, folder)
}

// Folder returns the folder of a drill: ID/CLIENT-seed-N, without anything that leaves the
// directory.
func Folder(r *scenarios.Result) string {
	id := strings.TrimLeft(filepath.ToSlash(filepath.Clean("/"+r.ID)), "/")
	client := strings.NewReplacer("/", "-", "\\", "-").Replace(r.Client)
	return filepath.Join(filepath.FromSlash(id), fmt.Sprintf("%s-seed-%d", client, r.Seed))
}

// filesOf returns the files of a drill by name, except its work directory.
func filesOf(s *script.Scenario, r *scenarios.Result) (map[string][]byte, error) {
	text, err := s.Plain() // it plays alone, with any client
	if err != nil {
		return nil, err
	}
	var lines, har, trace, why bytes.Buffer
	if err := journal.WriteNDJSON(&lines, r.Journal); err != nil {
		return nil, err
	}
	start := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC) // as virtual time begins
	if err := journal.WriteHAROfRecords(&har, start, "http", r.Journal); err != nil {
		return nil, err
	}
	w, err := report.New("trace", &trace, report.Options{})
	if err != nil {
		return nil, err
	}
	if err := errors.Join(w.Drill(r), w.Close()); err != nil {
		return nil, err
	}
	fmt.Fprintf(&why, "%s  %s  %s\n", r.Verdict, r.ID, r.Name)
	for _, reason := range r.Reasons {
		fmt.Fprintf(&why, "%s\n", reason)
		for _, line := range reason.Evidence {
			fmt.Fprintf(&why, "    %s\n", line)
		}
	}
	fmt.Fprintf(&why, "replay: %s\n", r.Replay)
	return map[string][]byte{
		"scenario.yaml": text, "replay.txt": why.Bytes(),
		"stdout.txt": []byte(r.Stdout), "stderr.txt": []byte(r.Stderr),
		"journal.ndjson": lines.Bytes(), "journal.har": har.Bytes(),
		"trace.json": trace.Bytes(),
	}, nil
}

// copyTree copies the regular files of a directory, up to mostBytes. A file without a place left is
// named in LEFT-OUT.txt instead.
func copyTree(from, to string) error {
	left, leftOut := int64(mostBytes), ""
	err := filepath.WalkDir(from, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		name, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		if left -= info.Size(); left < 0 {
			left += info.Size()
			leftOut += fmt.Sprintf("%s: %d bytes\n", name, info.Size())
			return nil
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if err := os.MkdirAll(filepath.Dir(filepath.Join(to, name)), 0o755); err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(to, name), Redact(data), 0o600)
	})
	if err != nil || leftOut == "" {
		return err
	}
	return os.WriteFile(filepath.Join(filepath.Dir(to), "LEFT-OUT.txt"), []byte(leftOut), 0o600)
}
