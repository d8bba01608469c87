package main

// The command schema: the scenario format for editors.

import (
	"github.com/spf13/cobra"

	"github.com/s3chaos/s3chaos/scenarios/script/schema"
)

func newSchema() *cobra.Command {
	return &cobra.Command{
		Use:   "schema",
		Short: "print the JSON Schema of the scenario format, for editors",
		Long: `Schema prints the JSON Schema of the scenario format. An editor with
yaml-language-server reads it from the address in the first line of a scenario:

  # yaml-language-server: $schema=./scenario.json`,
		Example: `  chaos schema > scenario.json`,
		Args:    usage(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			text, err := schema.JSON()
			if err != nil {
				return err
			}
			_, err = cmd.OutOrStdout().Write(text)
			return err
		},
	}
}
