package scenarios

import (
	"context"
	"errors"
	"strings"
	"sync"
	"time"

	"github.com/s3chaos/s3chaos/scenarios/script"
)

// leftProcesses is the place of a leak in a report.
const leftProcesses = "processes that the program had started"

// runProgram runs a `run:` client. Scenario time starts when the first request arrives.
func (d *drill) runProgram(ctx context.Context, o *outcome) error {
	w := o.world
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	p, err := d.newProgram(ctx, w)
	if err != nil {
		return err
	}
	started := time.Now()
	signals := newSignaller(w, p)
	defer signals.close()
	signalling, stopSignals := context.WithCancel(ctx)
	defer stopSignals()
	var failed error
	err = d.await(ctx, o, func(playing context.Context) {
		stop := context.AfterFunc(playing, cancel)
		defer stop()
		var sending sync.WaitGroup
		sending.Go(func() { signals.run(signalling) })
		failed = p.run()
		if failed == nil && signals.again() && playing.Err() == nil {
			var second *program
			if second, failed = d.runAgain(ctx, o, signals); second != nil {
				p = second
			}
		}
		stopSignals()
		sending.Wait()
	})
	if err != nil {
		// The drill was interrupted. The program was told to end, and its process group is gone
		// when run returns.
		return err
	}
	zero := w.proxy.Start()
	if zero.IsZero() {
		zero = started // the program sent no request
	}
	o.ended = time.Since(zero)
	o.events, o.killed = signals.events(), signals.killed() && !signals.again()
	if p.leftovers && !o.hang && o.broke == nil {
		o.left = append(o.left, leftProcesses)
	}
	o.finishProgram(p, programName(d.scenario.Client.Run), d.scenario.Client.At("run").Line)
	o.acts, err = o.intended()
	return errors.Join(failed, err)
}

// newProgram prepares the program of the drill, with the variables that a command finds its work
// by.
func (d *drill) newProgram(ctx context.Context, w *world) (*program, error) {
	p, err := newProgram(ctx, w)
	if err != nil || d.options.foreign == nil {
		return p, err
	}
	env, err := commandEnvironment(w, d.steps)
	if err != nil {
		return nil, err
	}
	p.cmd.Env = append(p.cmd.Env, env...)
	return p, nil
}

// runAgain runs the program once more after a signal has ended it. First all requests that were in
// flight end, so that they do not meet those of the second run: those that no rule holds when S3
// has acted on them, and then those that are held.
func (d *drill) runAgain(ctx context.Context, o *outcome, signals *signaller) (*program, error) {
	settle(o.world, signals.holds)
	o.world.proxy.Disconnect()
	settle(o.world, nil)
	if signals.killed() {
		o.killedAt = o.world.proxyNow()
	}
	p, err := d.newProgram(ctx, o.world)
	if err != nil {
		return nil, err
	}
	signals.follow(p)
	return p, p.run()
}

// finishProgram records how a program ended, at the time o.ended.
func (o *outcome) finishProgram(p *program, name string, line int) {
	o.elapsed = o.ended
	o.program = p
	n := &node{StepResult: StepResult{
		ID: "1", Name: name, Operation: "run", Line: line, End: o.ended, Outcome: script.Success,
	}, expect: &script.Expect{}}
	if n.failure = p.failure(); n.failure != nil {
		n.Outcome = script.Failure
	}
	o.nodes = []*node{n}
}

// programName returns the program's name for reports.
func programName(c *script.Command) string {
	if c.Shell != "" {
		return "sh -c " + strings.TrimSpace(c.Shell)
	}
	return strings.Join(c.Argv, " ")
}
