package main

// The command explain: what a drill does and why, in prose.

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/s3chaos/s3chaos/scenarios/explain"
)

func newExplain() *cobra.Command {
	return &cobra.Command{
		Use:   "explain ID|FILE|-...",
		Short: "say in prose what a scenario does, why, and the schedule that it expects",
		Long: `Explain says what a scenario does and why: whose duty it is and by which source, what
is there before, what goes wrong and what must hold. It ends with the schedule that
the scenario expects of its own client: every attempt, the fault that it meets, and
the wait that the policy allows before it. A family is explained by its first case.`,
		Example: `  chaos explain retry/503-twice
  chaos explain drill.yaml`,
		Args:              usage(cobra.MinimumNArgs(1)),
		ValidArgsFunction: completeIDs,
		RunE: func(cmd *cobra.Command, args []string) error {
			for i, arg := range args {
				list, err := named(loaderOf(cmd), arg)
				if err != nil {
					return err
				}
				for j, s := range list {
					if s.Case.Number > 1 && len(list) > 1 {
						continue // the family's first case stands for the others
					}
					if i+j > 0 {
						fmt.Fprintln(cmd.OutOrStdout())
					}
					if err := explain.Write(cmd.Context(), cmd.OutOrStdout(), s); err != nil {
						return err
					}
				}
			}
			return nil
		},
	}
}
