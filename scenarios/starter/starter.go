// Package starter holds scenarios to begin with: [All] lists them, [Find] gets one by its kind.
//
// A starter is a whole scenario with comments. It passes as it stands.
package starter

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/s3chaos/s3chaos/internal/suggest"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

//go:embed kinds/*.yaml
var kinds embed.FS

// A Starter is a scenario to begin with.
type Starter struct {
	Kind string // such as "upload"
	Name string // the name of the scenario: what happens in it
	Text []byte // the file, which begins with [script.SchemaLine]
}

// All returns the starters, ordered by kind.
func All() ([]Starter, error) {
	files, err := fs.Glob(kinds, "kinds/*.yaml")
	if err != nil {
		return nil, err
	}
	var list []Starter
	for _, file := range files {
		text, err := kinds.ReadFile(file)
		if err != nil {
			return nil, err
		}
		drills, err := script.ParseAll(file, text)
		if err != nil {
			return nil, err
		}
		kind := strings.TrimSuffix(path.Base(file), ".yaml")
		list = append(list, Starter{kind, drills[0].FamilyName(), append([]byte(script.SchemaLine), text...)})
	}
	return list, nil
}

// Find returns the starter of a kind. The error of an unknown kind names the most similar one.
func Find(kind string) (Starter, error) {
	list, err := All()
	if err != nil {
		return Starter{}, err
	}
	var words []string
	for _, s := range list {
		if s.Kind == kind {
			return s, nil
		}
		words = append(words, s.Kind)
	}
	message := fmt.Sprintf("there is no starter %q: want one of %s", kind, strings.Join(words, ", "))
	if hint := suggest.Hint(kind, words); hint != "" {
		message += "\n  hint: " + hint
	}
	return Starter{}, errors.New(message)
}
