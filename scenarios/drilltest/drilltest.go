// Package drilltest plays drills in a Go test: [Run] plays the scenarios of a file, [RunAll] those
// of a folder, [RunCatalog] the built-in ones, and [Drill] lets them drill a client of your own.
//
//	func TestDrills(t *testing.T) {
//		drilltest.RunAll(t, os.DirFS("drills"), drilltest.Drill(newMyClient))
//	}
//
// Each drill is a subtest with the name of its file, and of its case if the file is a family. Each
// runs in a bubble of its own, in virtual time, so the test needs no bubble. A drill that fails
// prints its timeline. A client that hangs, panics in its own goroutine or leaves goroutines behind
// fails its subtest, and the other subtests run.
//
// Programs must not import this package, because it brings the flags of package testing.
package drilltest

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"github.com/s3chaos/s3chaos/scenarios"
	"github.com/s3chaos/s3chaos/scenarios/report"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

// Run plays the scenarios in a file, one or the cases of a family, as subtests of t. A file that
// cannot be read, or that has a mistake, ends the test.
func Run(t *testing.T, file string, options ...Option) {
	t.Helper()
	list, err := scenarios.LoadAll(file)
	if err != nil {
		t.Fatal(err)
	}
	name := path.Base(filepath.ToSlash(file))
	play(t, options, []named{{name, list}})
}

// RunAll plays the scenarios in a folder and below it, as subtests of t, such as os.DirFS("drills")
// or an embed.FS. It reads files that end in .yaml or .yml, and passes over names that begin with a
// dot. A file with a mistake, YAML that is no scenario, or a folder without a scenario ends the
// test. Files with the name [script.IgnoreFile] have no meaning here.
func RunAll(t *testing.T, folder fs.FS, options ...Option) {
	t.Helper()
	files, err := read(folder)
	if err != nil {
		t.Fatal(err)
	}
	play(t, options, files)
}

// RunCatalog plays the built-in scenarios, as subtests of t. With [Drill] and [AnyClient] it is the
// suite for a client that this project does not know.
func RunCatalog(t *testing.T, options ...Option) {
	t.Helper()
	entries := scenarios.Catalog()
	lists, err := scenarios.ReadCatalog(entries)
	if err != nil {
		t.Fatal(err)
	}
	var files []named
	for i, list := range lists {
		files = append(files, named{entries[i].ID + ".yaml", list})
	}
	play(t, options, files)
}

// named is the scenarios of one file.
type named struct {
	file string
	list []*scenarios.Scenario
}

// read returns the scenarios of a folder in the order of their files. The error holds the mistakes
// of all files.
func read(folder fs.FS) ([]named, error) {
	var files []named
	var mistakes scenarios.InputError
	err := fs.WalkDir(folder, ".", func(file string, entry fs.DirEntry, err error) error {
		hidden := file != "." && strings.HasPrefix(entry.Name(), ".")
		switch {
		case err != nil:
			return err
		case hidden && entry.IsDir():
			return fs.SkipDir
		case hidden, entry.IsDir(), !script.IsYAML(file):
			return nil
		}
		list, err := readFile(folder, file)
		if input, ok := errors.AsType[*scenarios.InputError](err); ok {
			mistakes.Problems = append(mistakes.Problems, input.Problems...)
			return nil
		}
		files = append(files, named{file, list})
		return err
	})
	switch {
	case err != nil:
		return nil, err
	case len(mistakes.Problems) > 0:
		return nil, &mistakes
	case len(files) == 0:
		return nil, errors.New("the folder has no scenario: want a file that ends in .yaml or .yml")
	}
	return files, nil
}

func readFile(folder fs.FS, file string) ([]*scenarios.Scenario, error) {
	opened, err := folder.Open(file)
	if err != nil {
		return nil, err
	}
	defer opened.Close() //nolint:errcheck // the file was only read
	return scenarios.ReadAll(file, opened)
}

// play plays the selected scenarios of the files as subtests.
func play(t *testing.T, options []Option, files []named) {
	t.Helper()
	set, err := settingsOf(options)
	if err != nil {
		t.Fatal(err)
	}
	var all []*scenarios.Scenario
	for _, f := range files {
		all = append(all, f.list...)
	}
	selected, err := set.filter.Apply(all)
	if err != nil {
		t.Fatal(err)
	}
	kept := make(map[*scenarios.Scenario]bool)
	for _, s := range selected {
		kept[s] = true
	}
	for _, f := range files {
		for _, s := range f.list {
			if kept[s] {
				t.Run(nameOf(f.file, s), func(t *testing.T) { set.drill(t, s) })
			}
		}
	}
}

// nameOf returns the name of a scenario's subtest: its file without the ending, and its case.
func nameOf(file string, s *scenarios.Scenario) string {
	name := strings.TrimSuffix(file, path.Ext(file))
	if s.Case.Name != "" {
		name += "@" + s.Case.Name
	}
	return name
}

// drill plays a scenario with each seed.
func (set *settings) drill(t *testing.T, s *scenarios.Scenario) {
	if set.seeds.Count() == 0 {
		set.once(t, s, nil)
		return
	}
	for i := range set.seeds.Count() {
		seed := set.seeds.At(i)
		if set.seeds.Count() == 1 {
			set.once(t, s, &seed)
			return
		}
		t.Run(fmt.Sprintf("seed=%d", seed), func(t *testing.T) { set.once(t, s, &seed) })
	}
}

// once plays one drill and tells t its verdict.
func (set *settings) once(t *testing.T, s *scenarios.Scenario, seed *uint64) {
	o := set.options
	o.Test = t
	if seed != nil {
		o.Seed = seed
	}
	r := scenarios.Run(t.Context(), s, o)
	text, err := timeline(r)
	switch {
	case err != nil:
		t.Fatal(err)
	case r.Verdict == scenarios.Skip:
		t.Skip(r.Reasons[0].Got)
	case scenarios.ExitCodeWith(0, r) != 0:
		t.Error(text)
	default:
		t.Log(text) // with go test -v
	}
}

// timeline returns the text report of one drill.
func timeline(r *scenarios.Result) (string, error) {
	var text strings.Builder
	w, err := report.New("text", &text, report.Options{})
	if err == nil {
		err = w.Drill(r)
	}
	return "\n" + strings.TrimRight(text.String(), "\n"), err
}
