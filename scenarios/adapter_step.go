package scenarios

import (
	"context"
	"errors"
	"io"
	"maps"
	"os"
	"os/exec"
	"slices"
	"strings"

	"github.com/s3chaos/s3chaos/scenarios/adapter"
)

// stepper performs each step in a process of its own.
type stepper struct{ *adaptedProgram }

func (s *stepper) close() {}

// exitError is the failure of a program.
type exitError struct{ *program }

func (e *exitError) Error() string {
	if failure := e.failure(); failure != nil {
		return failure.Text
	}
	return "it ended with exit code 0" // as the step was cancelled
}

func (s *stepper) perform(ctx context.Context, call *adapter.Call) (answer adapter.Answer, err error) {
	var stdin io.Reader
	if call.Verb == adapter.UploadStream {
		file, err := os.Open(call.File)
		if err != nil {
			return answer, err
		}
		defer func() { _ = file.Close() }() // the file was only read
		stdin = file
	}
	step := s.adapter.Steps.Of(call.Verb)
	p, err := s.run(ctx, step, call.Values(), stdin)
	if err != nil {
		_, ended := errors.AsType[*exitError](err)
		if ended && ctx.Err() == nil && slices.Contains(step.False, p.exit) {
			return answer, nil
		}
		return answer, err
	}
	stdout := p.stdout.String()
	switch call.Verb {
	case adapter.Exists:
		answer.Found = true
	case adapter.List:
		answer.Keys, err = step.KeysIn(stdout, call.Prefix)
	case adapter.Stat:
		answer.Size, err = step.SizeIn(stdout)
	}
	return answer, err
}

// run runs the command of a step. It kills a process that does not end with the context.
func (s *stepper) run(
	ctx context.Context, step *adapter.Step, values adapter.Values, stdin io.Reader,
) (*program, error) {
	maps.Copy(values, s.values)
	words, env := values.Words(&step.Run), s.env
	if step.Run.Shell != "" {
		env = append(slices.Clone(env), values.Env()...)
	}
	p := s.world.command(ctx, words[0], words, env)
	p.cmd.Stdin = stdin
	if err := p.run(); err != nil {
		return p, err
	}
	if p.leftovers {
		s.left.Store(true)
	}
	switch {
	case ctx.Err() != nil:
		return p, errors.Join(context.Cause(ctx), &exitError{p})
	case p.exit != 0:
		return p, &exitError{p}
	}
	return p, nil
}

// versionOf returns the version that the program of an adapter reports. Reason says why the program
// cannot be played, and what to do about it; it is empty if it can.
func versionOf(ctx context.Context, a *adapter.Adapter) (version, reason string) {
	version, reason = askVersion(ctx, a)
	if reason != "" && a.Install != "" {
		reason += "; to install it: " + a.Install
	}
	return version, reason
}

func askVersion(ctx context.Context, a *adapter.Adapter) (version, reason string) {
	for _, name := range a.Requires {
		if _, err := exec.LookPath(name); err != nil {
			return "", missing(name)
		}
	}
	if a.Version.Run.Empty() {
		return "", ""
	}
	values := adapter.Values{"scripts": a.Folder()}
	words := values.Words(&a.Version.Run)
	cmd := exec.CommandContext(ctx, words[0], words[1:]...)
	cmd.Env = append(os.Environ(), values.Env()...)
	out, err := cmd.CombinedOutput()
	version = a.Version.Of(string(out))
	switch {
	case err != nil:
		return "", strings.Join(words, " ") + ": " + err.Error()
	case version == "":
		return "", strings.Join(words, " ") + " printed no version"
	}
	return version, ""
}
