package main

// The --output flag of run: which reports are written, and where.

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/s3chaos/s3chaos/scenarios"
	"github.com/s3chaos/s3chaos/scenarios/report"
)

// outputs writes each result to every report that --output names.
type outputs struct {
	writers []report.Writer
	files   []*os.File
}

// openOutputs parses the FORMAT[=FILE] values and opens the reports. It checks all values before it
// creates a file.
func openOutputs(specs []string, stdout io.Writer, o report.Options) (*outputs, error) {
	if err := checkOutputs(specs); err != nil {
		return nil, err
	}
	out := &outputs{}
	for _, spec := range specs {
		format, file, toFile := strings.Cut(spec, "=")
		to, options := stdout, o
		if toFile {
			f, err := os.Create(file)
			if err != nil {
				return nil, errors.Join(fmt.Errorf("--output %s: %w", spec, err), out.close())
			}
			out.files = append(out.files, f)
			to, options.Color, options.Width = f, false, 0
		}
		summary, err := out.summary(format)
		if err != nil {
			return nil, errors.Join(err, out.close())
		}
		options.Summary = summary
		w, err := report.New(format, to, options)
		if err != nil {
			return nil, errors.Join(err, out.close())
		}
		out.writers = append(out.writers, w)
	}
	return out, nil
}

// summary opens the file for the summary of a step of a GitHub workflow, to which its steps append.
// It returns nil without one.
func (o *outputs) summary(format string) (io.Writer, error) {
	name := os.Getenv("GITHUB_STEP_SUMMARY")
	if format != "github" || name == "" {
		return nil, nil
	}
	f, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o666)
	if err != nil {
		return nil, fmt.Errorf("--output github: GITHUB_STEP_SUMMARY: %w", err)
	}
	o.files = append(o.files, f)
	return f, nil
}

// checkOutputs checks the values of --output that name a format of reports.
func checkOutputs(specs []string) error {
	return checkSpecs(specs, report.Formats(), "format", "report", "json=results.ndjson")
}

// checkSpecs checks values WORD[=FILE] of --output. It accepts the words, which are called noun in
// messages, and each of which stands for a thing. example is a good value.
func checkSpecs(specs, words []string, noun, thing, example string) error {
	onStdout := 0
	files := map[string]bool{}
	for _, spec := range specs {
		word, file, toFile := strings.Cut(spec, "=")
		if !slices.Contains(words, word) {
			return fmt.Errorf("--output: unknown %s %q%s", noun, word,
				hint(word, words, noun+"s: "+strings.Join(words, ", ")))
		}
		if !toFile {
			onStdout++
			continue
		}
		if file == "" {
			return fmt.Errorf("--output %s: want a file name after =", spec)
		}
		path, err := filepath.Abs(file)
		if err != nil {
			return fmt.Errorf("--output %s: %w", spec, err)
		}
		if files[path] {
			return fmt.Errorf("--output %s: another %s already goes to this file", spec, thing)
		}
		files[path] = path != os.DevNull
	}
	if onStdout > 1 {
		return fmt.Errorf("--output: only one %s can go to standard output\n"+
			"  hint: send one to a file, as in --output %s", thing, example)
	}
	return nil
}

func (o *outputs) drill(r *scenarios.Result) error {
	var wrong []error
	for _, w := range o.writers {
		wrong = append(wrong, w.Drill(r))
	}
	return errors.Join(wrong...)
}

func (o *outputs) close() error {
	var wrong []error
	for _, w := range o.writers {
		wrong = append(wrong, w.Close())
	}
	for _, f := range o.files {
		wrong = append(wrong, f.Close())
	}
	return errors.Join(wrong...)
}

// terminalOf returns the terminal that w writes to, or nil if w is not a terminal.
func terminalOf(w io.Writer) *os.File {
	if out, ok := w.(*standardOutput); ok {
		w = out.w
	}
	f, ok := w.(*os.File)
	if !ok || !term.IsTerminal(fileDescriptor(f)) {
		return nil
	}
	return f
}

func fileDescriptor(f *os.File) int { return int(f.Fd()) } //nolint:gosec // a file descriptor fits

// colorful reports whether w is a terminal that shows colours. NO_COLOR turns them off
// (https://no-color.org).
func colorful(w io.Writer) bool {
	return terminalOf(w) != nil && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
}

// terminalWidth returns how many columns the lines of text may have: 60 to 200, as the terminal w
// is wide, or 0 if w is no terminal.
func terminalWidth(w io.Writer) int {
	f := terminalOf(w)
	if f == nil {
		return 0
	}
	columns, _, err := term.GetSize(fileDescriptor(f))
	if err != nil {
		return 0
	}
	return min(max(columns, 60), 200)
}

// formats lists the report formats for help and hints.
func formats() string { return strings.Join(report.Formats(), ", ") }

// machineName returns the name of the machine, or "" if it has none.
func machineName() string {
	name, _ := os.Hostname() // a report without it is whole
	return name
}

// reportOptions are the options of reports that depend on the terminal, the program and the
// machine.
func reportOptions(cmd *cobra.Command) report.Options {
	out := cmd.OutOrStdout()
	return report.Options{
		Color: colorful(out), Width: terminalWidth(out), Version: version(), Started: time.Now(), Host: machineName(),
	}
}

// besideReports returns where a text goes that is no report: standard output, or standard error if
// one of the values of --output sends a report to standard output.
func besideReports(cmd *cobra.Command, specs []string) io.Writer {
	if slices.ContainsFunc(specs, func(spec string) bool { return !strings.Contains(spec, "=") }) {
		return cmd.ErrOrStderr()
	}
	return cmd.OutOrStdout()
}
