package main

// The command hunt: its flags, and where its findings, its files and its reports go.

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/s3chaos/s3chaos/scenarios"
	"github.com/s3chaos/s3chaos/scenarios/hunt/search"
	"github.com/s3chaos/s3chaos/scenarios/hunt/worker"
	"github.com/s3chaos/s3chaos/scenarios/report"
	"github.com/s3chaos/s3chaos/scenarios/suite"
)

// huntFlags are the flags of hunt.
type huntFlags struct {
	config   search.Config
	shard    string
	baseline string
	out      string
	lying    bool
	output   []string
	worker   bool
}

func newHunt() *cobra.Command {
	f := huntFlags{}
	cmd := &cobra.Command{
		Use:   "hunt",
		Short: "search random scripts for one that breaks a client, and make it small",
		Long: `Hunt plays random scripts: steps, faults and retry policies. It judges the client by
laws that hold for every client. A finding counts if the script without its faults
is clean and if the client could have known better. Hunt then makes the script as
small as it can, and shows each finding once.

The same --seed and --runs find the same, however many scripts run at once. A terminal
shows how far the hunt is; elsewhere standard error gets a line every half minute.

--shard i/n plays a part of the scripts on each of several machines; chaos report
merges what they write with --output json=FILE. A nightly job takes another --seed
each night, and the findings.ndjson of earlier nights as its --baseline.

The exit code is 1 if there are new findings, 3 if there are none but something was
not judged, and 0 otherwise.`,
		Example: `  chaos hunt
  chaos hunt --client sdk --runs 5000 --out found/
  chaos hunt --client sdk --baseline found/findings.ndjson --for 8h --seed 2
  chaos hunt --runs 1000000 --shard 1/4 --output json=hunt-1.ndjson`,
		Args: usage(cobra.NoArgs),
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringVar(&f.config.Client, "client", "builtin",
		"hunt this client: "+strings.Join(scenarios.OwnClients(), ", "))
	flags.Uint64Var(&f.config.Seed, "seed", 1, "seed that draws the scripts")
	flags.IntVar(&f.config.Runs, "runs", 1000, "number of scripts, of all shards together; 0 means no limit")
	flags.DurationVar(&f.config.For, "for", 0, "end the hunt after this real time; 0 means no limit")
	flags.StringVar(&f.shard, "shard", "",
		"play only the part `i/n` of the scripts, from 1/n to n/n; auto as in chaos run")
	flags.IntVarP(&f.config.Jobs, "jobs", "j", 0, "number of scripts that run at once; 0 means the number of CPUs")
	flags.StringVar(&f.baseline, "baseline", "",
		"do not show the findings in `FILE`, such as findings.ndjson of an earlier --out")
	flags.StringVar(&f.out, "out", "",
		"write into `DIR` a scenario file and a Go test for each finding, and findings.ndjson")
	flags.BoolVar(&f.lying, "lying", false, "also report what no client could have known")
	flags.StringArrayVarP(&f.output, "output", "o", nil,
		"also write a report of the scripts as `FORMAT[=FILE]`, repeatable; formats: "+formats())
	flags.BoolVar(&f.worker, "worker", false, "play the scripts on standard input")
	flags.Lookup("worker").Hidden = true
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		defer collectRarely()()
		if f.worker { // the process of the search ends it by the end of the input
			return worker.Serve(context.WithoutCancel(cmd.Context()), cmd.InOrStdin(), cmd.OutOrStdout(), nil)
		}
		return f.hunt(cmd)
	}
	return cmd
}

// check reads the flags into the configuration.
func (f *huntFlags) check(cmd *cobra.Command) error {
	c := &f.config
	if !slices.Contains(scenarios.OwnClients(), c.Client) {
		return fmt.Errorf("--client %q: want one of %s\n  hint: chaos sweep plays programs",
			c.Client, strings.Join(scenarios.OwnClients(), ", "))
	}
	err := cmp.Or(atLeast("--runs", c.Runs, 0), atLeast("--for", c.For, 0), atLeast("--jobs", c.Jobs, 0))
	if err != nil {
		return err
	}
	if c.For > 0 && !cmd.Flags().Changed("runs") {
		c.Runs = 0
	}
	shard, err := suite.ParseShard(f.shard, os.LookupEnv)
	if err != nil {
		return fmt.Errorf("--shard: %w", err)
	}
	c.Index, c.Of = shard.Index, shard.Of
	if f.baseline == "" {
		return nil
	}
	file, err := os.Open(f.baseline)
	if err != nil {
		return fmt.Errorf("--baseline: %w", err)
	}
	defer file.Close() //nolint:errcheck // the file was only read
	if c.Known, err = search.ReadBaseline(file); err != nil {
		return fmt.Errorf("--baseline %s: %w", f.baseline, err)
	}
	return nil
}

// header returns what the json format says of the hunt, so that chaos report can merge its shards.
func (f *huntFlags) header() report.Header {
	c := &f.config
	h := report.Header{Suite: fmt.Sprintf("hunt %s seed %d", c.Client, c.Seed), Drills: c.Runs}
	if c.Runs > 0 && c.For == 0 {
		h.Selection = fmt.Sprintf("hunt %s %d %d %t", c.Client, c.Seed, c.Runs, f.lying)
	}
	if c.Of > 0 {
		h.Shard = &report.Shard{Index: c.Index, Of: c.Of}
	}
	return h
}

// scripts returns how many scripts the shard has, and 0 if their number is not limited.
func (f *huntFlags) scripts() int {
	c := &f.config
	if c.Runs == 0 || c.Of == 0 {
		return c.Runs
	}
	return (c.Runs - c.Index + c.Of) / c.Of
}

// hunt searches and writes what was found. Its error is one of the input, or an exitStatus.
func (f *huntFlags) hunt(cmd *cobra.Command) error {
	if err := f.check(cmd); err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find this program, which plays the scripts in processes of its own: %w", err)
	}
	pool := &worker.Pool{Command: func() *exec.Cmd {
		// One thread of Go code plays a script in four fifths of the processor time of two: it
		// wakes no other thread when the script goes from one goroutine to the next.
		env := append(os.Environ(), "GOMAXPROCS=1")
		return &exec.Cmd{Path: self, Args: []string{"chaos", "hunt", "--worker"}, Env: env}
	}}
	defer pool.Close()
	f.config.Player, f.config.Builtin = pool.With(f.config.Client, f.lying), pool.With("builtin", f.lying)
	shown := startHunt(f.scripts(), f.config.For, cmd.OutOrStdout(), cmd.ErrOrStderr())
	defer shown.close()
	options := reportOptions(cmd)
	options.Run = f.header()
	out, err := openOutputs(f.output, shown.stdout, options)
	if err != nil {
		return err
	}
	f.config.Each = func(s *search.Script) error {
		shown.script(len(s.Found))
		if len(f.output) == 0 {
			return nil
		}
		return out.drill(s.Result)
	}
	found, err := search.Run(cmd.Context(), f.config)
	shown.close()
	err = errors.Join(err, out.close())
	if f.out != "" {
		err = errors.Join(err, found.WriteFiles(f.out))
	}
	if err = errors.Join(err, found.Text(besideReports(cmd, f.output))); err != nil {
		fmt.Fprintf(cmd.ErrOrStderr(), "chaos: hunt: %v\n", err)
		return exitStatus(exitBroken)
	}
	if cmd.Context().Err() != nil {
		fmt.Fprintf(cmd.ErrOrStderr(), "chaos: hunt: interrupted after %s\n", found.Wall.Round(time.Second))
		return exitStatus(exitInterrupted)
	}
	return status(found.ExitCode())
}
