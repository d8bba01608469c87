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
	var verbose bool
	cmd := &cobra.Command{
		Use:   "list [PATTERN]",
		Short: "list the built-in scenarios",
		Long: `List prints the id and the name of each built-in scenario. A family is one line
with the number of its cases; --verbose, or a pattern with @, prints the cases.`,
		Example: `  chaos list
  chaos list 'retry/*'
  chaos list 'retry/*@*'`,
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
				if c := s.Case; c.Name != "" && !verbose && !strings.Contains(pattern, "@") {
					if c.Number == 1 {
						fmt.Fprintf(table, "%s\t%s (%d cases)\n", s.Family(), s.FamilyName(), c.Of)
					}
					continue
				}
				fmt.Fprintf(table, "%s\t%s\n", s.ID, s.Name)
			}
			return table.Flush()
		},
	}
	cmd.Flags().BoolVarP(&verbose, "verbose", "v", false, "print the cases of families")
	return cmd
}

func newShow() *cobra.Command {
	return &cobra.Command{
		Use:   "show ID",
		Short: "print a built-in scenario, as a start for your own file",
		Long: `Show prints the file of a built-in scenario. A case of a family is printed as a
file without a matrix.`,
		Example:           `  chaos show retry/503-twice > drill.yaml`,
		Args:              usage(cobra.ExactArgs(1)),
		ValidArgsFunction: completeIDs,
		RunE: func(cmd *cobra.Command, args []string) error {
			entry, err := scenarios.Find(args[0])
			if err != nil {
				return err
			}
			text, err := entry.Text()
			if err != nil {
				return err
			}
			_, err = cmd.OutOrStdout().Write(text)
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
				cases := ""
				if s.Case.Number > 1 {
					continue // one line for each file
				} else if s.Case.Number == 1 {
					cases = fmt.Sprintf(", %d cases", s.Case.Of)
				}
				if _, err := fmt.Fprintf(cmd.OutOrStdout(), "%s: ok%s\n", s.File, cases); err != nil {
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
		ids = append(ids, entry.ID)
	}
	return beginning(ids, typed), cobra.ShellCompDirectiveDefault
}
