package scenarios

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/s3chaos/s3chaos/scenarios/adapter"
)

// session performs all steps in one process, one after another. A step whose context ends ends the
// process, and the next step starts a new one.
type session struct {
	*adaptedProgram

	mu      sync.Mutex
	running *sessionProcess // nil: no process runs
}

// sessionProcess is the process of a session.
type sessionProcess struct {
	program *program
	cancel  context.CancelFunc
	stdin   io.WriteCloser
	answers *bufio.Reader
	ended   chan error
	unread  int64 // bytes of answers that no step read, once the process has ended
}

// sessionError is a failure that the session reports.
type sessionError struct{ adapter.Answer }

func (e *sessionError) Error() string {
	if e.Answer.Error == "" {
		return "the program reports no success"
	}
	return e.Answer.Error
}

// ErrorCode returns the S3 error code that the session reports.
func (e *sessionError) ErrorCode() string { return e.Code }

func (s *session) perform(ctx context.Context, call *adapter.Call) (answer adapter.Answer, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return answer, context.Cause(ctx)
	}
	if s.running == nil {
		if s.running, err = s.start(); err != nil {
			return answer, err
		}
	}
	p := s.running
	stop := context.AfterFunc(ctx, p.cancel)
	answer, err = p.ask(call)
	if !stop() || err != nil {
		return answer, errors.Join(context.Cause(ctx), err, s.end())
	}
	if !answer.OK {
		answer.Error = p.program.stdout.hide(answer.Error)
		return answer, &sessionError{answer}
	}
	return answer, nil
}

// start starts the process. Its life does not depend on the context of one step.
func (s *session) start() (*sessionProcess, error) {
	ctx, cancel := context.WithCancel(context.Background())
	words := s.values.Words(&s.adapter.Session)
	p := &sessionProcess{
		program: s.world.command(ctx, words[0], words, s.env), cancel: cancel, ended: make(chan error, 1),
	}
	output, input := io.Pipe()
	p.answers = bufio.NewReader(output)
	p.program.cmd.Stdout = input
	stdin, err := p.program.cmd.StdinPipe()
	if err != nil {
		cancel()
		return nil, err
	}
	p.stdin = stdin
	go func() {
		err := p.program.run()
		_ = input.Close() // never fails
		p.ended <- err
	}()
	return p, nil
}

// ask sends a call and reads the answer. An error means that the process has ended, or does not
// speak JSON.
func (p *sessionProcess) ask(call *adapter.Call) (answer adapter.Answer, err error) {
	line, err := json.Marshal(call)
	if err != nil {
		return answer, err
	}
	if _, err := p.stdin.Write(append(line, '\n')); err != nil {
		return answer, fmt.Errorf("write to the session: %w", err)
	}
	line, err = p.answers.ReadBytes('\n')
	if err != nil {
		return answer, fmt.Errorf("read from the session: %w", err)
	}
	if err := json.Unmarshal(line, &answer); err != nil {
		text := p.program.stdout.hide(strings.TrimSpace(string(line)))
		return answer, fmt.Errorf("the session's answer is not JSON: %q", printed(text))
	}
	return answer, nil
}

// close ends the process: the end of its input tells it to end by itself. How it ends is not
// judged, because all steps have their answers.
func (s *session) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.running != nil {
		p := s.running
		_ = s.end()
		s.surplus.Store(p.unread > 0)
	}
}

// sessionPatience is how long a session may take to end by itself. Interpreters take a second or
// two on a busy machine.
const sessionPatience = 5 * time.Second

// end ends the process and returns how it failed, if it did not end by itself.
func (s *session) end() error {
	p := s.running
	s.running = nil
	_ = p.stdin.Close() // it fails if the process has closed it
	drained := make(chan int64, 1)
	go func() {
		n, _ := io.Copy(io.Discard, p.answers) // a pipe in memory: it ends without an error
		drained <- n
	}()
	var err error
	select {
	case err = <-p.ended:
	case <-time.After(sessionPatience):
		p.cancel()
		err = <-p.ended
	}
	p.cancel()
	p.unread = <-drained
	if p.program.leftovers {
		s.left.Store(true)
	}
	if err == nil && p.program.exit != 0 {
		return &exitError{p.program}
	}
	return err
}
