package main

// The command clients: the programs that run can play drills with.

import (
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/s3chaos/s3chaos/scenarios"
)

func newClients() *cobra.Command {
	return &cobra.Command{
		Use:   "clients",
		Short: "list the S3 clients that run can drill, with the versions found on this machine",
		Args:  usage(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			list, err := scenarios.Clients(cmd.Context())
			if err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "suite %d\n\n", scenarios.SuiteVersion)
			table := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
			for _, c := range list {
				found := c.Version
				if c.Missing != "" {
					found = "- (" + c.Missing + ")"
				}
				fmt.Fprintf(table, "%s\t%s\t%s\n", c.Name, found, c.About)
			}
			return table.Flush()
		},
	}
}
