package script

// A folder of scenarios: which of its files are read, and which are passed over.

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/s3chaos/s3chaos/internal/gitignore"
	"github.com/s3chaos/s3chaos/internal/strictyaml"
)

// IgnoreFile is the name of the files that say which files of a folder [ReadFolder] leaves out.
const IgnoreFile = ".s3chaosignore"

// A Folder is what [ReadFolder] finds in a directory and below it.
type Folder struct {
	Scenarios []*Scenario // in the order of their paths; of a family all cases
	Skipped   []string    // paths of YAML files that are not scenarios
}

// ReadFolder reads the scenarios in a directory and below it. It reads files that end in .yaml or
// .yml, and leaves out names that begin with a dot and what an [IgnoreFile] leaves out. Such a file
// has the syntax of gitignore, without the classes of POSIX such as [[:alpha:]], and holds for its
// folder and those below it.
//
// A YAML file that has not both version: and name: at its top is no scenario, and is in
// [Folder.Skipped]. A file that has one of them beside client:, steps:, faults: or expect: is a
// scenario with a mistake.
//
// The error is an [*InputError] with the mistakes of all files. A directory without scenarios is a
// mistake too.
func ReadFolder(dir string) (*Folder, error) {
	paths, err := yamlFiles(dir)
	if err != nil {
		return nil, err
	}
	folder := &Folder{}
	var mistakes strictyaml.InputError
	for _, path := range paths {
		data, err := loadData(path)
		if err == nil && !looksLikeScenario(data) {
			folder.Skipped = append(folder.Skipped, path)
			continue
		}
		var found []*Scenario
		if err == nil {
			found, err = ParseAll(path, data)
		}
		var input *strictyaml.InputError
		if errors.As(err, &input) {
			mistakes.Problems = append(mistakes.Problems, input.Problems...)
			continue
		}
		folder.Scenarios = append(folder.Scenarios, found...)
	}
	if len(mistakes.Problems) > 0 {
		return nil, &mistakes
	}
	if len(folder.Scenarios) == 0 {
		hint := "a scenario's file ends in .yaml or .yml"
		if len(folder.Skipped) > 0 {
			hint = "a scenario has version: and name: at its top, but " + folder.Skipped[0] + " has not"
		}
		return nil, &strictyaml.InputError{Problems: []strictyaml.Problem{{
			File: dir, Message: "no scenarios here", Hint: hint,
		}}}
	}
	return folder, nil
}

// yamlFiles returns the YAML files in a directory and below it that are not left out.
func yamlFiles(dir string) ([]string, error) {
	if info, err := os.Stat(dir); err != nil {
		return nil, fileError(dir, err)
	} else if !info.IsDir() {
		return nil, &strictyaml.InputError{Problems: []strictyaml.Problem{{File: dir, Message: "not a directory"}}}
	}
	root := filepath.Clean(dir) + string(filepath.Separator) // follows a link to a directory
	var ignored gitignore.Tree
	var paths []string
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		name = filepath.ToSlash(name)
		leftOut := name != "." && (strings.HasPrefix(entry.Name(), ".") || ignored.Ignores(name, entry.IsDir()))
		switch {
		case leftOut && entry.IsDir():
			return fs.SkipDir
		case leftOut:
		case entry.IsDir():
			text, err := os.ReadFile(filepath.Join(path, IgnoreFile))
			if errors.Is(err, fs.ErrNotExist) {
				return nil
			}
			ignored.Add(name, text)
			return err
		case IsYAML(path):
			paths = append(paths, path)
		}
		return nil
	})
	if err != nil {
		return nil, fileError(dir, err)
	}
	return paths, nil
}

// IsYAML reports whether the name of a file is that of a YAML file.
func IsYAML(name string) bool {
	extension := filepath.Ext(name)
	return extension == ".yaml" || extension == ".yml"
}

// topWord finds the words at the top of a file that is not valid YAML.
var topWord = regexp.MustCompile(`(?m)^(version|name)[ \t]*:`)

// looksLikeScenario reports whether a YAML file is meant to be a scenario.
func looksLikeScenario(data []byte) bool {
	has := make(map[string]bool)
	var document yaml.Node
	if err := yaml.Unmarshal(data, &document); err != nil {
		for _, m := range topWord.FindAllSubmatch(data, -1) {
			has[string(m[1])] = true
		}
	} else if len(document.Content) == 1 && document.Content[0].Kind == yaml.MappingNode {
		content := document.Content[0].Content
		for i := 0; i < len(content); i += 2 {
			has[content[i].Value] = true
		}
	}
	if has["version"] && has["name"] {
		return true
	}
	return (has["version"] || has["name"]) && (has["client"] || has["steps"] || has["faults"] || has["expect"])
}
