package main

// From the arguments of run, list and validate to scenarios: files, directories, ids, patterns of
// ids.

import (
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/s3chaos/s3chaos/scenarios"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

// selected loads the scenarios that the arguments name, in the order of the arguments. Without
// arguments it loads the whole catalog. The error joins the mistakes of all arguments.
func selected(cmd *cobra.Command, args []string) ([]*scenarios.Scenario, error) {
	if len(args) == 0 {
		args = []string{"*/*"}
	}
	var list []*scenarios.Scenario
	var wrong []error
	for _, arg := range args {
		found, err := named(loaderOf(cmd), arg)
		if err != nil {
			wrong = append(wrong, err)
		}
		list = append(list, found...)
	}
	if len(wrong) > 0 {
		return nil, errors.Join(wrong...)
	}
	return list, nil
}

func loaderOf(cmd *cobra.Command) loader {
	return loader{cmd.Context(), cmd.InOrStdin(), cmd.ErrOrStderr()}
}

func named(l loader, arg string) ([]*scenarios.Scenario, error) {
	switch kindOf(arg) {
	case inputArgument:
		return l.standardInput()
	case caseArgument:
		file, name, _ := fileAndCase(arg)
		return l.fileCase(file, name)
	case fileArgument:
		return l.file(arg)
	case folderArgument:
		return l.dir(arg)
	}
	if strings.ContainsAny(arg, "*?[") || isFolder(arg) {
		return matching(arg)
	}
	entry, err := scenarios.Find(arg)
	if err != nil {
		return nil, err
	}
	return entry.Scenarios()
}

// argumentKind says where the scenarios of an argument come from.
type argumentKind int

const (
	catalogArgument argumentKind = iota // an id, a folder or a pattern of the catalog
	inputArgument
	caseArgument // of a family in a file
	fileArgument
	folderArgument
)

func kindOf(arg string) argumentKind {
	if arg == stdinName {
		return inputArgument
	}
	if _, _, isCase := fileAndCase(arg); isCase {
		return caseArgument
	}
	info, err := os.Stat(arg)
	isDir := err == nil && info.IsDir()
	switch {
	case isPath(arg) && isDir:
		return folderArgument
	case isPath(arg), err == nil && !isDir:
		return fileArgument
	case strings.ContainsAny(arg, "*?["), !isDir:
		return catalogArgument
	}
	if _, err := scenarios.Find(arg); err == nil {
		return catalogArgument // the id hides a folder of the same name
	}
	return folderArgument
}

// fileAndCase splits "my-drill.yaml@upload.reset", a case of a family in a file.
func fileAndCase(arg string) (file, name string, ok bool) {
	at := strings.LastIndexByte(arg, '@')
	if at < 0 {
		return "", "", false
	}
	file, name = arg[:at], arg[at+1:]
	if !script.IsYAML(file) {
		return "", "", false
	}
	return file, name, true
}

// isPath reports whether an argument can only mean a file or directory, never an id.
func isPath(arg string) bool {
	return script.IsYAML(arg) || filepath.IsAbs(arg) || strings.HasPrefix(arg, ".") || strings.HasSuffix(arg, "/")
}

// matching loads the built-in scenarios whose ids match a pattern such as "retry/*". A family whose
// id matches has all its cases in the list.
func matching(pattern string) ([]*scenarios.Scenario, error) {
	if _, err := path.Match(pattern, ""); err != nil {
		return nil, errors.New("bad pattern " + pattern)
	}
	// Most patterns name the folder, and reading the other folders takes longer than the drills.
	entries := slices.DeleteFunc(scenarios.Catalog(), func(e scenarios.Entry) bool {
		folder, _ := path.Match(path.Dir(pattern), path.Dir(e.ID))
		return !folder && !strings.ContainsAny(pattern, `[\`)
	})
	files, err := scenarios.ReadCatalog(entries)
	if err != nil {
		return nil, err
	}
	var list []*scenarios.Scenario
	for i, cases := range files {
		family, _ := path.Match(pattern, entries[i].ID) // the pattern is valid
		for _, s := range cases {
			if id, _ := path.Match(pattern, s.ID); id || family {
				list = append(list, s)
			}
		}
	}
	if len(list) == 0 {
		otherwise := "chaos list shows all ids"
		if isFolder(pattern) {
			otherwise = fmt.Sprintf("did you mean %q?", pattern+"/*")
		}
		return nil, errors.New("no built-in scenario matches " + pattern + "\n  hint: " + otherwise)
	}
	return list, nil
}

// isFolder reports whether a word is the folder of built-in ids, as "retry" is of
// "retry/503-twice".
func isFolder(word string) bool {
	return slices.ContainsFunc(scenarios.Catalog(), func(e scenarios.Entry) bool { return path.Dir(e.ID) == word })
}

// warn prints the warnings of the scenarios: what is valid but probably not meant.
func warn(cmd *cobra.Command, list []*scenarios.Scenario) {
	for _, s := range list {
		for _, w := range s.Warnings {
			fmt.Fprintln(cmd.ErrOrStderr(), w)
		}
	}
}
