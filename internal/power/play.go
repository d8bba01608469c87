package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync"

	"github.com/s3chaos/s3chaos/internal/mutation/active"
	"github.com/s3chaos/s3chaos/scenarios"
)

// This file is the part of the command that runs in the instrumented copy: it plays drills with the
// mutant of the environment.

// errKilled means that a drill did not pass, so it noticed the mutant.
var errKilled = errors.New("killed")

// play plays the named drills of the catalog, all if none is named, until one does not pass. It
// prints a line for each. With -trace it plays all, and each line of that file tells which mutants
// a drill reached.
func play(ctx context.Context, args []string, out io.Writer) (err error) {
	flags := flag.NewFlagSet("play", flag.ContinueOnError)
	trace := flags.String("trace", "", "file for the mutants that each drill reached")
	if err := flags.Parse(args); err != nil {
		return err
	}
	var traced *os.File
	if *trace != "" {
		if traced, err = os.Create(*trace); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, traced.Close()) }()
	}
	ids := flags.Args()
	if len(ids) == 0 {
		ids = catalogIDs()
	}
	for _, id := range ids {
		list, err := drills([]string{id}) // here, so that what its reading reaches counts for the drill
		if err != nil {
			return err
		}
		for _, s := range list {
			if err := playOne(ctx, s, out, traced); err != nil {
				return err
			}
		}
	}
	return nil
}

// playOne plays a drill and prints its lines. Without a trace it returns errKilled if the drill
// does not pass.
func playOne(ctx context.Context, s *scenarios.Scenario, out io.Writer, trace *os.File) error {
	r := scenarios.Run(ctx, s, scenarios.Options{})
	fmt.Fprintf(out, "%s\t%s\t%s\n", s.ID, r.Verdict, reasons(r))
	if trace != nil {
		_, err := fmt.Fprintf(trace, "%s\t%s\t%s\t%d\t%s\n", s.ID, r.Verdict, r.Clock, r.Wall, ranges(active.Take()))
		return err
	}
	if r.Verdict != scenarios.Pass && r.Verdict != scenarios.Skip {
		return errKilled
	}
	return nil
}

// catalogIDs returns the ids of the catalog, of a family one.
func catalogIDs() []string {
	var ids []string
	for _, e := range scenarios.Catalog() {
		ids = append(ids, e.ID)
	}
	return ids
}

// drills returns the scenarios with these ids in this order, or the whole catalog, of a family each
// case.
func drills(ids []string) ([]*scenarios.Scenario, error) {
	if len(ids) == 0 {
		return wholeCatalog()
	}
	var list []*scenarios.Scenario
	for _, id := range ids {
		e, err := scenarios.Find(id)
		if err != nil {
			return nil, err
		}
		cases, err := e.Scenarios()
		if err != nil {
			return nil, err
		}
		list = append(list, cases...)
	}
	return list, nil
}

// wholeCatalog reads the catalog once, for all its callers.
var wholeCatalog = sync.OnceValues(func() ([]*scenarios.Scenario, error) {
	files, err := scenarios.ReadCatalog(scenarios.Catalog())
	return slices.Concat(files...), err
})

// reasons returns the kinds of a result's reasons.
func reasons(r *scenarios.Result) string {
	var kinds []string
	for _, reason := range r.Reasons {
		kinds = append(kinds, reason.Kind)
	}
	return strings.Join(kinds, ",")
}
