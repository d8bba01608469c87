// Command chaos drills S3 clients. It plays scenarios of faults against a real client and a fake
// S3, and reports what the client got wrong.
//
//	chaos run                  # every built-in scenario
//	chaos run drill.yaml       # a scenario of your own
//	chaos list                 # the names of the built-in scenarios
//
// Results go to standard output, errors and warnings to standard error. The exit code is 0 when
// every drill passed or was skipped, 1 when a drill failed, 2 on bad input or usage, 3 when no
// drill failed but one broke or proved nothing or the output cannot be written, and 130 when the
// run was interrupted.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/s3chaos/s3chaos/scenarios"
)

// Exit codes of the program. scenarios.ExitCode returns those of drills.
const (
	exitUsage       = 2
	exitBroken      = 3
	exitInterrupted = 130
)

func main() {
	endings := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) { // as under nohup
		endings = append(endings, syscall.SIGHUP)
	}
	ctx, stop := signal.NotifyContext(context.Background(), endings...)
	// A write to a closed pipe becomes an error. Without this it would end the process, and leave
	// the work directories and programs of drills behind.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	code := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run executes the command line and returns the exit code. Tests and main call it.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	out := &standardOutput{w: stdout, gone: cancel}
	root := newRoot()
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(out)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	if failed := out.failure(); failed != nil && !errors.As(err, new(exitStatus)) {
		if !errors.Is(failed, syscall.EPIPE) { // a reader such as head has all that it wants
			fmt.Fprintf(stderr, "chaos: standard output: %v\n", failed)
		}
		return exitBroken
	}
	return explainError(err, stderr)
}

// explainError prints an error of a command, unless its message is printed already, and returns the
// exit code.
func explainError(err error, stderr io.Writer) int {
	var status exitStatus
	var input *scenarios.InputError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &status):
		return int(status)
	case errors.Is(err, errInterrupted):
		fmt.Fprintf(stderr, "chaos: %v\n", err)
		return exitInterrupted
	case errors.As(err, &input):
		fmt.Fprintln(stderr, visibleLines(err.Error())) // file:line:column first, as editors want it
		return exitUsage
	default:
		fmt.Fprintf(stderr, "chaos: %s\n", visibleLines(err.Error()))
		return exitUsage
	}
}

// visibleLines returns a text of several lines in which the name of a file cannot steer a terminal.
func visibleLines(text string) string {
	lines := strings.Split(text, "\n")
	for i := range lines {
		lines[i] = visible(lines[i])
	}
	return strings.Join(lines, "\n")
}

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "chaos",
		Short: "drill S3 clients with scripted faults, deterministically",
		Long: `Chaos drills S3 clients: it plays scenarios of faults against a client and a fake
S3, and reports what the client got wrong.

A scenario is a YAML file; scenarios/FORMAT.md describes the format. The built-in
scenarios have ids such as retry/503-twice.

The exit code is 0 when every drill passed or was skipped, 1 when a drill failed,
2 on bad input or usage, 3 when no drill failed but one broke or proved nothing,
and 130 when the run was interrupted.`,
		Example: `  chaos run
  chaos run drill.yaml
  chaos show retry/503-twice > drill.yaml
  source <(chaos completion bash)`,
		Version:           version(),
		Args:              usage(cobra.NoArgs),
		SilenceErrors:     true,
		SilenceUsage:      true,
		CompletionOptions: cobra.CompletionOptions{HiddenDefaultCmd: true},
		RunE:              func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SetVersionTemplate(versionLine())
	root.SetFlagErrorFunc(flagError)
	root.AddCommand(newRun(), newSweep(), newHunt(), newNew(), newReport(), newList(), newClients(), newShow(),
		newExplain(),
		newValidate(), newSchema(), newProfile(), newServe(), newVersion(), newMan())
	return root
}

// exitStatus is an error that only carries the exit code: its message is already printed.
type exitStatus int

func (s exitStatus) Error() string { return fmt.Sprintf("exit status %d", int(s)) }

// status returns an exit code as an error, and nil for 0.
func status(code int) error {
	if code == 0 {
		return nil
	}
	return exitStatus(code)
}
