// Command power proves that the catalog finds defects: it plays the catalog with mutants of this
// module's packages and writes a report.
//
//	go run ./internal/power -sample 300 -minutes 240
//
// An interrupted run goes on where it stopped, and after a change only what the change concerns is
// done again.
//
// Each drill that passes with the correct client must fail with a broken one. See package mutation
// for what a mutant is.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	if err != nil {
		fmt.Fprintln(os.Stderr, "power:", err)
		os.Exit(1)
	}
}

// options are what the command's flags say.
type options struct {
	clients  bool
	breadth  int
	sample   int
	seed     uint64
	minutes  int
	workers  int
	out      string
	record   string
	missing  bool
	packages string // comma-separated, below the module
	workdir  string // keeps what is known from one run to the next; empty: in the user's cache
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	if len(args) > 0 && args[0] == "play" {
		return play(ctx, args[1:], stdout)
	}
	var o options
	flags := flag.NewFlagSet("power", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.BoolVar(&o.clients, "clients", true, "play the broken clients")
	flags.IntVar(&o.breadth, "breadth", 0, "broken clients that have to fail a drill before the next one; 0 means all")
	flags.IntVar(&o.sample, "sample", 300, "mutants of each package; 0 means none")
	flags.Uint64Var(&o.seed, "seed", 1, "seed of the sample")
	flags.IntVar(&o.minutes, "minutes", 240, "time limit of the run; a quarter of it is for the broken clients")
	flags.IntVar(&o.workers, "workers", 2, "mutants judged at the same time")
	flags.StringVar(&o.out, "out", "", "the report's file; empty means standard output")
	flags.StringVar(&o.record, "record", "", "file for a broken client that fails each drill; empty: none")
	flags.BoolVar(&o.missing, "missing", false, "play the broken clients in drills that the record lacks only")
	flags.StringVar(&o.packages, "packages", "s3client,retry,faultproxy", "packages to mutate")
	flags.StringVar(&o.workdir, "workdir", "",
		"directory that keeps what is known for the next run; empty: in the cache of the user")
	if err := flags.Parse(args); err != nil {
		return err
	}
	p := &prover{options: o, log: stderr, began: time.Now()}
	return p.prove(ctx, stdout)
}
