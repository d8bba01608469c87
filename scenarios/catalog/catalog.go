// Package catalog holds the built-in scenarios: [All] lists them, [Find] gets one by its id.
//
// They are the YAML files in this folder, a folder for each theme. An [Entry] is one file; its
// method Scenario parses it.
package catalog

import (
	"embed"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/s3chaos/s3chaos/internal/strictyaml"
	"github.com/s3chaos/s3chaos/internal/suggest"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

//go:embed */*.yaml
var embedded embed.FS

// Entry is a built-in scenario.
type Entry struct {
	ID     string // folder and file: "retry/503-twice"
	Source []byte // the file's text; not to be changed
}

// File is the name that messages give to the entry's file.
func (e Entry) File() string { return "catalog/" + e.ID + ".yaml" }

// Scenario parses the entry.
func (e Entry) Scenario() (*script.Scenario, error) {
	s, err := script.Parse(e.File(), e.Source)
	if err != nil {
		return nil, err
	}
	s.ID = e.ID
	return s, nil
}

// All lists the built-in scenarios, ordered by id.
func All() []Entry {
	return slices.Clone(entries())
}

var entries = sync.OnceValue(func() []Entry {
	paths, err := fs.Glob(embedded, "*/*.yaml")
	if err != nil {
		panic(err) // the pattern is a constant
	}
	list := make([]Entry, len(paths))
	for i, file := range paths {
		source, err := embedded.ReadFile(file)
		if err != nil {
			panic(err) // it was just listed, and is part of the program
		}
		id := strings.TrimSuffix(file, path.Ext(file))
		list[i] = Entry{ID: id, Source: source}
	}
	slices.SortFunc(list, func(a, b Entry) int { return strings.Compare(a.ID, b.ID) }) // Glob orders by file
	return list
})

// Find returns the built-in scenario with that id. The error is an [*InputError] with the nearest
// id there is.
func Find(id string) (Entry, error) {
	var ids []string
	for _, e := range entries() {
		if e.ID == id {
			return e, nil
		}
		ids = append(ids, e.ID)
	}
	p := strictyaml.Problem{
		Message: "there is no scenario \"" + strictyaml.Short(id) + "\"",
		Hint:    "chaos list shows them all",
	}
	if near := nearestID(id, ids); near != "" {
		p.Hint = "did you mean \"" + near + "\"?"
	}
	return Entry{}, &strictyaml.InputError{Problems: []strictyaml.Problem{p}}
}

// nearestID also takes an id without its folder.
func nearestID(id string, ids []string) string {
	if near := suggest.Nearest(id, ids); near != "" {
		return near
	}
	byFile := map[string]string{}
	var files []string
	for _, known := range ids {
		byFile[path.Base(known)] = known
		files = append(files, path.Base(known))
	}
	return byFile[suggest.Nearest(path.Base(id), files)]
}
