package scenarios

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/s3chaos/s3chaos/retry"
	"github.com/s3chaos/s3chaos/scenarios/internal/scripted"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

// This file performs `call` steps.

// called is what a call step has recorded. The operation and the listener guard themselves, because
// an attempt that lost may outlive its call.
type called struct {
	operation *scripted.Operation
	heard     *scripted.Listener
	result    CallResult
	err       error
}

// ran reports whether the engine has run the operation at all. It is false for nil.
func (c *called) ran() bool { return c != nil && len(c.operation.Seen()) > 0 }

// errGone means that an attempt ended its goroutine, and with it the call.
var errGone = errors.New("the call ended with its goroutine")

// call lets the client's engine run the operation of the step. A panic that the file wants ends the
// step with an error; any other is a defect.
func (p *player) call(ctx context.Context, n *node, s *script.Step) error {
	if s.Call.After > 0 {
		if err := rest(ctx, s.Call.After); err != nil {
			return err
		}
	}
	operation := scripted.New(s.Call, p.world.now, p.world.over)
	record := &called{operation: operation, heard: scripted.Listen(s.Expect.Call)}
	p.mu.Lock()
	n.called = record
	p.mu.Unlock()
	if s.Call.Identity != nil {
		ctx = retry.WithIdentity(ctx, *s.Call.Identity)
	}
	ctx, release := operation.Context(ctx)
	defer release()
	options := CallOptions{
		Call: s.Call, Observer: record.heard.Observer(), OnRetry: record.heard.OnRetry(),
		OnChange: record.heard.OnChange(),
	}
	if until := s.Call.Until; until != nil {
		options.Accepts = func(value any) bool { return scripted.TextOf(value) == *until }
	}
	result, err := callWithin(ctx, n.client.(Caller), options, operation)
	p.mu.Lock()
	defer p.mu.Unlock()
	record.result, record.err = result, err
	return err
}

// callWithin runs the call in a goroutine of its own, which an attempt may end.
func callWithin(
	ctx context.Context, client Caller, o CallOptions, operation *scripted.Operation,
) (result CallResult, err error) {
	var other any
	var call sync.WaitGroup
	call.Go(func() {
		err = errGone
		defer func() {
			switch cause := recover().(type) {
			case nil:
			case scripted.Panic:
				err = fmt.Errorf("panic: %s", cause.Text)
			default:
				other = cause
			}
		}()
		result, err = client.Call(ctx, o, operation.Attempt)
	})
	call.Wait()
	if other != nil {
		panic(other)
	}
	return result, err
}

// callsOf returns the records of the calls among these steps and inside them.
func callsOf(nodes []*node) []*called {
	var calls []*called
	for _, n := range allNodes(nodes) {
		if n.called != nil {
			calls = append(calls, n.called)
		}
	}
	return calls
}
