package retry

import (
	"context"
	"math"
	"time"
)

// This file begins and ends a call and its attempts: context, clock, observer, breaker, limiter and
// what a panic gives back. state.go decides on another attempt.

// called is what the engine needs of a Call after its settings are taken. It is copied, because a
// pointer would move every caller's Call to the heap.
type called struct {
	Name, Key string
	LongPoll  bool
}

// first runs a call that keeps a state, from its first attempt to its end.
func (r *Retryer) first(ctx context.Context, call *Call, op Operation) error {
	var s state
	s.init(r, call)
	if err := s.begin(ctx); err != nil {
		return err
	}
	return s.run(ctx, op)
}

// init fills the fields one by one, because assigning a whole state costs 10 ns more.
func (s *state) init(r *Retryer, call *Call) {
	s.r = r
	s.call.Name, s.call.Key, s.call.LongPoll = call.Name, call.Key, call.LongPoll
}

// begin checks whether the call may start at all.
func (s *state) begin(ctx context.Context) error {
	r := s.r
	if r.clocked {
		s.began = now()
	}
	if ctx.Err() != nil {
		return s.stop(ctx, contextReason(ctx), nil)
	}
	if r.breaker != nil {
		var ok bool
		if s.ticket, ok = r.breaker.allow(s.call.Key); !ok {
			return s.stop(ctx, ErrBreakerOpen, nil)
		}
	}
	if r.limiter != nil {
		if reason := s.pace(ctx); reason != nil {
			return s.stop(ctx, reason, nil)
		}
	}
	s.attempt = 1
	return nil
}

// open starts the attempt and returns its context.
func (s *state) open(ctx context.Context) context.Context {
	r := s.r
	if r.clocked {
		s.opened = s.began
		if s.attempt > 1 || r.limiter != nil {
			s.opened = now()
		}
	}
	if r.observer != nil && (r.watched || s.attempt > 1) {
		s.tell(ctx, EventAttempt, ClassUnknown, s.attempt, nil, 0)
	}
	if r.attemptTimeout > 0 {
		ctx, s.cancel = context.WithTimeoutCause(ctx, r.timeout(s.attempt), ErrAttemptTimeout)
		s.own = ctx
	}
	s.running = true
	return ctx
}

// timeout is the time that an attempt may take.
func (r *Retryer) timeout(attempt int) time.Duration {
	d, longest := r.attemptTimeout, r.maxAttemptTimeout
	if r.timeoutMultiplier > 1 && attempt > 1 {
		grown := float64(d) * math.Pow(r.timeoutMultiplier, float64(attempt-1))
		if d = time.Duration(math.MaxInt64); grown < math.MaxInt64 {
			d = time.Duration(grown)
		}
	}
	if longest > 0 {
		d = min(d, longest)
	}
	return d
}

// close ends the attempt's own context.
func (s *state) close() {
	if s.cancel != nil {
		s.cancel()
		s.cancel, s.own = nil, nil
	}
}

// unwind releases what an attempt holds that panicked or called runtime.Goexit, its tokens
// included. The breaker counts it as a failure.
func (s *state) unwind() {
	if s.running {
		s.running = false
		s.close()
		s.r.budget.giveBack(s.call.Key, s.paid)
		s.r.breaker.record(s.call.Key, ClassUnknown, s.ticket)
	}
}

// succeed updates budget, breaker, limiter and observer after a successful call.
func (s *state) succeed(ctx context.Context) {
	r := s.r
	s.close()
	if r.budget != nil {
		r.budget.succeed(s.call.Key, s.paid)
	}
	if r.breaker != nil {
		r.breaker.record(s.call.Key, ClassSuccess, s.ticket)
	}
	if r.limiter != nil {
		r.limiter.record(ClassSuccess)
	}
	if r.observer != nil && (r.watched || s.attempt > 1) {
		s.tell(ctx, EventResult, ClassSuccess, s.number(), nil, 0)
		s.done(ctx, ClassSuccess, nil)
	}
}

// tell hands the observer an event of an attempt. Filling the event field by field is what makes it
// cheap.
func (s *state) tell(
	ctx context.Context, kind EventKind, class Class, number int, err error, delay time.Duration,
) {
	var e Event
	e.Name, e.Key, e.began = s.call.Name, s.call.Key, s.began
	e.Kind, e.Class, e.Attempt, e.Err, e.Delay = kind, class, number, err, delay
	s.r.observer.Observe(ctx, e)
}

// done tells the observer that the call has ended.
func (s *state) done(ctx context.Context, class Class, err error) {
	var e Event
	e.Name, e.Key, e.began = s.call.Name, s.call.Key, s.began
	e.Kind, e.Class, e.Attempt, e.Err, e.Waited = EventDone, class, s.attempt, err, s.waited
	s.r.observer.Observe(ctx, e)
}
