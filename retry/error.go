package retry

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"
)

// Why a call ended without success. One of these is the Reason of every error that Do and its kin
// return, and matches it with errors.Is. (Where an attempt failed with the *[Error] of a call
// within, the reason of that one matches too.)
var (
	// ErrExhausted: the last of MaxAttempts attempts failed.
	ErrExhausted = errors.New("attempts exhausted")
	// ErrPermanent: the error was of a kind that no further attempt helps.
	ErrPermanent = errors.New("not retryable")
	// ErrBudget: the [Budget] had not enough tokens for another attempt.
	ErrBudget = errors.New("retry budget empty")
	// ErrBreakerOpen: the [Breaker] was open.
	ErrBreakerOpen = errors.New("circuit breaker open")
	// ErrDeadline: the context's deadline or MaxElapsed passed, or would have passed before the
	// next attempt.
	ErrDeadline = errors.New("no time left for another attempt")
	// ErrCanceled: the context was canceled.
	ErrCanceled = errors.New("canceled")
)

// ErrAttemptTimeout is the cause, as [context.Cause] tells it, of the end of an attempt's context
// when AttemptTimeout has passed. An error that an attempt returns after that matches it too.
var ErrAttemptTimeout error = &attemptTimeoutError{}

type attemptTimeoutError struct{}

func (*attemptTimeoutError) Error() string { return "attempt timed out" }

// Timeout and Is make the cause look like what it replaces.
func (*attemptTimeoutError) Timeout() bool        { return true }
func (*attemptTimeoutError) Is(target error) bool { return target == context.DeadlineExceeded }

// Attempt is one attempt of a failed call, as its [Error] remembers it.
type Attempt struct {
	// Number counts from 1.
	Number int
	// Start is when it began, from the start of the call, and Duration how long it ran. Both are 0
	// when the clock was off: see [Config.Timestamps].
	Start, Duration time.Duration
	// Wait is the wait between its end and the next attempt; 0 for the last. Where the context
	// ended the wait, it is the time that had passed.
	Wait  time.Duration
	Class Class
	Err   error
}

// Error is a call that failed. Find it with errors.As.
//
// errors.Is and errors.As see through it to the error of the last attempt, to the sentinel in
// Reason, and, where the context ended the call, to the context's error and its [context.Cause].
// With [Config.UnwrapHistory] they see the errors of the earlier attempts in History too.
type Error struct {
	// Name is the call's name, "" if it had none.
	Name string
	// Attempts is how many attempts were made; 0 when none was allowed to start.
	Attempts int
	// Elapsed is the time from the start of the call to its end, 0 when the clock was off: see
	// [Config.Timestamps].
	Elapsed time.Duration
	// Waited is the sum of the waits between attempts.
	Waited time.Duration
	// Reason is one of the sentinels: ErrExhausted, ErrPermanent, ErrBudget, …
	Reason error
	// Cause is the error of the last attempt, nil when there was none.
	Cause error
	// History holds the attempts, oldest first: at most MaxHistory of them, the oldest half and the
	// newest half. Dropped says how many are missing between.
	History []Attempt
	Dropped int

	context, contextCause error
	all                   bool // Unwrap returns the errors of all attempts
}

// Error says operation, attempts, time, reason and last cause in one line.
func (e *Error) Error() string {
	var b strings.Builder
	if e.Name != "" {
		b.WriteString(e.Name)
		b.WriteString(": ")
	}
	b.WriteString("failed after ")
	b.WriteString(strconv.Itoa(e.Attempts))
	b.WriteString(" attempt")
	if e.Attempts != 1 {
		b.WriteByte('s')
	}
	if e.Elapsed > 0 {
		b.WriteString(" in ")
		b.WriteString(rounded(e.Elapsed).String())
	} else if e.Waited > 0 {
		b.WriteString(" and ")
		b.WriteString(rounded(e.Waited).String())
		b.WriteString(" of waiting")
	}
	if e.Reason != nil {
		b.WriteString(": ")
		b.WriteString(e.Reason.Error())
	}
	switch {
	case e.Cause != nil:
		b.WriteString(": ")
		b.WriteString(e.Cause.Error())
	case e.contextCause != nil:
		b.WriteString(": ")
		b.WriteString(e.contextCause.Error())
	}
	return b.String()
}

// Unwrap returns all that the error is: reason, last cause, the context's error and its cause.
func (e *Error) Unwrap() []error {
	all := make([]error, 0, 4)
	for _, err := range [...]error{e.Reason, e.Cause, e.context, e.contextCause} {
		if err != nil {
			all = append(all, err)
		}
	}
	if e.all {
		for _, a := range e.History {
			if a.Err != nil {
				all = append(all, a.Err)
			}
		}
	}
	return all
}

// rounded leaves a duration about three digits that matter.
func rounded(d time.Duration) time.Duration {
	for _, unit := range [...]time.Duration{time.Second, time.Millisecond, time.Microsecond} {
		if d >= unit {
			return d.Round(unit / 100)
		}
	}
	return d
}

// timedOutError is an attempt's error after AttemptTimeout: it matches ErrAttemptTimeout as well.
type timedOutError struct{ err error }

func (e *timedOutError) Error() string { return ErrAttemptTimeout.Error() + ": " + e.err.Error() }
func (e *timedOutError) Timeout() bool { return true }
func (e *timedOutError) Unwrap() []error {
	return []error{e.err, ErrAttemptTimeout}
}
