package main

// The command profile: it measures the retry policy of a client, and compares two profiles.

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/s3chaos/s3chaos/internal/atomicfile"
	"github.com/s3chaos/s3chaos/scenarios"
	"github.com/s3chaos/s3chaos/scenarios/profile"
)

// profileForms are the forms in which a profile is written.
var profileForms = map[string]func(*profile.Profile, io.Writer) error{
	"text": (*profile.Profile).WriteText,
	"yaml": (*profile.Profile).WriteYAML,
	"svg":  (*profile.Profile).WriteSVG,
}

func newProfile() *cobra.Command {
	var (
		output []string
		client string
		o      profile.Options
	)
	cmd := &cobra.Command{
		Use:   "profile [SCENARIO]",
		Short: "measure the retry policy of a client: attempts, waits, hints, quota, timeouts",
		Long: `Profile drills a client with a few hundred small scenarios, and reads its retry
policy from their journals. Numbers are intervals; where several policies would
give the same waits, it names all of them.

With a scenario file it measures the client of its client block.

A program is measured in real time, in parallel processes, and the most telling
probes come first. What the budget left no time for, or what no journal shows, is
named with the reason. Jitter below the noise counts as none: the noise is the time
between the requests of calls without faults. "> 90s" is a wait that lasted for
longer than a program is watched.`,
		Example: `  chaos profile --client sdk
  chaos profile --client rclone --budget 4m
  chaos profile drill.yaml -o yaml=new.yaml -o svg=waits.svg
  chaos profile diff old.yaml new.yaml`,
		Args: usage(cobra.MaximumNArgs(1)),
	}
	forms := slices.Sorted(maps.Keys(profileForms))
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringVar(&client, "client", "", "client to measure: "+strings.Join(scenarios.OwnClients(), ", ")+
		", a NAME that chaos clients lists, the path of an adapter, or 'run:COMMAND', a line for a shell")
	flags.DurationVar(&o.Budget, "budget", profile.DefaultBudget, "real time for a program")
	flags.StringSliceVar(&o.About, "about", nil,
		"measure only these `SUBJECTS`: "+strings.Join(profile.Subjects(), ", "))
	flags.Uint64Var(&o.Seed, "seed", 1, "first of the seeds of the drills")
	flags.IntVarP(&o.Workers, "jobs", "j", 0,
		"drills at the same time; 0 means one for each processor, or 8 of a program")
	flags.StringArrayVarP(&output, "output", "o", []string{"text"},
		"write the profile as `FORM[=FILE]`, repeatable; forms: "+strings.Join(forms, ", "))
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		defer collectRarely()()
		if err := checkSpecs(output, forms, "form", "form", "yaml=profile.yaml"); err != nil {
			return err
		}
		if cmd.Flags().Changed("client") {
			if err := checkClient(client); err != nil {
				return err
			}
		}
		if cmd.Flags().Changed("budget") && !scenarios.IsProgram(client) {
			return errors.New("--budget: it is for programs: builtin and sdk are measured in virtual time")
		}
		if cmd.Flags().Changed("budget") && o.Budget <= 0 {
			return fmt.Errorf("--budget %v: want a positive duration", o.Budget)
		}
		for _, subject := range o.About {
			if !slices.Contains(profile.Subjects(), subject) {
				return fmt.Errorf("--about: unknown subject %q%s", subject,
					hint(subject, profile.Subjects(), "subjects: "+strings.Join(profile.Subjects(), ", ")))
			}
		}
		if err := atLeast("--jobs", o.Workers, 0); err != nil {
			return err
		}
		if len(args) == 1 && scenarios.IsProgram(client) {
			return fmt.Errorf("--client %s: a program has no client block: want it without a file", client)
		}
		if o.Client = client; len(args) == 1 {
			s, err := scenarios.Load(args[0])
			if err != nil {
				return err
			}
			if kind := s.Client.Kind(); kind != "builtin" && kind != "sdk" {
				return fmt.Errorf("%s: client %s: a profile is measured in virtual time: want builtin or sdk",
					args[0], kind)
			}
			o.Spec = &s.Client
		}
		p, err := profile.Measure(cmd.Context(), o)
		if ended := cmd.Context().Err(); ended != nil && errors.Is(err, ended) {
			return errInterrupted
		}
		if err != nil {
			fmt.Fprintf(cmd.ErrOrStderr(), "chaos: %v\n", err)
			return exitStatus(exitBroken)
		}
		return writeProfile(p, output, cmd.OutOrStdout())
	}
	cmd.AddCommand(newProfileDiff())
	return cmd
}

// writeProfile writes the profile in all forms.
func writeProfile(p *profile.Profile, specs []string, stdout io.Writer) error {
	for _, spec := range specs {
		form, file, toFile := strings.Cut(spec, "=")
		write := profileForms[form]
		if !toFile {
			if err := write(p, stdout); err != nil {
				return err
			}
			continue
		}
		var b bytes.Buffer
		if err := write(p, &b); err != nil {
			return err
		}
		if err := atomicfile.Write(file, b.Bytes(), 0o666); err != nil {
			return fmt.Errorf("--output %s: %w", spec, err)
		}
	}
	return nil
}

func newProfileDiff() *cobra.Command {
	return &cobra.Command{
		Use:   "diff OLD.yaml NEW.yaml",
		Short: "say in which facts two profiles differ",
		Long: `Diff compares two profiles that chaos profile -o yaml has written. Numbers whose
intervals overlap count as equal. The exit code is 1 when the profiles differ.`,
		Args: usage(cobra.ExactArgs(2)),
		RunE: func(cmd *cobra.Command, args []string) error {
			var profiles [2]*profile.Profile
			for i, name := range args {
				data, err := os.ReadFile(name)
				if err != nil {
					return err
				}
				if profiles[i], err = profile.Parse(name, data); err != nil {
					return err
				}
			}
			changes := profile.Diff(profiles[0], profiles[1])
			if err := profile.WriteDiff(cmd.OutOrStdout(), changes); err != nil || len(changes) == 0 {
				return err
			}
			return exitStatus(1)
		},
	}
}
