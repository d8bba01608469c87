package retry

import (
	"context"
	"errors"
	"time"
)

// epoch is where the engine counts from: only differences matter.
var epoch = time.Now()

// now is the monotonic clock, virtual inside a synctest bubble.
func now() time.Duration { return time.Since(epoch) }

// state is one call on its way. It lives on the caller's stack.
type state struct {
	r       *Retryer
	call    Call
	attempt int // the number of the attempt that runs or ran last

	paid     int64           // tokens taken from the budget for this attempt
	began    time.Duration   // when the call started, by now()
	opened   time.Duration   // when the attempt started
	waited   time.Duration   // sum of waits
	timer    *time.Timer     // for every wait of the call
	own      context.Context // of the attempt, when it has a time limit
	cancel   context.CancelFunc
	past     bool // the context's deadline is too near
	reported bool // the loop's body told how the attempt ended
	outcome  int  // number of the attempt that is being settled, when hedged; 0: attempt
	history  history
}

// first checks whether the call may start at all.
func (s *state) first(ctx context.Context) error {
	s.attempt = 1
	if s.r.clocked {
		s.began = now()
	}
	if ctx.Err() != nil {
		s.attempt = 0
		return s.stop(ctx, contextReason(ctx), nil)
	}
	if !s.r.breaker.allow(s.call.Key) {
		s.attempt = 0
		return s.stop(ctx, ErrBreakerOpen, nil)
	}
	if reason := s.pace(ctx); reason != nil {
		s.attempt = 0
		return s.stop(ctx, reason, nil)
	}
	return nil
}

// open starts the attempt and returns its context.
func (s *state) open(ctx context.Context) context.Context {
	r := s.r
	if r.clocked {
		if s.attempt == 1 {
			s.opened = s.began
		} else {
			s.opened = now()
		}
	}
	if r.observer != nil && (r.watched || s.attempt > 1) {
		r.observer.Observe(ctx, Event{Kind: EventAttempt, Name: s.call.Name, Key: s.call.Key, Attempt: s.attempt, Elapsed: s.opened - s.began})
	}
	if r.attemptTimeout > 0 {
		ctx, s.cancel = context.WithTimeoutCause(ctx, r.attemptTimeout, ErrAttemptTimeout)
		s.own = ctx
	}
	return ctx
}

// next takes the outcome of an attempt. It reports whether to make another,
// having waited for it; if not, result is the outcome of the call.
func (s *state) next(ctx context.Context, err error) (again bool, result error) {
	r := s.r
	if s.cancel != nil {
		err = timedOut(s.own, err)
		s.cancel()
		s.cancel, s.own = nil, nil
	}
	if err == nil {
		s.succeed(ctx)
		return false, nil
	}
	if ctx.Err() != nil {
		class := ClassCanceled
		if ctx.Err() == context.DeadlineExceeded {
			class = ClassTimeout // a breaker counts a server that nobody can wait for
		}
		s.ended(ctx, class, err)
		return false, s.stop(ctx, contextReason(ctx), err)
	}
	class := r.classify(ctx, err)
	s.ended(ctx, class, err)
	if !class.Retryable() {
		return false, s.stop(ctx, ErrPermanent, err)
	}
	last := s.attempt >= r.maxAttempts
	cost, paid := r.budget.fail(s.call.Key, class, last)
	if last {
		return false, s.stop(ctx, ErrExhausted, err)
	}
	delay, reason := s.plan(ctx, class, err)
	if reason == nil && !paid {
		reason = ErrBudget
		if s.call.LongPoll {
			s.wait(ctx, delay)
		}
	}
	if reason == nil {
		s.paid = cost
		s.history.waits(delay)
		s.tell(ctx, Event{Kind: EventWait, Class: class, Err: err, Delay: delay})
		reason = s.pause(ctx, delay)
	}
	if reason != nil {
		r.budget.giveBack(s.call.Key, cost)
		return false, s.stop(ctx, reason, err)
	}
	s.attempt++
	s.outcome = 0
	return true, nil
}

// pause waits before the next attempt and returns why there can be none.
func (s *state) pause(ctx context.Context, delay time.Duration) error {
	if !s.wait(ctx, delay) {
		return contextReason(ctx)
	}
	if !s.r.breaker.allow(s.call.Key) {
		return ErrBreakerOpen
	}
	return s.pace(ctx)
}

// pace waits for the Limiter, with the breaker's leave already taken.
func (s *state) pace(ctx context.Context) error {
	limiter := s.r.limiter
	if limiter == nil {
		return nil
	}
	wait := limiter.reserve()
	reason := s.tooLate(ctx, wait)
	if reason == nil && !s.wait(ctx, wait) {
		reason = contextReason(ctx)
	}
	if reason != nil {
		limiter.release()
		s.r.breaker.record(s.call.Key, ClassCanceled)
	}
	return reason
}

// timedOut makes the error of an attempt whose own time had run out say so.
func timedOut(own context.Context, err error) error {
	if err == nil || context.Cause(own) != ErrAttemptTimeout || errors.Is(err, ErrAttemptTimeout) {
		return err
	}
	return &timedOutError{err}
}

// ended writes a failed attempt down.
func (s *state) ended(ctx context.Context, class Class, err error) {
	a := Attempt{Number: s.number(), Class: class, Err: err}
	if s.r.clocked {
		a.Start, a.Duration = s.opened-s.began, now()-s.opened
	}
	s.history.add(a, s.r.maxHistory)
	s.r.breaker.record(s.call.Key, class)
	if s.r.limiter != nil {
		s.r.limiter.record(class)
	}
	s.tell(ctx, Event{Kind: EventResult, Class: class, Err: err})
}

// number is that of the attempt being settled.
func (s *state) number() int {
	if s.outcome != 0 {
		return s.outcome
	}
	return s.attempt
}

// tell completes an event and hands it to the observer.
func (s *state) tell(ctx context.Context, event Event) {
	if s.r.observer == nil {
		return
	}
	event.Name, event.Key, event.Elapsed = s.call.Name, s.call.Key, s.elapsed()
	if event.Attempt == 0 {
		event.Attempt = s.number()
	}
	s.r.observer.Observe(ctx, event)
}

// succeed closes the books of a call that went well.
func (s *state) succeed(ctx context.Context) {
	r := s.r
	r.budget.succeed(s.call.Key, s.paid)
	r.breaker.record(s.call.Key, ClassSuccess)
	if r.limiter != nil {
		r.limiter.record(ClassSuccess)
	}
	if r.observer == nil || !r.watched && s.attempt == 1 {
		return
	}
	event := Event{Kind: EventResult, Name: s.call.Name, Key: s.call.Key, Attempt: s.number(), Class: ClassSuccess, Elapsed: s.elapsed()}
	r.observer.Observe(ctx, event)
	event.Kind, event.Attempt = EventDone, s.attempt
	r.observer.Observe(ctx, event)
}

// elapsed is the time since the start of the call, 0 without a clock.
func (s *state) elapsed() time.Duration {
	if !s.r.clocked {
		return 0
	}
	return now() - s.began
}

// stop makes the error of a failed call.
func (s *state) stop(ctx context.Context, reason, cause error) error {
	e := &Error{Name: s.call.Name, Attempts: s.attempt, Elapsed: s.elapsed(), Waited: s.waited, Reason: reason, Cause: cause}
	e.History, e.Dropped = s.history.list()
	switch {
	case ctx.Err() != nil:
		e.context = ctx.Err()
		if because := context.Cause(ctx); because != e.context {
			e.contextCause = because
		}
	case s.past:
		e.context = context.DeadlineExceeded
	}
	if s.r.observer != nil {
		s.r.observer.Observe(ctx, Event{Kind: EventDone, Name: s.call.Name, Key: s.call.Key, Attempt: s.attempt, Err: e, Elapsed: e.Elapsed})
	}
	return e
}

// contextReason is the sentinel for a context that ended.
func contextReason(ctx context.Context) error {
	if ctx.Err() == context.DeadlineExceeded {
		return ErrDeadline
	}
	return ErrCanceled
}
