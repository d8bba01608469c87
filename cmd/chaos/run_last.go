package main

// What run remembers for --last-failed.

import (
	"fmt"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"github.com/s3chaos/s3chaos/scenarios"
	"github.com/s3chaos/s3chaos/scenarios/suite"
)

// memory is what the last run left, and what this run will leave.
type memory struct {
	file   string      // empty: this run leaves nothing
	before *suite.Last // nil: no run has left anything
	now    suite.Last
	again  bool // --last-failed: what is not played stays remembered
}

// newMemory reads what the last run left. Without the flag an unreadable file is no error, because
// the run will replace it.
func newMemory(args []string, again bool) (memory, error) {
	m := memory{again: again}
	folder, err := os.Getwd()
	if err != nil {
		return m, err
	}
	file, err := suite.LastFile(folder)
	if err == nil {
		m.before, err = suite.ReadLast(file)
	}
	if again && err != nil {
		return m, err
	}
	m.now.Folder = folder
	if !slices.Contains(args, stdinName) { // it cannot be read again
		m.file = file
	}
	return m, nil
}

// recall fills in what the command line leaves open: the arguments, the clients and the seeds of
// the last run.
func (m *memory) recall(args []string, s *suite.Suite) []string {
	if len(args) == 0 {
		args = m.before.Args
	}
	if len(s.Clients) == 0 {
		s.Clients = m.before.Clients
	}
	if s.Seeds.Count() == 0 {
		s.Seeds = m.before.Seeds
	}
	return args
}

// of stores what this run selects.
func (m *memory) of(args []string, s *suite.Suite) {
	m.now.Args, m.now.Clients, m.now.Seeds = args, s.Clients, s.Seeds
}

func (m *memory) remember(client string, r *scenarios.Result) {
	if m.again || !r.Interrupted() {
		m.now.Add(client, r)
	}
}

// write stores what failed. A run without a failure stores nothing if there is nothing to replace.
func (m *memory) write(cmd *cobra.Command) {
	if m.file == "" || len(m.now.Failed) == 0 && m.before == nil {
		return
	}
	if err := m.now.Write(m.file); err != nil {
		fmt.Fprintf(cmd.ErrOrStderr(), "chaos: nothing is remembered for --last-failed: %v\n", err)
	}
}
