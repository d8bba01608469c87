package retry

import "context"

// DoValue is [Retryer.Do] for an operation that has a result. It returns the
// result of the attempt that succeeded, or that of the last one with an *[Error].
func DoValue[T any](ctx context.Context, r *Retryer, op func(ctx context.Context, attempt int) (T, error)) (T, error) {
	if r.busy.Load() == 0 && ctx.Err() == nil {
		value, err := op(ctx, 1)
		if err == nil && r.level.Load() == r.full {
			return value, nil
		}
		return restValue(ctx, r, Call{}, op, value, err)
	}
	return wholeValue(ctx, r, Call{}, op)
}

// DoValueCall is [DoValue] for a call with a name and a key, which may be
// hedged. A result that another attempt has overtaken is closed if it is an
// [io.Closer].
func DoValueCall[T any](ctx context.Context, r *Retryer, call Call, op func(ctx context.Context, attempt int) (T, error)) (T, error) {
	if call.Idempotent && r.hedge.After > 0 {
		return hedgedValue(ctx, r, call, op)
	}
	if r.busy.Load() == 0 && ctx.Err() == nil {
		value, err := op(ctx, 1)
		if err == nil && r.budget.idle(call.Key) {
			return value, nil
		}
		return restValue(ctx, r, call, op, value, err)
	}
	return wholeValue(ctx, r, call, op)
}

func restValue[T any](ctx context.Context, r *Retryer, call Call, op func(context.Context, int) (T, error), value T, err error) (T, error) {
	l := light{attempt: 1}
	for err != nil && l.again(ctx, r, &call, err) {
		value, err = op(ctx, l.attempt)
	}
	if err == nil {
		l.succeed(r, call.Key)
		return value, nil
	}
	s := l.state(r, call)
	return proceedValue(ctx, &s, op, value, err)
}

func wholeValue[T any](ctx context.Context, r *Retryer, call Call, op func(context.Context, int) (T, error)) (T, error) {
	if r.plain && r.breaker.idle() && ctx.Err() == nil {
		began := r.starts(ctx, &call)
		value, err := op(ctx, 1)
		if err == nil {
			r.succeeds(ctx, &call, began)
			return value, nil
		}
		return recoverValue(ctx, &start{r: r, call: call, began: began}, op, value, err)
	}
	s := start{r: r, call: call}
	if err := s.begin(ctx); err != nil {
		var none T
		return none, err
	}
	value, err := op(s.open(ctx, 1), 1)
	if err == nil {
		s.succeed(ctx, 1, 1, 0)
		return value, nil
	}
	return recoverValue(ctx, &s, op, value, err)
}

func recoverValue[T any](ctx context.Context, s *start, op func(context.Context, int) (T, error), value T, err error) (T, error) {
	full := s.failed()
	return proceedValue(ctx, &full, op, value, err)
}

func proceedValue[T any](ctx context.Context, s *state, op func(context.Context, int) (T, error), value T, err error) (T, error) {
	for {
		again, result := s.next(ctx, err)
		if !again {
			return value, result
		}
		value, err = op(s.open(ctx), s.attempt)
	}
}
