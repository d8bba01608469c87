package main

// The command new: a scenario to begin with, from a kind or from a recorded session.

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/s3chaos/s3chaos/scenarios/harimport"
	"github.com/s3chaos/s3chaos/scenarios/starter"
)

func newNew() *cobra.Command {
	var recording string
	cmd := &cobra.Command{
		Use:   "new [KIND [FILE]]",
		Short: "write a scenario to begin with, or list the kinds",
		Long: `New writes a scenario with comments to FILE, or to KIND.yaml. It passes as it
stands. An existing file stays as it is; - is standard output. Without a kind, new
lists the kinds.

With --from-har the scenario comes from a recorded session in the HAR format: its
requests are the steps, and what went wrong is in the rules. The secrets and the
contents of the recording are not in the scenario.`,
		Example: `  chaos new
  chaos new upload
  chaos new download drills/resume.yaml
  chaos new --from-har session.har drills/session.yaml`,
		Args: usage(cobra.MaximumNArgs(2)),
		ValidArgsFunction: func(_ *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
			if len(args) > 0 || recording != "" {
				return nil, cobra.ShellCompDirectiveDefault
			}
			return beginning(kinds(), typed), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case recording != "" && len(args) > 1:
				return errors.New("--from-har: want at most one argument, the file to write")
			case recording != "":
				return newFromHAR(cmd, recording, args)
			case len(args) == 0:
				return listKinds(cmd.OutOrStdout())
			}
			s, err := starter.Find(args[0])
			if err != nil {
				return err
			}
			name := s.Kind + ".yaml"
			if len(args) > 1 {
				name = args[1]
			}
			return create(cmd, name, s.Text)
		},
	}
	cmd.Flags().StringVar(&recording, "from-har", "", "make the scenario from the recorded session in `FILE`")
	return cmd
}

// kinds returns the kinds of starters, each with its name as the shell shows it.
func kinds() []string {
	list, _ := starter.All() // a test reads them all
	var words []string
	for _, s := range list {
		words = append(words, s.Kind+"\t"+s.Name)
	}
	return words
}

func listKinds(out io.Writer) error {
	list, err := starter.All()
	if err != nil {
		return err
	}
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, s := range list {
		fmt.Fprintf(table, "%s\t%s\n", s.Kind, s.Name)
	}
	return table.Flush()
}

// newFromHAR writes the scenario of a recorded session to the file of the arguments, or to one with
// the name of the recording.
func newFromHAR(cmd *cobra.Command, recording string, args []string) error {
	file, err := os.Open(recording)
	if err != nil {
		return err
	}
	defer file.Close() //nolint:errcheck // the file was only read
	base := strings.TrimSuffix(filepath.Base(recording), filepath.Ext(recording))
	text, err := harimport.Scenario("a session recorded in "+base, file)
	if err != nil {
		return fmt.Errorf("%s: %w", recording, err)
	}
	name := base + ".yaml"
	if len(args) > 0 {
		name = args[0]
	}
	return create(cmd, name, text)
}

// create writes a file that does not exist yet and says how to play it, or writes the text to
// standard output.
func create(cmd *cobra.Command, name string, text []byte) error {
	if name == stdinName {
		_, err := cmd.OutOrStdout().Write(text)
		return err
	}
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s: exists already: want the name of a new file", name)
	}
	if err != nil {
		return err
	}
	_, err = file.Write(text)
	if err = errors.Join(err, file.Close()); err != nil {
		return errors.Join(err, os.Remove(name))
	}
	_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s: written; chaos run %s plays it\n", name, name)
	return err
}
