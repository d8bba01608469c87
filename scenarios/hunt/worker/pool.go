package worker

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"sync"
	"time"

	"github.com/s3chaos/s3chaos/scenarios"
	"github.com/s3chaos/s3chaos/scenarios/hunt"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

// Pool plays scripts in processes, which it starts as it needs them: one for each script at the
// same time. It is safe for concurrent use. Close ends the processes.
type Pool struct {
	// Command returns a command whose process calls [Serve] with its standard input and output.
	Command func() *exec.Cmd

	mu   sync.Mutex
	idle []*process
}

// A Player plays scripts with one client in the processes of a pool. It has the methods of a
// [hunt.Player] that a search needs.
type Player struct {
	pool   *Pool
	client string
	lying  bool
}

// With returns a player for one of [scenarios.OwnClients]. lying is as in [hunt.Player].
func (p *Pool) With(client string, lying bool) *Player {
	return &Player{pool: p, client: client, lying: lying}
}

// Find plays a script as [hunt.Player.Find] does. A client that ends its process has a finding of
// the kind panic, also if a panic was not the reason.
func (p *Player) Find(ctx context.Context, s *script.Scenario) *hunt.Outcome {
	return p.play(ctx, s, true)
}

// Run plays a script as it stands.
func (p *Player) Run(ctx context.Context, s *script.Scenario) *scenarios.Result {
	return p.play(ctx, s, false).Result
}

// play plays a script in a process that is idle, or in a new one.
func (p *Player) play(ctx context.Context, s *script.Scenario, find bool) *hunt.Outcome {
	if ctx.Err() != nil {
		return p.unplayed(s, true, context.Cause(ctx))
	}
	own, err := p.pool.take()
	if err != nil {
		return p.unplayed(s, false, err)
	}
	r, err := own.ask(ctx, &request{
		Client: p.client, Lying: p.lying, Find: find, File: s.File, Script: string(s.Source),
	})
	switch {
	case err == nil && r.Last:
		own.end()
	case err == nil:
		p.pool.put(own)
	default:
		how := own.end()
		if ctx.Err() != nil {
			return p.unplayed(s, true, context.Cause(ctx))
		}
		if !errors.Is(err, io.EOF) {
			return p.unplayed(s, false, err)
		}
		return crashed(s, p.client, how, own.said.String())
	}
	o, err := r.outcome()
	if err != nil {
		return p.unplayed(s, false, err)
	}
	return o
}

// unplayed returns the outcome of a script that no process has played.
func (p *Player) unplayed(s *script.Scenario, interrupted bool, why error) *hunt.Outcome {
	r := &scenarios.Result{
		ID: s.ID, File: s.File, Name: s.Name, Client: p.client, Seed: s.Seed, Clock: script.Virtual,
		Verdict: scenarios.Error, Reasons: []scenarios.Reason{{Kind: "harness", Got: why.Error()}},
	}
	if interrupted {
		r.SetInterrupted()
	}
	return &hunt.Outcome{Unjudged: why.Error(), Result: r}
}

func (p *Pool) take() (*process, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if last := len(p.idle) - 1; last >= 0 {
		own := p.idle[last]
		p.idle = p.idle[:last]
		return own, nil
	}
	return start(p.Command())
}

func (p *Pool) put(own *process) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.idle = append(p.idle, own)
}

// Close ends the processes. Call it when no script is played any more.
func (p *Pool) Close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, own := range p.idle {
		own.end()
	}
	p.idle = nil
}

// process is a running command. One goroutine uses it at a time.
type process struct {
	command *exec.Cmd
	in      io.WriteCloser
	out     *bufio.Reader
	said    firstWords // its standard error
}

func start(c *exec.Cmd) (*process, error) {
	own := &process{command: c}
	var err error
	if own.in, err = c.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := c.StdoutPipe()
	if err != nil {
		return nil, err
	}
	own.out = bufio.NewReader(out)
	c.Stderr = &own.said
	if err := c.Start(); err != nil {
		return nil, fmt.Errorf("start a process for the client: %w", err)
	}
	return own, nil
}

// grace is how long a play may go on after the context has ended. Most plays end within moments.
const grace = 5 * time.Second

// ask sends a request and waits for the response. The error is io.EOF if the process ended.
func (own *process) ask(ctx context.Context, q *request) (*response, error) {
	line, err := json.Marshal(q)
	if err != nil {
		return nil, err
	}
	own.said.reset()
	done := make(chan struct{})
	defer close(done)
	defer context.AfterFunc(ctx, func() {
		select {
		case <-done:
		case <-time.After(grace):
			_ = own.command.Process.Kill() // it may have ended
		}
	})()
	if _, err := own.in.Write(append(line, '\n')); err != nil {
		return nil, io.EOF // the process has ended
	}
	text, err := own.out.ReadBytes('\n')
	if err != nil {
		return nil, io.EOF // also of a line that the process did not finish
	}
	r := new(response)
	if err := json.Unmarshal(text, r); err != nil {
		return nil, fmt.Errorf("response of a process: %w", err)
	}
	return r, nil
}

// end closes the input of the process, waits for its end, and returns how it ended.
func (own *process) end() string {
	_ = own.in.Close() // the process may have closed it
	stop := time.AfterFunc(grace, func() { _ = own.command.Process.Kill() })
	defer stop.Stop()
	if err := own.command.Wait(); err != nil {
		return err.Error()
	}
	return "without a panic"
}

// firstWords keeps the beginning of what a process writes: a panic of Go begins with its message.
type firstWords struct {
	mu   sync.Mutex
	text []byte
}

// mostWords is how many bytes firstWords keeps.
const mostWords = 1 << 20

func (f *firstWords) Write(p []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.text = append(f.text, p[:min(len(p), mostWords-len(f.text))]...)
	return len(p), nil
}

func (f *firstWords) reset() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.text = f.text[:0]
}

func (f *firstWords) String() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return string(f.text)
}
