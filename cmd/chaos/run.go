package main

// The command run: its flags, and the loop from drills to reports and exit code.

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/s3chaos/s3chaos/scenarios"
	"github.com/s3chaos/s3chaos/scenarios/artifacts"
	"github.com/s3chaos/s3chaos/scenarios/suite"
)

// collectRarely raises the garbage collector's GOGC unless the environment sets it, and returns a
// function that sets it back. A drill leaves little in memory and much garbage, so that Go's
// default collects every few drills.
func collectRarely() (restore func()) {
	if os.Getenv("GOGC") != "" {
		return func() {}
	}
	const percent = 400
	before := debug.SetGCPercent(percent)
	return func() { debug.SetGCPercent(before) }
}

func newRun() *cobra.Command {
	var (
		seed    uint64
		output  []string
		clients clientFlags
		timeout time.Duration
		repeat  int
		choice  choice
	)
	cmd := &cobra.Command{
		Use:   "run [FILE|DIR|ID|PATTERN|-]...",
		Short: "play scenarios: the named ones, or the whole built-in catalog",
		Long: `Run plays scenarios and reports a verdict for each. An argument is a FILE, a DIR
(all .yaml and .yml files in it and below), the ID of a built-in scenario, a
PATTERN of ids, or - for standard input. Without arguments run plays every
built-in scenario.

A YAML file in a DIR is passed over, with a note, unless it has version: and name:
at its top. A file .s3chaosignore in a folder leaves out what its patterns match;
they have the syntax of .gitignore, without classes such as [[:alpha:]].

A terminal shows below the results how far the run is: drills, failures, the time
left and the slowest drill. Elsewhere a line on standard error says so every half
minute. The text report has colours on a terminal, unless NO_COLOR is set.

With --watch run stays, and plays what changes again: the scenarios of a FILE or a
DIR that is saved, and those that name a saved file of their folder. SIGINT ends it,
with the exit code of the last run, or with 130 if that run had not ended.`,
		Example: `  chaos run
  chaos run retry/503-twice --seed 42
  chaos run 'timeout/*' --output json=results.ndjson --output text
  chaos run my-drills/ --client sdk
  chaos run my-drills/ --watch
  chaos run 'portal/*' --client rclone --client ./my-client.yaml`,
		ValidArgsFunction: completeIDs,
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.Uint64Var(&seed, "seed", 0, "seed of every drill, instead of the scenario's own")
	flags.StringArrayVarP(&output, "output", "o", []string{"text"},
		"write a report as `FORMAT[=FILE]`, repeatable; formats: "+formats())
	clients.add(flags)
	flags.DurationVar(&timeout, "timeout", 0,
		"scenario time after which a busy client counts as hung, instead of the scenario's own")
	choice.flags(flags)
	flags.IntVar(&repeat, "repeat", 1,
		"number of times to play each drill, at changing GOMAXPROCS; in virtual time runs that differ are an error")
	completeFlags(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if err := cmp.Or(exclusive(flags, "seed", "seeds"), exclusive(flags, "quiet", "verbose"),
			exclusive(flags, "watch", "last-failed")); err != nil {
			return err
		}
		if flags.Changed("artifacts") {
			if err := artifacts.In(choice.artifacts).Check(); err != nil {
				return fmt.Errorf("--artifacts %s: %w", choice.artifacts, err)
			}
		}
		o := scenarios.Options{Timeout: timeout, Workers: choice.jobs, Repeat: repeat}
		if flags.Changed("seed") {
			o.Seed = &seed
		}
		if err := checkRunFlags(o); err != nil {
			return err
		}
		if err := clients.apply(&o); err != nil {
			return err
		}
		play := func(wanted func(*scenarios.Scenario) bool) error {
			p, err := choice.plan(cmd, args, clients.names, o, wanted)
			if p == nil || err != nil {
				return err
			}
			if choice.artifacts != "" {
				o.Keep = artifacts.In(choice.artifacts).Keep
			}
			shown := startProgress(p.len(), cmd.OutOrStdout(), cmd.ErrOrStderr())
			defer shown.close()
			o.Finished = shown.add
			options := reportOptions(cmd)
			options.Quiet, options.Verbose, options.Run = choice.quiet, choice.verbose, p.header(args, o)
			out, err := openOutputs(output, shown.stdout, options)
			if err != nil {
				return err
			}
			defer collectRarely()()
			return p.drill(cmd, o, out, shown)
		}
		if choice.watch {
			return watch(cmd, args, watchedFlags{clients.names, choice.artifacts}, play)
		}
		return play(func(*scenarios.Scenario) bool { return true })
	}
	return cmd
}

func checkRunFlags(o scenarios.Options) error {
	return cmp.Or(atLeast("--timeout", o.Timeout, 0), atLeast("--repeat", o.Repeat, 1), atLeast("--jobs", o.Workers, 0))
}

// partOf returns the part that has the i-th drill of the plan, and the drill's place in it. All
// count from 0.
func (p *plan) partOf(i int) (part suite.Part, place int) {
	for _, part = range p.parts {
		if i < part.Len {
			break
		}
		i -= part.Len
	}
	return part, i
}

// drillOf returns the i-th drill of the plan with its client.
func (p *plan) drillOf(i int) scenarios.Drill {
	part, place := p.partOf(i)
	d := part.Drill(place)
	d.Client = part.Client
	return d
}

// placeOf returns the client of the i-th drill of the plan, and its number in the whole suite.
func (p *plan) placeOf(i int) (client string, number int) {
	part, place := p.partOf(i)
	return part.Client, part.Number(place)
}

// programs reports whether a client of the plan is a program.
func (p *plan) programs() bool {
	return slices.ContainsFunc(p.parts, func(part suite.Part) bool { return scenarios.IsProgram(part.Client) })
}

// drill plays the drills of the plan, and writes each result to the reports as soon as it is known.
// The error is an exitStatus.
func (p *plan) drill(cmd *cobra.Command, o scenarios.Options, out *outputs, shown *progress) error {
	ctx, cancel := context.WithCancelCause(cmd.Context())
	defer cancel(nil)
	var unwritten error
	code, played := 0, 0
	var clients clientTally
	save := rememberDurations(&o, p.programs(), cmd.ErrOrStderr())
	scenarios.RunEach(ctx, p.len(), p.drillOf, o, func(i int, r *scenarios.Result) {
		client, number := p.placeOf(i)
		r.Number = number + 1
		p.last.remember(client, r)
		clients.add(r)
		if !r.Interrupted() {
			code = scenarios.ExitCodeWith(code, r)
			played++
		}
		if unwritten == nil {
			unwritten = out.drill(r)
		}
		switch {
		case unwritten != nil:
			cancel(nil) // what is played from now on would not be reported
		case p.failFast && code != 0:
			cancel(scenarios.ErrEnough)
		}
	})
	shown.close()
	save()
	clients.write(cmd.ErrOrStderr(), o.Budget)
	if err := cmp.Or(unwritten, out.close()); err != nil { // after the first error the others say the same
		fmt.Fprintf(cmd.ErrOrStderr(), "chaos: report: %v\n", err)
		return exitStatus(exitBroken)
	}
	p.last.write(cmd)
	if ctx.Err() != nil {
		ended := "interrupted"
		if errors.Is(context.Cause(ctx), scenarios.ErrEnough) {
			ended = "ended at a failure"
		} else {
			code = exitInterrupted
		}
		fmt.Fprintf(cmd.ErrOrStderr(), "chaos: %s after %d of %d drills\n", ended, played, p.len())
	}
	return status(code)
}
