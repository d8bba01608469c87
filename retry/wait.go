package retry

import (
	"context"
	"time"
)

// plan returns the wait before the next attempt, or the reason why no attempt may follow. No wait
// is begun during which the deadline would pass.
func (s *state) plan(ctx context.Context, class Class, err error) (delay time.Duration, reason error) {
	r := s.r
	schedule, salt := r.schedules[class], s.dice.salt(ctx, r, s.call.Name)
	delay = schedule.delay(salt, s.call.Name, s.attempt)
	hint, hinted := r.hint(err)
	if hinted {
		delay = hint.apply(delay, schedule, salt, s.call.Name, s.attempt, r.maxHint)
	}
	need := delay
	if hinted && r.failFast {
		need = max(need, hint.After)
	}
	if r.breaker.opensAfter(s.call.Key) > delay {
		return 0, ErrBreakerOpen
	}
	return delay, s.tooLate(ctx, need)
}

// tooLate returns ErrDeadline if no time is left after a wait of d.
func (s *state) tooLate(ctx context.Context, d time.Duration) error {
	if limit := s.r.maxElapsed; limit > 0 && d >= limit-s.elapsed() {
		return ErrDeadline
	}
	if d <= 0 {
		return nil
	}
	if deadline, ok := ctx.Deadline(); ok && d >= time.Until(deadline) {
		s.past = true
		return ErrDeadline
	}
	return nil
}

// uninterrupted is the longest wait that the end of the context does not cut short: a timer would
// cost more than the rest of the wait.
const uninterrupted = 50 * time.Microsecond

// wait sleeps for d and reports whether the context has not ended. The time that was slept counts
// as waited, even if it is less than d.
func (s *state) wait(ctx context.Context, d time.Duration) bool {
	if d > 0 {
		if done := ctx.Done(); done == nil || d <= uninterrupted {
			time.Sleep(d)
		} else if began := now(); !s.sleep(done, d) {
			d = min(now()-began, d)
		}
		s.waited += d
	}
	return ctx.Err() == nil
}

// sleep reports whether it slept for d. It returns early when done is closed. One timer serves all
// waits of a call.
func (s *state) sleep(done <-chan struct{}, d time.Duration) bool {
	if s.timer == nil {
		s.timer = time.NewTimer(d)
	} else {
		s.timer.Reset(d)
	}
	select {
	case <-s.timer.C:
		return true
	case <-done:
		s.timer.Stop()
		return false
	}
}
