// Package catalog holds the built-in scenarios: [All] lists them, [Find] gets one by its id.
//
// The scenarios are the YAML files in the folders below this one. A folder is one concern of a
// client, such as backoff or resume. An [Entry] is one file; its method Scenario parses it.
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
	Source []byte // the file's text; callers must not change it
}

// File returns the entry's file name as messages show it.
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
			panic(err) // Glob listed the file, and the program embeds it
		}
		id := strings.TrimSuffix(file, path.Ext(file))
		list[i] = Entry{ID: id, Source: source}
	}
	slices.SortFunc(list, func(a, b Entry) int { return strings.Compare(a.ID, b.ID) }) // Glob orders by file
	return list
})

// Find returns the built-in scenario with that id. If no such scenario exists, the error is a
// [*strictyaml.InputError] whose hint names the most similar id.
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

// nearestID returns the known id that is most similar to id, or "". The id may lack its folder.
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
