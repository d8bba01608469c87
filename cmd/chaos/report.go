package main

// The command report: it merges the results of shards, writes them in any format, and compares them
// with an older run.

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/s3chaos/s3chaos/scenarios"
	"github.com/s3chaos/s3chaos/scenarios/merge"
)

func newReport() *cobra.Command {
	var (
		output   []string
		baseline string
		quiet    bool
		verbose  bool
	)
	cmd := &cobra.Command{
		Use:   "report FILE.ndjson...",
		Short: "merge the json results of a run and write them in any format",
		Long: `Report reads results that chaos run --output json has written: of a whole run, or of
all its shards. It writes them in any format, as the run itself would have done.

The exit code is that of the run. It is 2, and nothing is written, when a shard is
missing, is given twice, has not finished, or is of another run.

With --baseline it says what changed since an older run, new failures first. The
exit code is then 1 only when a drill that passed before fails now, and 3 when a
drill could not be judged.`,
		Example: `  chaos report results-*.ndjson -o html=results.html -o junit=results.xml
  chaos report results-*.ndjson -o json=all.ndjson
  chaos report new.ndjson --baseline old.ndjson`,
		Args: usage(func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return errors.New("no file of results: want one or more")
			}
			return nil
		}),
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringArrayVarP(&output, "output", "o", []string{"text"},
		"write a report as `FORMAT[=FILE]`, repeatable; formats: "+formats())
	flags.StringVar(&baseline, "baseline", "", "compare with the results of an older run in `FILE`")
	flags.BoolVarP(&quiet, "quiet", "q", false, "show failures and the summary only")
	flags.BoolVarP(&verbose, "verbose", "v", false, "show every request of every drill")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if err := exclusive(flags, "quiet", "verbose"); err != nil {
			return err
		}
		merged, err := merge.Open(args)
		if err != nil {
			return err
		}
		var compared *merge.Comparison
		if baseline != "" {
			if compared, err = comparison(baseline); err != nil {
				return fmt.Errorf("--baseline: %w", err)
			}
			if !flags.Changed("output") {
				output = nil // the comparison is the output
			}
		}
		if err := keepInputs(output, append(args, baseline)); err != nil {
			return err
		}
		o := merged.Header.Options()
		o.Color, o.Width = colorful(cmd.OutOrStdout()), terminalWidth(cmd.OutOrStdout())
		o.Quiet, o.Verbose = quiet, verbose
		out, err := openOutputs(output, cmd.OutOrStdout(), o)
		if err != nil {
			return err
		}
		return rewrite(cmd, merged, compared, out)
	}
	return cmd
}

func comparison(baseline string) (*merge.Comparison, error) {
	old, err := merge.Open([]string{baseline})
	if err != nil {
		return nil, err
	}
	return merge.Compare(old)
}

// keepInputs returns an error if a report would overwrite a file that is still to be read.
func keepInputs(output, inputs []string) error {
	for _, spec := range output {
		_, file, _ := strings.Cut(spec, "=")
		to, err := os.Stat(file)
		if err != nil {
			continue // the file does not exist, or opening it will say what is wrong
		}
		for _, input := range inputs {
			if from, err := os.Stat(input); err == nil && os.SameFile(from, to) {
				return fmt.Errorf("--output %s: the file is an input", spec)
			}
		}
	}
	return nil
}

// rewrite writes the results to the reports. The error is an exitStatus, or that of an input.
func rewrite(cmd *cobra.Command, merged *merge.Run, compared *merge.Comparison, out *outputs) error {
	code, unplayed := 0, 0
	for r, err := range merged.Results() {
		if err != nil {
			return err
		}
		code = scenarios.ExitCodeWith(code, r)
		if r.Interrupted() {
			unplayed++
		}
		if compared != nil {
			compared.Add(r)
		}
		if err := out.drill(r); err != nil {
			return unwritable(cmd, err)
		}
	}
	if err := out.close(); err != nil {
		return unwritable(cmd, err)
	}
	if compared != nil {
		if err := compared.Check(); err != nil {
			return fmt.Errorf("--baseline: %w", err)
		}
		for _, line := range compared.Lines() {
			if _, err := fmt.Fprintln(cmd.OutOrStdout(), line); err != nil {
				return unwritable(cmd, err)
			}
		}
		code = compared.ExitCode()
	}
	if unplayed > 0 && code == 0 {
		code = exitBroken
	}
	return status(code)
}

func unwritable(cmd *cobra.Command, err error) error {
	fmt.Fprintf(cmd.ErrOrStderr(), "chaos: report: %v\n", err)
	return exitStatus(exitBroken)
}
