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

// loader reads scenarios until ctx ends.
type loader struct {
	ctx   context.Context
	stdin io.Reader
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
	return l.load(path, func() ([]*scenarios.Scenario, error) { return scenarios.LoadDir(path) })
}

func (l loader) file(path string) ([]*scenarios.Scenario, error) {
	return l.load(path, func() ([]*scenarios.Scenario, error) { return one(scenarios.Load(path)) })
}

func (l loader) standardInput() ([]*scenarios.Scenario, error) {
	return l.load("standard input", func() ([]*scenarios.Scenario, error) {
		return one(scenarios.Read(stdinName, l.stdin))
	})
}

func one(s *scenarios.Scenario, err error) ([]*scenarios.Scenario, error) {
	if err != nil {
		return nil, err
	}
	return []*scenarios.Scenario{s}, nil
}
