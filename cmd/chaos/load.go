package main

// Reading scenarios, which may come from a pipe that stays silent: a signal ends the wait.

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/s3chaos/s3chaos/scenarios"
)

// stdinName is the argument that means standard input.
const stdinName = "-"

// errInterrupted says that a signal came before the command had read its input.
var errInterrupted = errors.New("interrupted")

// loader reads scenarios until ctx ends. It notes on stderr which files of a folder it passes over.
type loader struct {
	ctx    context.Context
	stdin  io.Reader
	stderr io.Writer
}

// load calls read and returns what it returns, or an error when ctx ends first. Nothing can end the
// read of a pipe, so it may stay behind.
func (l loader) load(name string, read func() ([]*scenarios.Scenario, error)) ([]*scenarios.Scenario, error) {
	type loaded struct {
		list []*scenarios.Scenario
		err  error
	}
	done := make(chan loaded, 1)
	go func() {
		list, err := read()
		done <- loaded{list, err}
	}()
	select {
	case l := <-done:
		return l.list, l.err
	case <-l.ctx.Done():
		return nil, fmt.Errorf("%w while reading %s", errInterrupted, name)
	}
}

func (l loader) dir(path string) ([]*scenarios.Scenario, error) {
	var skipped []string
	list, err := l.load(path, func() ([]*scenarios.Scenario, error) {
		folder, err := scenarios.ReadFolder(path)
		if err != nil {
			return nil, err
		}
		skipped = folder.Skipped
		return folder.Scenarios, nil
	})
	if err == nil {
		for _, file := range skipped {
			fmt.Fprintf(l.stderr, "%s: passed over: it has not both version: and name: at its top\n", visible(file))
		}
	}
	return list, err
}

func (l loader) file(path string) ([]*scenarios.Scenario, error) {
	return l.load(path, func() ([]*scenarios.Scenario, error) { return scenarios.LoadAll(path) })
}

// fileCase reads one case of a family in a file.
func (l loader) fileCase(path, name string) ([]*scenarios.Scenario, error) {
	list, err := l.file(path)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, s := range list {
		if s.Case.Name == name {
			return []*scenarios.Scenario{s}, nil
		}
		names = append(names, s.Case.Name)
	}
	return nil, fmt.Errorf("%s: it has no case %q%s", path, name,
		hint(name, names, "chaos run "+path+" plays them all"))
}

func (l loader) standardInput() ([]*scenarios.Scenario, error) {
	return l.load("standard input", func() ([]*scenarios.Scenario, error) {
		return scenarios.ReadAll(stdinName, l.stdin)
	})
}
