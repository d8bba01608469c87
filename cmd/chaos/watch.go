package main

// The flag --watch of run: what a changed file makes run play again.

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/s3chaos/s3chaos/scenarios"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

// A watcher knows what to play when files change. All paths are absolute.
type watcher struct {
	files     []string // that arguments name
	folders   []string // that arguments name
	adapters  []string
	artifacts string                // folder that runs write to
	known     []*scenarios.Scenario // of the last run that could read them all
	ended     time.Time             // end of the last run
}

// watch plays everything once, and then what changes, until a signal comes. The error is an
// exitStatus with the code of the last run, and with exitInterrupted if that run had not ended.
func watch(
	cmd *cobra.Command, args []string, f watchedFlags, play func(func(*scenarios.Scenario) bool) error,
) error {
	w, err := newWatcher(args, f)
	if err != nil {
		return fmt.Errorf("--watch: %w", err)
	}
	n, err := openNotifier(slices.Concat(w.files, w.adapters), w.folders)
	if err != nil {
		return fmt.Errorf("--watch: %w", err)
	}
	defer n.close() //nolint:errcheck // the program ends after that
	ctx, stderr, code := cmd.Context(), cmd.ErrOrStderr(), 0
	var changed []string // nil: everything
	for {
		var read []*scenarios.Scenario
		played := false
		err := play(func(s *scenarios.Scenario) bool {
			read = append(read, s)
			p := w.cause(s, changed)
			if p != "" && !played && changed != nil {
				fmt.Fprintf(stderr, "chaos: %s has changed\n", visible(filepath.Base(p)))
			}
			played = played || p != ""
			return p != ""
		})
		if len(read) > 0 {
			w.known = read
		}
		w.ended = time.Now()
		if played || err != nil {
			code = explainError(err, stderr)
			fmt.Fprintln(stderr, "chaos: waiting for changes; SIGINT ends that")
		}
		for changed = nil; len(changed) == 0 && ctx.Err() == nil; {
			if changed, err = n.next(ctx); err != nil {
				return fmt.Errorf("--watch: %w", err)
			}
			changed = slices.DeleteFunc(changed, func(path string) bool { return !w.matters(path) })
		}
		if ctx.Err() != nil {
			return exitStatus(code)
		}
	}
}

// watchedFlags are the flags of run with files that a watcher watches, or leaves alone.
type watchedFlags struct {
	clients   []string
	artifacts string
}

func newWatcher(args []string, f watchedFlags) (*watcher, error) {
	w := &watcher{}
	var err error
	absolute := func(path string) string {
		path, failed := filepath.Abs(path)
		err = cmp.Or(err, failed)
		return path
	}
	for _, arg := range args {
		switch kindOf(arg) {
		case inputArgument:
			return nil, errors.New("standard input cannot be read again: want a FILE or a DIR")
		case caseArgument:
			file, _, _ := fileAndCase(arg)
			w.files = append(w.files, absolute(file))
		case fileArgument:
			w.files = append(w.files, absolute(arg))
		case folderArgument:
			w.folders = append(w.folders, absolute(arg))
		}
	}
	if len(w.files)+len(w.folders) == 0 {
		return nil, errors.New("the built-in scenarios do not change: want a FILE or a DIR")
	}
	for _, client := range f.clients {
		if info, err := os.Stat(client); err == nil && !info.IsDir() {
			w.adapters = append(w.adapters, absolute(client))
		}
	}
	if f.artifacts != "" {
		w.artifacts = absolute(f.artifacts)
	}
	return w, err
}

// matters reports whether a change of a file may ask for a run. What a program wrote beside its
// scenario during the last run does not, or the run would go on without end.
func (w *watcher) matters(path string) bool {
	hidden := strings.HasPrefix(filepath.Base(path), ".")
	switch {
	case w.artifacts != "" && within(w.artifacts, path):
		return false
	case slices.Contains(w.files, path), w.everything(path):
		return true
	case script.IsYAML(path) && !hidden &&
		slices.ContainsFunc(w.folders, func(folder string) bool { return within(folder, path) }):
		return true
	}
	info, err := os.Stat(path)
	return err == nil && info.ModTime().After(w.ended) && slices.ContainsFunc(w.known,
		func(s *scenarios.Scenario) bool { return names(s, path) })
}

// everything reports whether a change of a file may change all drills.
func (w *watcher) everything(path string) bool {
	return filepath.Base(path) == script.IgnoreFile || slices.Contains(w.adapters, path) ||
		slices.Contains(w.folders, path)
}

// cause returns the changed file for which a scenario has to be played again, or "". Without any
// changed file it returns the scenario's own.
func (w *watcher) cause(s *scenarios.Scenario, changed []string) string {
	own, err := filepath.Abs(s.File)
	if changed == nil || err != nil {
		return s.File
	}
	for _, path := range changed {
		if path == own || w.everything(path) || names(s, path) {
			return path
		}
	}
	return ""
}

// names reports whether a scenario names a file of its own folder.
func names(s *scenarios.Scenario, path string) bool {
	own, err := filepath.Abs(s.File)
	return err == nil && filepath.Dir(own) == filepath.Dir(path) && own != path &&
		bytes.Contains(s.Source, []byte(filepath.Base(path)))
}

// within reports whether a path is a folder or below it.
func within(folder, path string) bool {
	rest, found := strings.CutPrefix(path, strings.TrimSuffix(folder, string(filepath.Separator)))
	return found && (rest == "" || os.IsPathSeparator(rest[0]))
}
