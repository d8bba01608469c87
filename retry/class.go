package retry

import "context"

// Class says what kind of outcome an attempt had, and so whether another attempt may help. Only
// ClassTransient, ClassThrottle and ClassTimeout are retried.
type Class uint8

const (
	// ClassUnknown is the zero Class: nobody knows the error. A Classifier answers it to pass the
	// question on; in the end it is not retried.
	ClassUnknown Class = iota
	// ClassSuccess is the outcome of an attempt without an error.
	ClassSuccess
	// ClassTransient is a fault that may be gone next time: 500, a reset connection, a body cut
	// short.
	ClassTransient
	// ClassThrottle is a server that asks for fewer requests: 429, SlowDown.
	ClassThrottle
	// ClassTimeout is an answer that did not come in time.
	ClassTimeout
	// ClassPermanent is an error that comes back however often one asks: 404, AccessDenied, a
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

// A Classifier says of an attempt's error what kind it is. ctx is the context of the call, not of
// the attempt; err is never nil. ClassUnknown passes the question on to [Classify]. It must be safe
// for concurrent use.
//
// Marks made by [Retryable] and [Permanent] and the list RetryableErrors are asked before it, so
// that a mark decides whoever classifies.
type Classifier interface {
	Classify(ctx context.Context, err error) Class
}

// ClassifierFunc lets a function be a [Classifier].
type ClassifierFunc func(ctx context.Context, err error) Class

// Classify calls f.
func (f ClassifierFunc) Classify(ctx context.Context, err error) Class { return f(ctx, err) }
