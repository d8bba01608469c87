package main

// The commands that show and check scenarios without playing them: list, show and validate.

import (
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/s3chaos/s3chaos/scenarios"
)

func newList() *cobra.Command {
	return &cobra.Command{
		Use:   "list [PATTERN]",
		Short: "list the built-in scenarios",
		Example: `  chaos list
  chaos list 'retry/*'`,
		Args: usage(cobra.MaximumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			pattern := "*/*"
			if len(args) == 1 {
				pattern = args[0]
			}
			list, err := matching(pattern)
			if err != nil {
				return err
			}
			table := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
			for _, s := range list {
				fmt.Fprintf(table, "%s\t%s\n", s.ID, s.Name)
			}
			return table.Flush()
		},
	}
}

func newShow() *cobra.Command {
	return &cobra.Command{
		Use:               "show ID",
		Short:             "print a built-in scenario, as a start for your own file",
		Example:           `  chaos show retry/503-twice > drill.yaml`,
		Args:              usage(cobra.ExactArgs(1)),
		ValidArgsFunction: completeIDs,
		RunE: func(cmd *cobra.Command, args []string) error {
			entry, err := scenarios.Find(args[0])
			if err != nil {
				return err
			}
			_, err = cmd.OutOrStdout().Write(entry.Source)
			return err
		},
	}
}

func newValidate() *cobra.Command {
	return &cobra.Command{
		Use:   "validate FILE|DIR|-...",
		Short: "check scenario files without running them",
		Args:  usage(cobra.MinimumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			list, err := selected(cmd, args)
			if err != nil {
				return err
			}
			warn(cmd, list)
			for _, s := range list {
				if _, err := fmt.Fprintf(cmd.OutOrStdout(), "%s: ok\n", s.File); err != nil {
					return err
				}
			}
			return nil
		},
	}
}

// completeIDs completes the ids of the catalog in the shell. The shell adds file names.
func completeIDs(_ *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
	var ids []string
	for _, entry := range scenarios.Catalog() {
		if strings.HasPrefix(entry.ID, typed) {
			ids = append(ids, entry.ID)
		}
	}
	return ids, cobra.ShellCompDirectiveDefault
}
