package retry

import (
	"context"
	"time"
)

// epoch is where the engine counts from: only differences matter.
var epoch = time.Now()

// now is the monotonic clock, virtual inside a synctest bubble.
func now() time.Duration { return time.Since(epoch) }

// start is a call of which no attempt has failed yet: as little as can be,
// because a call that succeeds at once has to clear it.
type start struct {
	r      *Retryer
	call   Call
	began  time.Duration      // when the call started, by now()
	own    context.Context    // of the attempt, when it has a time limit
	cancel context.CancelFunc // of own
	round  uint64             // of probes, that the attempt belongs to; 0: none
}

// begin checks whether the call may start at all.
func (s *start) begin(ctx context.Context) error {
	r := s.r
	if r.clocked {
		s.began = now()
	}
	if ctx.Err() != nil {
		return s.refuse(ctx, contextReason(ctx))
	}
	if r.breaker != nil {
		var ok bool
		if s.round, ok = r.breaker.allow(s.call.Key); !ok {
			return s.refuse(ctx, ErrBreakerOpen)
		}
	}
	if r.limiter != nil {
		full := state{start: *s}
		if reason := full.pace(ctx); reason != nil {
			return full.stop(ctx, reason, nil)
		}
	}
	return nil
}

// refuse makes the error of a call without an attempt.
func (s *start) refuse(ctx context.Context, reason error) error {
	full := state{start: *s}
	return full.stop(ctx, reason, nil)
}

// open starts an attempt and returns its context.
func (s *start) open(ctx context.Context, attempt int) context.Context {
	r := s.r
	if r.observer != nil && (r.watched || attempt > 1) {
		r.observer.Observe(ctx, Event{Kind: EventAttempt, Name: s.call.Name, Key: s.call.Key, Attempt: attempt, began: s.began})
	}
	if r.attemptTimeout > 0 {
		ctx, s.cancel = context.WithTimeoutCause(ctx, r.attemptTimeout, ErrAttemptTimeout)
		s.own = ctx
	}
	return ctx
}

// close ends the attempt's own context.
func (s *start) close() {
	if s.cancel != nil {
		s.cancel()
		s.cancel, s.own = nil, nil
	}
}

// succeed closes the books of a call that went well after so many attempts, of
// which the one called number succeeded.
func (s *start) succeed(ctx context.Context, attempts, number int, paid int64) {
	r := s.r
	s.close()
	if r.budget != nil {
		r.budget.succeed(s.call.Key, paid)
	}
	if r.breaker != nil {
		r.breaker.record(s.call.Key, ClassSuccess, s.round)
	}
	if r.limiter != nil {
		r.limiter.record(ClassSuccess)
	}
	if r.observer == nil || !r.watched && attempts == 1 {
		return
	}
	r.observer.Observe(ctx, Event{Kind: EventResult, Class: ClassSuccess, Attempt: number, Name: s.call.Name, Key: s.call.Key, began: s.began})
	r.observer.Observe(ctx, Event{Kind: EventDone, Class: ClassSuccess, Attempt: attempts, Name: s.call.Name, Key: s.call.Key, began: s.began})
}

// failed makes the state that goes on after the first attempt.
func (s *start) failed() state {
	return state{start: *s, attempt: 1, opened: s.began}
}
