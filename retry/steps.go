package retry

import "context"

// Steps is a call whose attempts outlive a function, such as the reading of a stream that goes on
// where it was cut. Its caller starts and ends each attempt. It is for one goroutine at a time.
type Steps struct {
	s   state
	ctx context.Context
}

// Steps begins a [Retryer.DoCall] whose caller makes the attempts by [Steps.Begin] and [Steps.End].
// It returns an *[Error] when no attempt may run. The call is not hedged.
//
// The caller must end or abandon each attempt that it begins, and begin one after each true of End:
// otherwise the Breaker and the Budget never learn how the call ended.
func (r *Retryer) Steps(ctx context.Context, call Call) (*Steps, error) {
	steps := &Steps{ctx: ctx}
	steps.s.init(r.of(&call), &call)
	if err := steps.s.begin(ctx); err != nil {
		return nil, err
	}
	return steps, nil
}

// Begin starts an attempt and returns its context and its number, which counts from 1.
func (c *Steps) Begin() (context.Context, int) { return c.s.open(c.ctx), c.s.attempt }

// End takes the outcome of the attempt, nil for success. It waits and returns true if another
// attempt may help. If not, it returns the outcome of the call: nil or an *[Error].
func (c *Steps) End(err error) (again bool, result error) {
	c.s.running = false
	return c.s.next(c.ctx, err)
}

// Abandon gives up an attempt that has not returned, because it panicked or called runtime.Goexit:
// it ends the attempt's context, and gives its tokens back. No method of c may follow but Abandon,
// which does nothing without an attempt.
func (c *Steps) Abandon() { c.s.unwind() }
