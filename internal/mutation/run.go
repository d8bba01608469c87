package mutation

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"strconv"
	"time"

	"github.com/s3chaos/s3chaos/internal/mutation/active"
)

// A Program is a command that is run with one mutant at a time.
type Program struct {
	Path string
	Args []string
	Dir  string
	Env  []string // in addition to the environment of this process
	// Quiet is how long the program may print nothing, in real time. A mutant can loop for ever.
	Quiet time.Duration
	// Limit is how long the program may run, in real time: a mutant can print for ever, or make
	// each of many checks slow. 0 means no limit.
	Limit time.Duration
	// Memory is how many bytes an instrumented program may take from the system: a mutant can
	// allocate for ever. 0 means no bound. The program fails when it takes more.
	Memory uint64
}

// An Ending is how a program ended.
type Ending string

// The endings.
const (
	Succeeded Ending = "succeeded" // exit code 0
	Failed    Ending = "failed"    // another exit code: a test saw the mutant, or it panicked
	Hung      Ending = "hung"      // it printed nothing for too long, or ran for too long, and was killed
)

// Run runs the program with a mutant, 0 for none. The output is the end of what it printed, at most
// 1 MiB. The error means that the program did not start or that ctx ended. An instrumented program
// ends with this process, even if this process is killed.
func Run(ctx context.Context, p Program, mutant int) (Ending, []byte, error) {
	within, kill := context.WithCancelCause(ctx)
	defer kill(nil)
	cmd := exec.CommandContext(within, p.Path, p.Args...)
	cmd.Dir = p.Dir
	cmd.Env = append(os.Environ(), p.Env...)
	cmd.Env = append(cmd.Env,
		active.Mutant+"="+strconv.Itoa(mutant),
		active.Parent+"="+strconv.Itoa(os.Getpid()),
		active.Memory+"="+strconv.FormatUint(p.Memory, 10))
	timer := time.AfterFunc(p.Quiet, func() { kill(errQuiet) })
	defer timer.Stop()
	if p.Limit > 0 {
		defer time.AfterFunc(p.Limit, func() { kill(errEndless) }).Stop()
	}
	out := &watched{on: func() { timer.Reset(p.Quiet) }}
	cmd.Stdout, cmd.Stderr = out, out
	cmd.WaitDelay = time.Second // a child of the program may keep the pipe open
	ownGroup(cmd)
	err := cmd.Run()
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return "", out.kept(), context.Cause(ctx)
	case within.Err() != nil:
		return Hung, out.kept(), nil
	case err == nil, errors.Is(err, exec.ErrWaitDelay):
		return Succeeded, out.kept(), nil
	case errors.As(err, &exit):
		return Failed, out.kept(), nil
	}
	return "", nil, err
}

var (
	errQuiet   = errors.New("printed nothing for too long")
	errEndless = errors.New("ran for too long")
)

// mostOutput is how much of the end of a program's output is kept. A mutant may print for ever.
const mostOutput = 1 << 20

// watched keeps the end of what is written and calls on for each write.
type watched struct {
	text bytes.Buffer
	on   func()
}

func (w *watched) Write(p []byte) (int, error) {
	w.on()
	w.text.Write(p)
	if over := w.text.Len() - mostOutput; over > mostOutput {
		w.text.Next(over)
	}
	return len(p), nil
}

// kept returns the end of what was written.
func (w *watched) kept() []byte {
	w.text.Next(max(0, w.text.Len()-mostOutput))
	return w.text.Bytes()
}
