package retry

import "context"

// Class says what kind of outcome an attempt had, and so whether another attempt may help. Only
// ClassTransient, ClassThrottle and ClassTimeout are retried.
type Class uint8

const (
	// ClassUnknown is the zero Class: no rule knows the error, and it is not retried. A Classifier
	// returns it to leave the decision to [Classify].
	ClassUnknown Class = iota
	// ClassSuccess is the outcome of an attempt without an error.
	ClassSuccess
	// ClassTransient is a fault that may be gone next time: 500, a reset connection, a body cut
	// short.
	ClassTransient
	// ClassThrottle is a server that asks for fewer requests: 429, SlowDown.
	ClassThrottle
	// ClassTimeout is a response that did not come in time.
	ClassTimeout
	// ClassPermanent is an error that every further attempt would get too: 404, AccessDenied, a
	// missing file.
	ClassPermanent
	// ClassCanceled is an attempt given up because its context ended.
	ClassCanceled

	classes = iota
)

var classNames = [classes]string{"unknown", "success", "transient", "throttle", "timeout", "permanent", "canceled"}

// String returns the name of the class in lower case, as logs and metrics show it.
func (c Class) String() string {
	if int(c) < len(classNames) {
		return classNames[c]
	}
	return "invalid"
}

// Retryable reports whether an attempt that ended so is worth another one.
func (c Class) Retryable() bool {
	return c >= ClassTransient && c <= ClassTimeout
}

// A Classifier returns the class of an attempt's error. ctx is the context of the call, not of the
// attempt; err is never nil. ClassUnknown leaves the decision to [Classify]. It must be safe for
// concurrent use.
//
// Marks made by [Retryable] and [Permanent] and the list RetryableErrors count for more than a
// Classifier: it does not see the errors that they decide.
type Classifier interface {
	Classify(ctx context.Context, err error) Class
}

// ClassifierFunc lets a function be a [Classifier].
type ClassifierFunc func(ctx context.Context, err error) Class

// Classify calls f.
func (f ClassifierFunc) Classify(ctx context.Context, err error) Class { return f(ctx, err) }
