package retry

import (
	"context"
	"errors"
)

// ErrUnmet is the error of an attempt whose result [Until] did not accept.
var ErrUnmet = errors.New("result is not the one waited for")

// errUnmet is compared by identity. The server did what it was asked, so that neither budget nor
// breaker counts it against the server.
var errUnmet error = &mark{err: ErrUnmet, class: ClassTransient}

// Until makes op an operation that is repeated until accept returns true for its result: until a
// job is done, for example. An attempt with another result fails with [ErrUnmet] and is retried as
// the schedule says; it costs no tokens of the Budget and no failure at the Breaker. When no
// attempt is left, the call returns the last result and an *[Error].
func Until[T any](op func(ctx context.Context, attempt int) (T, error), accept func(T) bool) func(context.Context,
	int) (T, error) {
	return func(ctx context.Context, attempt int) (T, error) {
		value, err := op(ctx, attempt)
		if err == nil && !accept(value) {
			return value, errUnmet
		}
		return value, err
	}
}
