package planted

import (
	"context"
	"errors"
	"time"

	"github.com/s3chaos/s3chaos/retry"
	"github.com/s3chaos/s3chaos/scenarios"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

// calls is a client with a flaw in how its retry engine runs a call. A nil field leaves that part
// as it is.
type calls struct {
	whole
	begin func(ctx context.Context, o *scenarios.CallOptions) context.Context
	// attempt makes an attempt in place of op.
	attempt func(ctx context.Context, number int, op scenarios.CallOperation) (any, error)
	end     func(r scenarios.CallResult, err error) (scenarios.CallResult, error)
}

// Call implements scenarios.Caller.
func (c calls) Call(
	ctx context.Context, o scenarios.CallOptions, op scenarios.CallOperation,
) (scenarios.CallResult, error) {
	if c.begin != nil {
		ctx = c.begin(ctx, &o)
	}
	flawed := op
	if c.attempt != nil {
		flawed = func(ctx context.Context, number int) (any, error) { return c.attempt(ctx, number, op) }
	}
	result, err := c.whole.Call(ctx, o, flawed)
	if c.end != nil {
		return c.end(result, err)
	}
	return result, err
}

// WithRetry implements scenarios.PolicyChanger.
func (c calls) WithRetry(policy retry.Config) (scenarios.Client, error) {
	client, err := c.whole.WithRetry(policy)
	if err != nil {
		return nil, err
	}
	c.whole = client.(whole) //nolint:forcetypeassert // the builtin client is whole
	return c, nil
}

// beginning is a flaw of the settings of a call. change may change the call and its policy, which
// are copies.
func beginning(
	name, about string, change func(o *scenarios.CallOptions, c *script.Call, p *script.CallPolicy),
) Defect {
	return wrapped(name, about, func(w whole) scenarios.Client {
		return calls{whole: w, begin: func(ctx context.Context, o *scenarios.CallOptions) context.Context {
			call, policy := *o.Call, script.CallPolicy{}
			if call.Policy != nil {
				policy = *call.Policy
			}
			call.Policy = &policy
			o.Call = &call
			change(o, &call, &policy)
			return ctx
		}}
	})
}

// misjudging is a flaw of the class that an error gets.
func misjudging(name, about string, judge func(err error) error) Defect {
	return wrapped(name, about, func(w whole) scenarios.Client {
		return calls{whole: w, attempt: func(ctx context.Context, n int, op scenarios.CallOperation) (any, error) {
			value, err := op(ctx, n)
			if err != nil {
				err = judge(err)
			}
			return value, err
		}}
	})
}

// attempting is a flaw of the attempts.
func attempting(
	name, about string, attempt func(ctx context.Context, number int, op scenarios.CallOperation) (any, error),
) Defect {
	return wrapped(name, about, func(w whole) scenarios.Client { return calls{whole: w, attempt: attempt} })
}

// ending is a flaw of what a call returns.
func ending(
	name, about string, end func(r scenarios.CallResult, err error) (scenarios.CallResult, error),
) Defect {
	return wrapped(name, about, func(w whole) scenarios.Client { return calls{whole: w, end: end} })
}

// foreignError has the text of an error and nothing else of it.
type foreignError struct{ text string }

func (e *foreignError) Error() string { return e.text }

// only makes a class count, whatever the error says. The error keeps its text, its hint and what it
// wraps.
func only(class retry.Class, err error) error {
	switch class {
	case retry.ClassTransient:
		return retry.Retryable(err)
	case retry.ClassPermanent, retry.ClassUnknown, retry.ClassCanceled:
		return retry.Permanent(err)
	}
	return err
}

// hidden is a result that nothing can close.
type hidden struct{ value any }

// engineDefects are this project's client with a flaw in its retry engine, which only calls show.
func engineDefects() []Defect {
	return []Defect{
		misjudging("engine-retries-what-is-final", "retries errors that every attempt would get",
			func(err error) error {
				if retry.Classify(err) == retry.ClassPermanent {
					return only(retry.ClassTransient, err)
				}
				return err
			}),
		misjudging("engine-retries-what-it-does-not-know", "retries errors that no rule knows", func(err error) error {
			if retry.Classify(err) == retry.ClassUnknown {
				return only(retry.ClassTransient, err)
			}
			return err
		}),
		misjudging("engine-retries-the-canceled", "retries what a caller has given up", func(err error) error {
			if retry.Classify(err) == retry.ClassCanceled {
				return only(retry.ClassTransient, err)
			}
			return err
		}),
		misjudging("engine-takes-all-faults-alike", "takes throttling and timeouts for lost connections",
			func(err error) error {
				if retry.Classify(err).Retryable() {
					return only(retry.ClassTransient, err)
				}
				return err
			}),
		misjudging("engine-reads-texts-only", "looks at the text of an error only", func(err error) error {
			return &foreignError{err.Error()}
		}),
		misjudging("engine-reads-no-texts", "takes an error that only its text explains for final",
			func(err error) error {
				if class := retry.Classify(err); class == retry.Classify(&foreignError{err.Error()}) {
					return only(retry.ClassPermanent, err)
				}
				return err
			}),
		misjudging("engine-believes-no-mark", "looks at what a mark is around", func(err error) error {
			if inner := errors.Unwrap(err); inner != nil && inner.Error() == err.Error() {
				return inner
			}
			return err
		}),
		beginning("engine-makes-one-attempt", "makes one attempt of each call",
			func(_ *scenarios.CallOptions, c *script.Call, _ *script.CallPolicy) { c.MaxAttempts = 1 }),
		beginning("engine-makes-a-hundred-attempts", "makes a hundred attempts of each call",
			func(_ *scenarios.CallOptions, c *script.Call, _ *script.CallPolicy) { c.MaxAttempts = 100 }),
		beginning("engine-waits-too-short", "waits a millisecond after each attempt",
			func(_ *scenarios.CallOptions, _ *script.Call, p *script.CallPolicy) {
				if valid(p) {
					short := script.AnyDuration(time.Millisecond)
					p.Delays, p.DelaysAfter = &script.DelayList{Constant: &short}, script.ClassDelays{}
					p.InitialDelay, p.Jitter = nil, new("none")
				}
			}),
		beginning("engine-forgets-the-hint", "waits as if the server had asked for nothing",
			func(_ *scenarios.CallOptions, _ *script.Call, p *script.CallPolicy) { p.IgnoreHints = true }),
		beginning("engine-never-hedges", "begins no attempt beside a slow one",
			func(_ *scenarios.CallOptions, c *script.Call, _ *script.CallPolicy) { c.Idempotent = false }),
		beginning("engine-hedges-every-call", "begins an attempt beside one that must be alone",
			func(_ *scenarios.CallOptions, c *script.Call, _ *script.CallPolicy) {
				c.Idempotent = true
				if c.Way == script.WayLoop || c.Way == script.WaySteps {
					c.Way = script.WayDo
				}
			}),
		beginning("engine-has-no-attempt-timeout", "lets each attempt take as long as it likes",
			func(_ *scenarios.CallOptions, c *script.Call, p *script.CallPolicy) {
				if valid(p) {
					c.AttemptTimeout, p.AttemptTimeout = 0, nil
					p.AttemptTimeoutMultiplier, p.MaxAttemptTimeout = nil, nil
				}
			}),
		beginning("engine-ignores-the-caller", "classifies errors by itself, whatever its caller says of them",
			func(_ *scenarios.CallOptions, c *script.Call, p *script.CallPolicy) {
				c.Classes, p.Classes, p.RetryableErrors = nil, nil, nil
			}),
		beginning("engine-ignores-the-operator", "does not open or close a circuit by hand",
			func(_ *scenarios.CallOptions, c *script.Call, _ *script.CallPolicy) { c.Circuit = "" }),
		beginning("engine-says-nothing", "tells no observer anything",
			func(o *scenarios.CallOptions, _ *script.Call, _ *script.CallPolicy) {
				o.Observer, o.OnRetry, o.OnChange = nil, nil, nil
			}),
		beginning("engine-takes-any-policy", "has the default policy in place of one that makes no sense",
			func(_ *scenarios.CallOptions, c *script.Call, p *script.CallPolicy) {
				if !valid(p) {
					c.Policy = nil
				}
			}),
		beginning("engine-forgets-attempts", "remembers the last attempt only",
			func(_ *scenarios.CallOptions, _ *script.Call, p *script.CallPolicy) {
				if valid(p) {
					p.MaxHistory = new(script.AnyInt(1))
				}
			}),
		attempting("engine-numbers-from-zero", "gives its first attempt the number 0",
			func(ctx context.Context, n int, op scenarios.CallOperation) (any, error) { return op(ctx, n-1) }),
		wrapped("engine-closes-no-result", "leaves the results open that no caller gets", closesNothing),
		attempting("engine-ends-no-attempt", "does not end the context of an attempt",
			func(ctx context.Context, n int, op scenarios.CallOperation) (any, error) {
				return op(context.WithoutCancel(ctx), n)
			}),
		wrapped("engine-stays-when-its-caller-leaves", "goes on when the context of the call ends",
			func(w whole) scenarios.Client {
				return calls{whole: w, begin: func(ctx context.Context, _ *scenarios.CallOptions) context.Context {
					return context.WithoutCancel(ctx)
				}}
			}),
		ending("engine-swallows-the-last-error", "reports success when its attempts are exhausted",
			func(r scenarios.CallResult, err error) (scenarios.CallResult, error) {
				if errors.Is(err, retry.ErrExhausted) {
					return r, nil
				}
				return r, err
			}),
		ending("engine-loses-the-cause", "says that a call failed, and not why",
			func(r scenarios.CallResult, err error) (scenarios.CallResult, error) {
				if err != nil {
					return r, errPlanted
				}
				return r, nil
			}),
		ending("engine-loses-the-result", "returns an empty result",
			func(r scenarios.CallResult, err error) (scenarios.CallResult, error) {
				r.Value = nil
				return r, err
			}),
		ending("engine-believes-a-forgetful-loop", "takes a loop that assigns no outcome for a success",
			func(r scenarios.CallResult, err error) (scenarios.CallResult, error) {
				if errors.Is(err, retry.ErrNoOutcome) {
					return r, nil
				}
				return r, err
			}),
	}
}

// closesNothing hides the results of attempts from the engine.
func closesNothing(w whole) scenarios.Client {
	return calls{
		whole: w,
		attempt: func(ctx context.Context, n int, op scenarios.CallOperation) (any, error) {
			value, err := op(ctx, n)
			if _, text := value.(string); value == nil || text {
				return value, err
			}
			return hidden{value}, err
		},
		end: func(r scenarios.CallResult, err error) (scenarios.CallResult, error) {
			if h, ok := r.Value.(hidden); ok {
				r.Value = h.value
			}
			return r, err
		},
	}
}

// valid reports whether the engine takes a policy.
func valid(p *script.CallPolicy) bool {
	config, err := p.Apply(retry.DefaultConfig(), nil)
	if err == nil {
		_, err = retry.New(config)
	}
	return err == nil
}
