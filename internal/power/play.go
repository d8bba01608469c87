package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"

	"github.com/s3chaos/s3chaos/internal/mutation/active"
	"github.com/s3chaos/s3chaos/scenarios"
)

// This file is the part of the command that runs in the instrumented copy: it plays drills with the
// mutant of the environment.

// errKilled means that a drill did not pass, so it noticed the mutant.
var errKilled = errors.New("killed")

// play plays the named drills of the catalog, all if none is named, until one does not pass. It
// prints one line for each. With -trace it plays all and prints which mutants each one reached.
func play(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("play", flag.ContinueOnError)
	trace := flags.Bool("trace", false, "print the mutants that each drill reached")
	if err := flags.Parse(args); err != nil {
		return err
	}
	list, err := drills(flags.Args())
	if err != nil {
		return err
	}
	for _, s := range list {
		r := scenarios.Run(ctx, s, scenarios.Options{})
		if *trace {
			fmt.Fprintf(out, "%s\t%s\t%s\t%d\t%s\n", s.ID, r.Verdict, r.Clock, r.Wall, numbers(active.Take()))
			continue
		}
		fmt.Fprintf(out, "%s\t%s\t%s\n", s.ID, r.Verdict, reasons(r))
		if r.Verdict != scenarios.Pass && r.Verdict != scenarios.Skip {
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

func numbers(list []int) string {
	return strings.Trim(fmt.Sprint(list), "[]")
}
