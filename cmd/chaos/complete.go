package main

// What the shell completes besides ids: the values of flags.

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/s3chaos/s3chaos/scenarios"
	"github.com/s3chaos/s3chaos/scenarios/adapter"
	"github.com/s3chaos/s3chaos/scenarios/report"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

// completeFlags lets the shell complete the values of run's flags. It panics if run lacks one of
// them.
func completeFlags(cmd *cobra.Command) {
	for flag, words := range map[string]func() []string{
		"client": clientWords,
		"tags":   tagWords,
		"level": func() []string {
			return []string{string(script.Must), string(script.Should), string(script.Info), string(script.Own)}
		},
		"output": report.Formats,
	} {
		err := cmd.RegisterFlagCompletionFunc(flag,
			func(_ *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
				return beginning(words(), typed), cobra.ShellCompDirectiveDefault
			})
		if err != nil {
			panic(err)
		}
	}
}

// clientWords returns the names of the clients that this project knows.
func clientWords() []string {
	return append(scenarios.OwnClients(), adapter.Names()...)
}

// tagWords returns the tags of the catalog.
func tagWords() []string {
	var words []string
	files, err := scenarios.ReadCatalog(scenarios.Catalog())
	if err != nil {
		return nil
	}
	for _, list := range files {
		words = append(words, list[0].Tags...)
	}
	slices.Sort(words)
	return slices.Compact(words)
}

// beginning returns the words that begin with what was typed.
func beginning(words []string, typed string) []string {
	return slices.DeleteFunc(words, func(word string) bool { return !strings.HasPrefix(word, typed) })
}
