package scenarios

import (
	"context"
	"time"

	"github.com/s3chaos/s3chaos/retry"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

// A Caller is a [Client] that can perform `call` steps: it has a retry engine that runs any
// operation.
type Caller interface {
	// Call runs op with the engine. The error is that of the engine.
	Call(ctx context.Context, o CallOptions, op CallOperation) (CallResult, error)
}

// A CallOperation is one attempt. attempt counts from 1. The context is that of the attempt.
type CallOperation func(ctx context.Context, attempt int) (value any, err error)

// CallOptions say how an operation is run.
type CallOptions struct {
	Call     *script.Call
	Accepts  func(value any) bool                       // way until: whether the value ends the call
	Observer retry.Observer                             // nil: none
	OnRetry  func(ctx context.Context, a retry.Attempt) // nil: none
	OnChange script.OnChange                            // of the breaker of this call; nil: none
}

// A CallResult is what the engine tells of a call that has ended.
type CallResult struct {
	Value   any                // nil for a call without a result
	Tokens  float64            // in the budget of the key; 0 without a budget
	Circuit retry.BreakerState // of the key; closed without a breaker

	Levels   map[string]float64            // of the buckets that are not full, and of the key ""
	Circuits map[string]retry.BreakerState // that are not closed
}

// Call implements Caller.
func (b *builtin) Call(ctx context.Context, o CallOptions, op CallOperation) (CallResult, error) {
	config, engine, err := b.engineOf(o)
	if err != nil {
		return CallResult{}, err
	}
	key := o.Call.Key
	operate(config.Breaker, key, o.Call.Circuit)
	attempt := func(ctx context.Context, n int) (any, error) {
		value, err := op(ctx, n)
		operate(config.Breaker, key, o.Call.Attempt(n).Circuit)
		return value, err
	}
	var result CallResult
	result.Value, err = runCall(ctx, engine, o, attempt)
	if config.Budget != nil {
		result.Tokens, result.Levels = config.Budget.Level(key), config.Budget.Levels()
	}
	if config.Breaker != nil {
		result.Circuit, result.Circuits = config.Breaker.State(key), config.Breaker.States()
	}
	return result, err
}

// operate does to a circuit what an operator does. Without a breaker it does nothing.
func operate(b *retry.Breaker, key string, how script.CallCircuit) {
	if b == nil {
		return
	}
	switch how {
	case script.CircuitOpen:
		b.ForceOpen(key)
	case script.CircuitReset:
		b.Reset(key)
	}
}

// engineOf returns the engine of a call with its policy: that of the client, or one of its own that
// shares the budget, the breaker and the limiter of the client. It is nil for a call without one.
func (b *builtin) engineOf(o CallOptions) (retry.Config, *retry.Retryer, error) {
	switch o.Call.Engine {
	case script.EngineNil, script.EnginePackage:
		return retry.Config{}, nil, nil
	case script.EngineZero:
		return retry.Config{}, new(retry.Retryer), nil
	}
	if o.Call.Policy == nil && o.Observer == nil && o.OnRetry == nil {
		return b.policy, b.engine, nil
	}
	config, err := o.Call.Policy.Apply(b.policy, o.OnChange)
	if err != nil {
		return config, nil, err
	}
	config.Observer, config.OnRetry = o.Observer, o.OnRetry
	engine, err := retry.New(config)
	return config, engine, err
}

// runCall runs the operation in the way that the file names. A call without a name and without
// options takes the functions that have neither.
func runCall(ctx context.Context, engine *retry.Retryer, o CallOptions, op CallOperation) (any, error) {
	c := o.Call
	call := retry.Call{
		Name: c.Name, Key: c.Key, Idempotent: c.Idempotent, LongPoll: c.LongPoll, MaxAttempts: int(c.MaxAttempts),
		AttemptTimeout: time.Duration(c.AttemptTimeout), Classifier: script.Classifier(c.Classes),
	}
	bare := call == retry.Call{}
	run := op
	if c.Way == script.WayUntil {
		run = retry.Until(op, o.Accepts)
	}
	switch {
	case c.Way == script.WayLoop:
		return nil, loopCall(ctx, engine, call, c, op)
	case c.Way == script.WaySteps:
		return nil, stepCall(ctx, engine, call, op)
	case c.Fallback != nil:
		return retry.DoValueOr(ctx, engine, call, run, func(context.Context, error) (any, error) {
			return *c.Fallback, nil
		})
	case c.Way != script.WayDo && c.Way != "" && bare:
		return retry.DoValue(ctx, engine, run)
	case c.Way != script.WayDo && c.Way != "":
		return retry.DoValueCall(ctx, engine, call, run)
	}
	plain := func(ctx context.Context, attempt int) error {
		_, err := run(ctx, attempt)
		return err
	}
	switch {
	case c.Engine == script.EnginePackage:
		return nil, retry.Do(ctx, plain)
	case bare:
		return nil, engine.Do(ctx, plain)
	}
	return nil, engine.DoCall(ctx, call, plain)
}

// loopCall makes the attempts in the body of a loop, which may leave the loop or forget the
// outcome.
func loopCall(
	ctx context.Context, engine *retry.Retryer, call retry.Call, c *script.Call, op CallOperation,
) (err error) {
	round := 0
	for ctx, attempt := range engine.Attempts(ctx, call, &err) {
		round++
		_, failed := op(ctx, attempt)
		does := c.Attempt(round)
		if does.Forgets {
			continue
		}
		if err = failed; does.Leaves {
			break
		}
	}
	return err
}

// stepCall begins and ends each attempt itself.
func stepCall(ctx context.Context, engine *retry.Retryer, call retry.Call, op CallOperation) error {
	steps, err := engine.Steps(ctx, call)
	if err != nil {
		return err
	}
	defer steps.Abandon()
	for {
		own, attempt := steps.Begin()
		_, failed := op(own, attempt)
		if again, result := steps.End(failed); !again {
			return result
		}
	}
}
