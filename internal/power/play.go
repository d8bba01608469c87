package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"

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
	list, err := drills(flags.Args())
	if err != nil {
		return err
	}
	var traced *os.File
	if *trace != "" {
		if traced, err = os.Create(*trace); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, traced.Close()) }()
	}
	for _, s := range list {
		r := scenarios.Run(ctx, s, scenarios.Options{})
		fmt.Fprintf(out, "%s\t%s\t%s\n", s.ID, r.Verdict, reasons(r))
		switch {
		case traced != nil:
			_, err := fmt.Fprintf(traced, "%s\t%s\t%s\t%d\t%s\n",
				s.ID, r.Verdict, r.Clock, r.Wall, ranges(active.Take()))
			if err != nil {
				return err
			}
		case r.Verdict != scenarios.Pass && r.Verdict != scenarios.Skip:
			return errKilled
		}
	}
	return nil
}

// drills returns the scenarios with these ids in this order, or the whole catalog, of a family each
// case.
func drills(ids []string) ([]*scenarios.Scenario, error) {
	if len(ids) == 0 {
		for _, e := range scenarios.Catalog() {
			ids = append(ids, e.ID)
		}
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

// reasons returns the kinds of a result's reasons.
func reasons(r *scenarios.Result) string {
	var kinds []string
	for _, reason := range r.Reasons {
		kinds = append(kinds, reason.Kind)
	}
	return strings.Join(kinds, ",")
}
