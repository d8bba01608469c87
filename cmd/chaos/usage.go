package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/s3chaos/s3chaos/internal/suggest"
)

// flagError adds to an error about a flag what the flag might have been.
func flagError(cmd *cobra.Command, err error) error {
	if written, found := strings.CutPrefix(err.Error(), "unknown flag: --"); found {
		var names []string
		cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, "--"+f.Name) })
		return fmt.Errorf("%w%s", err, hint("--"+written, names, cmd.CommandPath()+" --help lists the flags"))
	}
	return fmt.Errorf("%w\n  hint: %s --help shows how it is used", err, cmd.CommandPath())
}

// hint is a line below an error: the word that was meant, or else some other help.
func hint(written string, words []string, otherwise string) string {
	if near := suggest.Nearest(written, words); near != "" {
		otherwise = "did you mean " + near + "?"
	}
	return "\n  hint: " + otherwise
}

// usage adds to an error about arguments how the command is used, or which command was meant.
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
