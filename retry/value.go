package retry

import "context"

// DoValue is [Retryer.Do] for an operation that has a result. It returns the result of the attempt
// that succeeded, or that of the last one with an *[Error]. A nil r means the default [Config].
func DoValue[T any](ctx context.Context, r *Retryer, op func(ctx context.Context, attempt int) (T, error)) (T, error) {
	if r == nil || r.gate == nil {
		return DoValue(ctx, standard(), op)
	}
	gate := r.gate.Load()
	if uint32(gate) != 0 || ctx.Err() != nil {
		return firstValue(ctx, r, &unnamed, op)
	}
	if r.breaker != nil {
		g := guard{breaker: r.breaker, ticket: began(gate)}
		defer g.end()
		value, err := op(ctx, 1)
		g.breaker = nil
		if err == nil && r.level.Load() == r.full {
			return value, nil
		}
		return restValue(ctx, r, &unnamed, op, value, err, g.ticket)
	}
	value, err := op(ctx, 1)
	if err == nil && r.level.Load() == r.full {
		return value, nil
	}
	return restValue(ctx, r, &unnamed, op, value, err, 0)
}

// DoValueCall is [DoValue] for a call with a name and a key, which may be hedged and may replace
// some settings. The result of an attempt that lost is closed if it is an [io.Closer], or if it
// points to a struct whose field Body is one, as an *http.Response does.
func DoValueCall[T any](ctx context.Context, r *Retryer, call Call,
	op func(ctx context.Context, attempt int) (T, error),
) (T, error) {
	if r == nil || r.gate == nil || call.replaces() {
		return DoValueCall(ctx, r.of(&call), call, op)
	}
	if call.Idempotent && r.hedge.After > 0 {
		return hedgedValue(ctx, r, call, op)
	}
	gate, at := r.gate.Load(), nowhere
	if uint32(gate) != 0 && !r.passes(call.Key, &at) || ctx.Err() != nil {
		return firstValue(ctx, r, &call, op)
	}
	if r.breaker != nil {
		g := guard{r.breaker, began(gate), call.Key}
		defer g.end()
		value, err := op(ctx, 1)
		g.breaker = nil
		if err == nil && r.budget.idle(call.Key, at) {
			return value, nil
		}
		return restValue(ctx, r, &call, op, value, err, g.ticket)
	}
	value, err := op(ctx, 1)
	if err == nil && r.budget.idle(call.Key, at) {
		return value, nil
	}
	return restValue(ctx, r, &call, op, value, err, 0)
}

// DoValueOr is [DoValueCall] with a last resort: when the call has failed, fallback gets its
// *[Error] and returns what to use instead, or an error.
func DoValueOr[T any](ctx context.Context, r *Retryer, call Call, op func(ctx context.Context, attempt int) (T, error),
	fallback func(ctx context.Context, failed error) (T, error),
) (T, error) {
	value, err := DoValueCall(ctx, r, call, op)
	if err != nil {
		return fallback(ctx, err)
	}
	return value, nil
}

// restValue is [Retryer.rest] for an operation with a result. Calling rest with a closure instead
// costs a call that recovers from two failures 10 ns.
func restValue[T any](ctx context.Context, r *Retryer, call *Call, op func(context.Context, int) (T, error), value T,
	err error, t ticket,
) (T, error) {
	l := light{attempt: 1}
	if r.light {
		for err != nil && l.again(ctx, r, call, err) {
			if l.paid > 0 {
				value, err = payValue(ctx, r, call, op, &l)
			} else {
				value, err = op(ctx, l.attempt)
			}
		}
	}
	if err == nil {
		l.succeed(r, call, t)
		return value, nil
	}
	return heavyValue(ctx, r, call, op, value, err, &l, t)
}

// payValue is [light.pay] for an operation with a result.
func payValue[T any](ctx context.Context, r *Retryer, call *Call, op func(context.Context, int) (T, error), l *light,
) (T, error) {
	defer l.unwind(r, call)
	value, err := op(ctx, l.attempt)
	l.ended = true
	return value, err
}

// heavyValue and firstValue are [Retryer.heavy] and [Retryer.first] for an operation with a result.
// Their closures keep the result and stay on the stack.
func heavyValue[T any](ctx context.Context, r *Retryer, call *Call, op func(context.Context, int) (T, error), value T,
	err error, l *light, t ticket,
) (T, error) {
	last := value
	err = r.heavy(ctx, call, func(ctx context.Context, attempt int) (err error) {
		last, err = op(ctx, attempt)
		return err
	}, err, l, t)
	return last, err
}

func firstValue[T any](ctx context.Context, r *Retryer, call *Call, op func(context.Context, int) (T, error)) (value T,
	err error,
) {
	err = r.first(ctx, call, func(ctx context.Context, attempt int) (err error) {
		value, err = op(ctx, attempt)
		return err
	})
	return value, err
}
