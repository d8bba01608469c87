// Package catalog holds the built-in scenarios: [All] lists them, [Find] gets one by its id.
//
// The scenarios are the YAML files in the folders below this one. A folder is one concern of a
// client, such as backoff or resume. An [Entry] is one file, or one case of a family; its method
// Scenarios parses it.
package catalog

import (
	"embed"
	"fmt"
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

// Entry is a built-in scenario, a family of them, or a case of a family.
type Entry struct {
	ID     string // folder and file: "retry/503-twice", and of a case its name: "retry/503-twice@upload"
	Source []byte // the file's text; callers must not change it
}

// File returns the entry's file name as messages show it.
func (e Entry) File() string {
	file, _, _ := strings.Cut(e.ID, "@")
	return "catalog/" + file + ".yaml"
}

// Scenarios parses the entry: a scenario, or the cases of a family.
func (e Entry) Scenarios() ([]*script.Scenario, error) {
	list, err := script.ParseAll(e.File(), e.Source)
	if err != nil {
		return nil, err
	}
	file, name, isCase := strings.Cut(e.ID, "@")
	for _, s := range list {
		s.ID = file
		if s.Case.Name != "" {
			s.ID += "@" + s.Case.Name
		}
		if isCase && s.Case.Name == name {
			return []*script.Scenario{s}, nil
		}
	}
	if isCase {
		return nil, unknown(e.ID, caseIDs(list))
	}
	return list, nil
}

func caseIDs(list []*script.Scenario) []string {
	var ids []string
	for _, s := range list {
		if s.Case.Name != "" {
			ids = append(ids, s.ID)
		}
	}
	return ids
}

// Scenario parses the entry of one scenario. A family is an error, unless the id names a case.
func (e Entry) Scenario() (*script.Scenario, error) {
	list, err := e.Scenarios()
	if err != nil {
		return nil, err
	}
	if len(list) > 1 {
		return nil, fmt.Errorf("%s is a family of %d cases, want one scenario", e.ID, len(list))
	}
	return list[0], nil
}

// Text returns the entry's file: Source, and of a case a file without a matrix that is the same
// drill.
func (e Entry) Text() ([]byte, error) {
	if !strings.Contains(e.ID, "@") {
		return e.Source, nil
	}
	s, err := e.Scenario()
	if err != nil {
		return nil, err
	}
	return s.Plain()
}

// All lists the files of the built-in scenarios, ordered by id: a family is one entry.
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

// Find returns the built-in scenario, the family or the case with that id. If it does not exist,
// the error is a [*strictyaml.InputError] whose hint names the most similar id.
func Find(id string) (Entry, error) {
	file, _, isCase := strings.Cut(id, "@")
	var ids []string
	for _, e := range entries() {
		if e.ID == file {
			e.ID = id
			if isCase {
				_, err := e.Scenarios()
				return e, err
			}
			return e, nil
		}
		ids = append(ids, e.ID)
	}
	return Entry{}, unknown(id, ids)
}

// unknown is the error of an id that no scenario has.
func unknown(id string, ids []string) error {
	p := strictyaml.Problem{
		Message: "there is no scenario \"" + strictyaml.Short(id) + "\"",
		Hint:    "chaos list shows them all",
	}
	if near := nearestID(id, ids); near != "" {
		p.Hint = "did you mean \"" + near + "\"?"
	}
	return &strictyaml.InputError{Problems: []strictyaml.Problem{p}}
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
