package main

// The command man: pages of the manual, for packagers.

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
)

func newMan() *cobra.Command {
	return &cobra.Command{
		Use:    "man DIR",
		Short:  "write a man page for each command",
		Hidden: true,
		Long: `Man writes a page of section 1 for chaos and for each of its commands into DIR,
which it makes. The pages have the date of the commit that chaos was built from.
Without a commit, the date is SOURCE_DATE_EPOCH or today.`,
		Example: `  chaos man /usr/local/share/man/man1`,
		Args:    usage(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := os.MkdirAll(args[0], 0o755); err != nil {
				return err
			}
			root := cmd.Root()
			root.DisableAutoGenTag = true
			header := &doc.GenManHeader{Source: "chaos " + version(), Manual: "s3chaos", Date: commitTime()}
			if err := doc.GenManTree(root, header, args[0]); err != nil {
				return err
			}
			first := filepath.Join(args[0], "chaos.1")
			_, err := fmt.Fprintf(cmd.OutOrStdout(), "%s: written; man -l %s shows the first page\n", args[0], first)
			return err
		},
	}
}

// commitTime returns the time of the commit that the Go toolchain stamped on the binary, or nil
// without a stamp.
func commitTime() *time.Time {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return nil
	}
	for _, setting := range info.Settings {
		if setting.Key == "vcs.time" {
			if at, err := time.Parse(time.RFC3339, setting.Value); err == nil {
				return &at
			}
		}
	}
	return nil
}
