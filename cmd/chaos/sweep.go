package main

// The command sweep: its flags, and where its map, its files and its reports go.

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/s3chaos/s3chaos/faultproxy"
	"github.com/s3chaos/s3chaos/scenarios"
	"github.com/s3chaos/s3chaos/scenarios/hunt"
	"github.com/s3chaos/s3chaos/scenarios/hunt/sweep"
	"github.com/s3chaos/s3chaos/scenarios/report"
)

// sweepFlags are the flags of sweep.
type sweepFlags struct {
	config sweep.Config
	seeds  int
	out    string
	resume string
	output []string

	noShrink bool

	lacking []string // workloads that the program cannot do, with the reason
}

func newSweep() *cobra.Command {
	player := &hunt.Player{}
	f := sweepFlags{config: sweep.Config{Player: player}}
	cmd := &cobra.Command{
		Use:   "sweep [WORKLOAD|FILE]...",
		Short: "put every fault at every exchange of a workload, and show what the client does",
		Long: `Sweep plays a workload once without faults to learn its exchanges. Then it plays one
drill for each exchange and each form of a fault, and judges the client by laws that
hold for every client, not by a policy that a file expects. It prints what is wrong
and a map of operations and faults.

A workload is a scenario FILE without faults, or one of the built-in ones:
` + strings.Join(sweep.Names(), ", ") + `. Without
arguments, sweep plays all built-in ones.

With --kill the client is a program, and no fault strikes it: its process group gets a
KILL at each exchange, before the request reaches S3, when S3 has acted and the program
does not know it, and in the middle of a download. Then the same command runs again,
and what it leaves is judged. The files of its findings name the command itself.

The exit code is 1 if there are findings, 3 if there are none but a drill was not
judged, and 0 otherwise.`,
		Example: `  chaos sweep
  chaos sweep object --client sdk --out found/
  chaos sweep my.yaml --pairs 500
  chaos sweep object --client rclone --budget 20m --resume state.ndjson
  chaos sweep object multipart --client rclone --kill --out found/`,
		ValidArgs: sweep.Names(),
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringVar(&player.Client, "client", "builtin",
		"sweep this client: "+strings.Join(scenarios.OwnClients(), ", ")+", an adapter, or run: and a command")
	flags.StringVar(&f.out, "out", "", "write into `DIR` a scenario file and a Go test for each finding")
	flags.BoolVar(&f.noShrink, "no-shrink", false, "write the files as the sweep played them, not the smallest ones")
	flags.StringSliceVar(&f.config.Kinds, "faults", nil,
		"play only these `KINDS` of faults, such as respond,close_early")
	flags.BoolVar(&f.config.Kill, "kill", false,
		"kill the program at each exchange, in place of faults, and run it again")
	flags.IntVar(&f.config.Pairs, "pairs", 0,
		"play at most this number of drills with a second fault, at an exchange of the retry")
	flags.DurationVar(&f.config.Budget, "budget", 0, "end the sweep after this real time; 0 means no limit")
	flags.IntVarP(&f.config.Jobs, "jobs", "j", 0, "number of drills that run at once; 0 means the number of CPUs")
	flags.Uint64Var(&f.config.Seed, "seed", 1, "seed that draws the pairs, if there are more than --pairs")
	flags.IntVar(&f.seeds, "seeds", 1,
		"sweep each workload with this number of seeds, which order parallel steps differently")
	flags.StringVar(&f.resume, "resume", "", "keep what was played in `FILE`, and go on with what it holds")
	flags.BoolVar(&player.Lying, "lying", false, "also report what no client could have known")
	flags.StringArrayVarP(&f.output, "output", "o", nil,
		"also write a report of the drills as `FORMAT[=FILE]`, repeatable; formats: "+formats())
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		defer collectRarely()()
		return f.sweep(cmd, args)
	}
	return cmd
}

func (f *sweepFlags) check() error {
	if f.config.Kill && (len(f.config.Kinds) > 0 || f.config.Pairs > 0) {
		return errors.New("--kill: it takes the place of faults: want neither --faults nor --pairs")
	}
	for _, kind := range f.config.Kinds {
		if !slices.Contains(faultproxy.Kinds(), kind) {
			return fmt.Errorf("--faults %q: want kinds of %s", kind, strings.Join(faultproxy.Kinds(), ", "))
		}
	}
	return cmp.Or(
		atLeast("--pairs", f.config.Pairs, 0), atLeast("--budget", f.config.Budget, 0),
		atLeast("--seeds", f.seeds, 1), atLeast("--jobs", f.config.Jobs, 0),
	)
}

// workloads returns the workloads of these names and files. For --kill they are those of a program,
// and the player plays them with the program that they name.
func (f *sweepFlags) workloads(names []string) (works []*sweep.Workload, err error) {
	for _, name := range names {
		w, err := sweep.Find(name)
		if err != nil {
			return nil, err
		}
		if f.config.Kill {
			name = w.Name
			if w, err = w.Program(f.config.Player.Client); err != nil {
				f.lacking = append(f.lacking, name+": "+err.Error())
				continue
			}
		}
		works = append(works, w.Seeded(f.seeds)...)
	}
	if !f.config.Kill {
		return works, nil
	}
	if len(works) == 0 {
		return nil, fmt.Errorf("--kill: %s", strings.Join(f.lacking, "\n  "))
	}
	f.config.Player.Client, f.config.Player.Programs = "", true
	return works, nil
}

// sweep loads the workloads, plays them and writes what was found. Its error is one of the input,
// or an exitStatus.
func (f *sweepFlags) sweep(cmd *cobra.Command, args []string) error {
	if err := f.check(); err != nil {
		return err
	}
	if len(args) == 0 {
		args = sweep.Names()
	}
	if err := checkClient(f.config.Player.Client); err != nil {
		return err
	}
	works, err := f.workloads(args) // which play without a client if the files have programs
	if err != nil {
		return err
	}
	if err := f.config.Player.Prepare(cmd.Context()); err != nil {
		return fmt.Errorf("--client: %w", err)
	}
	options := reportOptions(cmd)
	options.Run = report.Header{Suite: "sweep " + strings.Join(args, " ")}
	out, err := openOutputs(f.output, cmd.OutOrStdout(), options)
	if err != nil {
		return err
	}
	if f.resume != "" {
		if f.config.State, err = sweep.OpenState(f.resume); err != nil {
			return errors.Join(fmt.Errorf("--resume: %w", err), out.close())
		}
	}
	f.config.Each = func(d *sweep.Drill) error {
		if d.Result == nil || d.Word == sweep.NotFired {
			return nil
		}
		return out.drill(d.Result)
	}
	found, err := sweep.Run(cmd.Context(), works, f.config)
	found.Lacking = append(found.Lacking, f.lacking...)
	err = errors.Join(err, out.close(), f.config.State.Close())
	if f.out != "" {
		err = errors.Join(err, found.WriteFiles(cmd.Context(), f.out, f.config.Player, !f.noShrink))
	}
	if err = errors.Join(err, found.Text(besideReports(cmd, f.output))); err != nil {
		fmt.Fprintf(cmd.ErrOrStderr(), "chaos: sweep: %v\n", err)
		return exitStatus(exitBroken)
	}
	if cmd.Context().Err() != nil {
		return exitStatus(exitInterrupted)
	}
	return status(found.ExitCode())
}
