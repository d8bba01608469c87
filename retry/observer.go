package retry

import (
	"context"
	"time"
)

// EventKind says what an [Event] tells.
type EventKind uint8

const (
	// EventAttempt: an attempt starts.
	EventAttempt EventKind = iota + 1
	// EventResult: an attempt ended, with Class and, unless it succeeded, Err.
	EventResult
	// EventWait: another attempt will follow after Delay, because of Class and Err.
	EventWait
	// EventDone: the call ended. Err is nil or an *[Error]; Class is that of the last attempt.
	EventDone
)

// Event is one thing that happened in a call.
type Event struct {
	Kind  EventKind
	Class Class
	// Attempt is the number of the attempt, from 1; for EventDone, how many were made.
	Attempt int
	// Name and Key are those of the [Call].
	Name, Key string
	Err       error
	// Delay is the wait that follows, for EventWait. A context that ends cuts it short.
	Delay time.Duration
	// Waited is how long the call has waited between attempts, for EventDone.
	Waited time.Duration

	began time.Duration // by now(); 0 when the clock is off
}

// Elapsed returns the time since the start of the call, 0 when the clock is off: see
// [Config.Timestamps]. Ask before Observe returns.
func (e Event) Elapsed() time.Duration {
	if e.began == 0 {
		return 0
	}
	return now() - e.began
}

// The engine tells an Observer of every event of every call, in order within a call, from the
// goroutine that runs the attempt. Observe must return soon and be safe for concurrent use. ctx is
// the context of the call.
//
// An Observer may also have a method TroubleOnly() bool. If it returns true, the engine tells the
// Observer of a call only from its first failed attempt on, so that a call that succeeds at once
// costs nothing more.
type Observer interface {
	Observe(ctx context.Context, event Event)
}

// ObserverFunc lets a function be an [Observer].
type ObserverFunc func(ctx context.Context, event Event)

// Observe calls f.
func (f ObserverFunc) Observe(ctx context.Context, event Event) { f(ctx, event) }

// troubleOnly reports whether the observer wants no events of calls without a failure.
func troubleOnly(o Observer) bool {
	selective, ok := o.(interface{ TroubleOnly() bool })
	return ok && selective.TroubleOnly()
}

// Observers returns an Observer that tells each of those given, in order.
func Observers(observers ...Observer) Observer {
	all := make(several, 0, len(observers))
	for _, o := range observers {
		if o != nil {
			all = append(all, o)
		}
	}
	return all
}

type several []Observer

func (all several) Observe(ctx context.Context, event Event) {
	for _, o := range all {
		o.Observe(ctx, event)
	}
}

func (all several) TroubleOnly() bool {
	for _, o := range all {
		if !troubleOnly(o) {
			return false
		}
	}
	return true
}
