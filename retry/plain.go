package retry

import (
	"context"
	"time"
)

// starts is told of a first attempt that needs no more than the clock and the
// observer. It returns when the call began.
func (r *Retryer) starts(ctx context.Context, call *Call) (began time.Duration) {
	if r.clocked {
		began = now()
	}
	if r.watched {
		r.tell(ctx, call, EventAttempt, ClassUnknown, began)
	}
	return began
}

// succeeds is told of its success.
func (r *Retryer) succeeds(ctx context.Context, call *Call, began time.Duration) {
	if r.budget != nil {
		r.budget.succeed(call.Key, 0)
	}
	if r.breaker != nil {
		r.breaker.record(call.Key, ClassSuccess, 0)
	}
	if r.watched {
		r.tell(ctx, call, EventResult, ClassSuccess, began)
		r.tell(ctx, call, EventDone, ClassSuccess, began)
	}
}

// tell hands the observer an event of a first attempt. Filling the event field
// by field, here and nowhere else, is what makes it cheap.
func (r *Retryer) tell(ctx context.Context, call *Call, kind EventKind, class Class, began time.Duration) {
	var e Event
	e.Name, e.Key = call.Name, call.Key
	e.began = began
	e.Kind, e.Class, e.Attempt = kind, class, 1
	r.observer.Observe(ctx, e)
}
