package main

// Hints below errors of usage.

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/s3chaos/s3chaos/internal/suggest"
)

// flagError adds a hint to an error about a flag: the flag that was probably meant.
func flagError(cmd *cobra.Command, err error) error {
	if written, found := strings.CutPrefix(err.Error(), "unknown flag: --"); found {
		var names []string
		cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, "--"+f.Name) })
		return fmt.Errorf("%w%s", err, hint("--"+written, names, cmd.CommandPath()+" --help lists the flags"))
	}
	return fmt.Errorf("%w\n  hint: %s --help shows how it is used", err, cmd.CommandPath())
}

// hint returns the hint line of an error: the known word nearest to the written one, or otherwise
// if none is near.
func hint(written string, words []string, otherwise string) string {
	return "\n  hint: " + cmp.Or(suggest.Hint(written, words), otherwise)
}

// usage adds a hint to an error of check: the command that was probably meant, or how this command
// is used.
func usage(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if err := check(cmd, args); err != nil {
			if !cmd.HasAvailableSubCommands() {
				return fmt.Errorf("%w\n  hint: usage: %s", err, cmd.UseLine())
			}
			var names []string
			for _, c := range cmd.Commands() {
				names = append(names, c.Name())
			}
			return fmt.Errorf("%w%s", err, hint(args[0], names, cmd.CommandPath()+" --help lists the commands"))
		}
		return nil
	}
}

// exclusive returns an error if both flags are set.
func exclusive(flags *pflag.FlagSet, a, b string) error {
	if flags.Changed(a) && flags.Changed(b) {
		return fmt.Errorf("--%s and --%s: want one of them", a, b)
	}
	return nil
}
