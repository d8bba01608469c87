package retry

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"net"
	"net/textproto"
	"syscall"
)

// classify decides about the error of an attempt of r: marks, then
// RetryableErrors, then the attempt's own timeout, then the Classifier, then
// [Classify].
func (r *Retryer) classify(ctx context.Context, err error) Class {
	if class := marked(err); class != ClassUnknown {
		return class
	}
	for _, target := range r.retryableErrors {
		if errors.Is(err, target) {
			return ClassTransient
		}
	}
	if _, ok := err.(*timedOutError); ok {
		return ClassTimeout
	}
	if r.classifier != nil {
		if class := r.classifier.Classify(ctx, err); class != ClassUnknown {
			return class
		}
	}
	return Classify(err)
}

// Classify says what kind of error err is. It goes by types first: the marks of
// [Retryable] and [Permanent], then what the error or one that it wraps says of
// itself by a method
//
//	RetryableError() bool
//	ErrorCode() string           the code of a service, such as "SlowDown"
//	HTTPStatusCode() int, StatusCode() int
//	Timeout() bool, Temporary() bool
//
// then system errors, those of net, io, io/fs and context. Only when no type
// says anything does it read the text, and there only whole words outside
// quotes, so that a file named geofence.img is no EOF. An [*Error], whose
// retries are over, is permanent: nested retries would multiply.
//
// nil is ClassSuccess, and what nobody knows ClassUnknown.
func Classify(err error) Class {
	if err == nil {
		return ClassSuccess
	}
	var f findings
	f.visit(err)
	if class := f.class(); class != ClassUnknown {
		return class
	}
	if f.path {
		return ClassUnknown // its text holds a file's name
	}
	return classifyText(err.Error())
}

// findings is what the errors of a tree say of themselves, the outermost first.
type findings struct {
	mark, said, code, status, system, kind Class
	path                                   bool
}

// class weighs the findings: the more deliberate word wins.
func (f *findings) class() Class {
	for _, class := range [...]Class{f.mark, f.said, f.code, f.status, f.system, f.kind} {
		if class != ClassUnknown {
			return class
		}
	}
	return ClassUnknown
}

// note keeps the first answer.
func note(to *Class, class Class) {
	if *to == ClassUnknown {
		*to = class
	}
}

// visit walks the tree of err in the order of errors.Is.
func (f *findings) visit(err error) {
	for err != nil {
		f.look(err)
		switch e := err.(type) {
		case interface{ Unwrap() error }:
			err = e.Unwrap()
		case interface{ Unwrap() []error }:
			for _, branch := range e.Unwrap() {
				f.visit(branch)
			}
			return
		default:
			return
		}
	}
}

// look asks one error.
func (f *findings) look(err error) {
	switch e := err.(type) {
	case *mark:
		note(&f.mark, e.class)
		return
	case *Error:
		note(&f.mark, ClassPermanent)
		return
	case syscall.Errno:
		note(&f.system, errnoClass(e))
		return
	case *fs.PathError:
		f.path = true
	case *net.OpError:
		note(&f.kind, opClass(e))
	case *net.DNSError, textproto.ProtocolError: // the latter: a response head cut short or garbled
		note(&f.kind, ClassTransient)
	}
	if e, ok := err.(interface{ RetryableError() bool }); ok {
		if e.RetryableError() {
			note(&f.said, ClassTransient)
		} else {
			note(&f.said, ClassPermanent)
		}
	}
	if e, ok := err.(interface{ ErrorCode() string }); ok {
		note(&f.code, codes[e.ErrorCode()])
	}
	switch e := err.(type) {
	case interface{ HTTPStatusCode() int }:
		note(&f.status, statusClass(e.HTTPStatusCode()))
	case interface{ StatusCode() int }:
		note(&f.status, statusClass(e.StatusCode()))
	}
	note(&f.kind, sentinelClass(err))
	if e, ok := err.(interface{ Timeout() bool }); ok && e.Timeout() {
		note(&f.kind, ClassTimeout)
	}
	if e, ok := err.(interface{ Temporary() bool }); ok && e.Temporary() {
		note(&f.kind, ClassTransient)
	}
}

// sentinelClass knows the errors of the standard library that are values.
func sentinelClass(err error) Class {
	switch err {
	case io.EOF, io.ErrUnexpectedEOF, io.ErrClosedPipe, net.ErrClosed:
		return ClassTransient
	case context.DeadlineExceeded:
		return ClassTimeout
	case context.Canceled:
		return ClassCanceled
	case fs.ErrNotExist, fs.ErrPermission, fs.ErrExist, fs.ErrInvalid, fs.ErrClosed:
		return ClassPermanent
	}
	return ClassUnknown
}

// opClass is for a net.OpError whose inside nobody knows: to dial again may help.
func opClass(e *net.OpError) Class {
	switch e.Err.(type) {
	case *net.AddrError, *net.ParseError, net.UnknownNetworkError, net.InvalidAddrError:
		return ClassPermanent
	}
	if e.Op == "dial" && !errors.Is(e.Err, context.Canceled) {
		return ClassTransient
	}
	return ClassUnknown
}

// errnoClass knows the numbers of the operating system. Those it does not know
// are about files or arguments: no attempt helps.
func errnoClass(errno syscall.Errno) Class {
	switch errno {
	case syscall.ECONNREFUSED, syscall.ECONNRESET, syscall.ECONNABORTED, syscall.EPIPE,
		syscall.ENETUNREACH, syscall.ENETDOWN, syscall.ENETRESET, syscall.EHOSTUNREACH, syscall.EHOSTDOWN,
		syscall.EINTR, syscall.EAGAIN:
		return ClassTransient
	case syscall.ETIMEDOUT:
		return ClassTimeout
	}
	return ClassPermanent
}
