package s3client

import (
	"errors"
	"net/http"
)

// This file gives the two ways in which a condition of a request fails names for errors.Is.

var (
	// ErrNotModified marks a read whose condition IfNoneMatch or IfModifiedSince did not hold: the
	// caller already has this object. It is not retried.
	ErrNotModified = errors.New("not modified")
	// ErrPreconditionFailed marks a request whose condition did not hold, S3's status 412. It is
	// not retried.
	ErrPreconditionFailed = errors.New("precondition failed")
)

// conditionError is an error of S3 that matches one of the errors above too.
type conditionError struct {
	error
	condition error
}

func (e *conditionError) Unwrap() error { return e.error }

func (e *conditionError) Is(target error) bool { return target == e.condition }

// conditional names err if a condition is the reason for it.
func conditional(err error) error {
	switch {
	case err == nil || errors.Is(err, ErrObjectChanged):
		return err // the client's own condition
	case statusOf(err) == http.StatusNotModified:
		return &conditionError{err, ErrNotModified}
	case statusOf(err) == http.StatusPreconditionFailed:
		return &conditionError{err, ErrPreconditionFailed}
	}
	return err
}
