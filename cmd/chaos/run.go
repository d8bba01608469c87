package main

// The command run: its flags, and the loop from scenarios to reports and exit code.

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/s3chaos/s3chaos/scenarios"
	"github.com/s3chaos/s3chaos/scenarios/report"
)

func newRun() *cobra.Command {
	var (
		seed    uint64
		output  []string
		clients []string
		timeout time.Duration
		workers int
		repeat  int
	)
	cmd := &cobra.Command{
		Use:   "run [FILE|DIR|ID|PATTERN|-]...",
		Short: "play scenarios: the named ones, or the whole built-in catalog",
		Long: `Run plays scenarios and reports a verdict for each. An argument is a FILE, a DIR
(all .yaml and .yml files in it and below), the ID of a built-in scenario, a
PATTERN of ids, or - for standard input. Without arguments run plays every
built-in scenario.

The text report has colours on a terminal, unless NO_COLOR is set.`,
		Example: `  chaos run
  chaos run retry/503-twice --seed 42
  chaos run 'timeout/*' --output json=results.ndjson --output text
  chaos run my-drills/ --client sdk
  chaos run 'portal/*' --client rclone --client ./my-client.yaml`,
		ValidArgsFunction: completeIDs,
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.Uint64Var(&seed, "seed", 0, "seed of every drill, instead of the scenario's own")
	flags.StringArrayVarP(&output, "output", "o", []string{"text"},
		"write a report as `FORMAT[=FILE]`, repeatable; formats: "+formats())
	flags.StringArrayVar(&clients, "client", nil,
		"client of every drill that has steps, repeatable: builtin, sdk, sdk:standard, sdk:adaptive, sdk:off, a\n"+
			"NAME that chaos clients lists, or the path of an adapter")
	flags.DurationVar(&timeout, "timeout", 0,
		"scenario time after which a busy client counts as hung, instead of the scenario's own")
	flags.IntVar(&workers, "workers", 0, "number of drills that run at once; 0 means the number of CPUs")
	flags.IntVar(&repeat, "repeat", 1,
		"number of times to play each drill, at changing GOMAXPROCS; in virtual time runs that differ are an error")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		o := scenarios.Options{Timeout: timeout, Workers: workers, Repeat: repeat}
		if flags.Changed("seed") {
			o.Seed = &seed
		}
		if len(clients) == 0 {
			clients = []string{""}
		}
		if err := checkRunFlags(o, clients); err != nil {
			return err
		}
		list, err := selected(cmd, args)
		if err != nil {
			return err
		}
		warn(cmd, list)
		out, err := openOutputs(output, cmd.OutOrStdout(), report.Options{
			Color: colorful(cmd.OutOrStdout()), Version: version(), Started: time.Now(), Host: machineName(),
		})
		if err != nil {
			return err
		}
		return drill(cmd, list, o, clients, out)
	}
	return cmd
}

func checkRunFlags(o scenarios.Options, clients []string) error {
	switch {
	case o.Timeout < 0:
		return fmt.Errorf("--timeout %s: want 0 or more", o.Timeout)
	case o.Repeat < 1:
		return fmt.Errorf("--repeat %d: want 1 or more", o.Repeat)
	case o.Workers < 0:
		return fmt.Errorf("--workers %d: want 0 or more", o.Workers)
	}
	for _, client := range clients {
		if err := scenarios.CheckClient(client); err != nil {
			return fmt.Errorf("--client: %w", err)
		}
	}
	return nil
}

// drill plays the scenarios with each client, and writes each result to the reports as soon as it
// is known. The error is an exitStatus.
func drill(
	cmd *cobra.Command, list []*scenarios.Scenario, o scenarios.Options, clients []string, out *outputs,
) error {
	ctx, cancel := context.WithCancel(cmd.Context())
	defer cancel()
	var unwritten error
	write := func(r *scenarios.Result) {
		if unwritten == nil {
			unwritten = out.drill(r)
		}
		if unwritten != nil {
			cancel() // what is played from now on would not be reported
		}
	}
	code, played := 0, 0
	for _, client := range clients {
		o.Client = client
		one := func(i int) scenarios.Drill { return scenarios.Drill{Scenario: list[i]} }
		scenarios.RunEach(ctx, len(list), one, o, func(_ int, r *scenarios.Result) {
			if !r.Interrupted() {
				code = scenarios.ExitCodeWith(code, r)
				played++
			}
			write(r)
		})
	}
	if err := cmp.Or(unwritten, out.close()); err != nil { // after the first error the others say the same
		fmt.Fprintf(cmd.ErrOrStderr(), "chaos: report: %v\n", err)
		return exitStatus(exitBroken)
	}
	if ctx.Err() != nil {
		fmt.Fprintf(cmd.ErrOrStderr(), "chaos: interrupted after %d of %d drills\n",
			played, len(list)*len(clients))
		return exitStatus(exitInterrupted)
	}
	if code != 0 {
		return exitStatus(code)
	}
	return nil
}
