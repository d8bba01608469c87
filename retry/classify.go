package retry

import (
	"context"
	"errors"
	"net"
	"syscall"
)

// classify returns the class of an attempt's error. It asks marks first, then RetryableErrors, the
// attempt's own timeout, the Classifier and, last, Classify.
func (r *Retryer) classify(ctx context.Context, err error) Class {
	class, _ := r.judge(ctx, err)
	return class
}

// judge returns the class that classify returns, and whether err has a Hint.
func (r *Retryer) judge(ctx context.Context, err error) (class Class, hinted bool) {
	var f findings
	class = f.examine(err)
	if f.mark == ClassUnknown {
		class = r.override(ctx, err, &f, class)
	}
	if f.asks&(asksHint|asksMark|asksFinal) != 0 {
		_, hinted = HintOf(err)
	}
	return class, hinted
}

// override asks the settings of the caller, which count for more than what err says of itself.
func (r *Retryer) override(ctx context.Context, err error, f *findings, class Class) Class {
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
	return f.verdict(err, class)
}

// Classify returns the class of err. It asks types first: the marks of [Retryable] and [Permanent],
// then what err, or an error that it wraps, says of itself by a method
//
//	RetryableError() bool
//	ErrorCode() string, Code() string          the code of a service, such as "SlowDown"
//	GRPCStatus() S, Code() C                   a gRPC code, of whatever package
//	HTTPStatusCode() int, StatusCode() int, HTTPCode() int
//	CanceledError() bool, ConnectionError() bool
//	Timeout() bool, Temporary() bool
//
// or by exported fields ErrorCode, StatusCode, Code and Errors[].Reason, as the errors of Azure,
// MinIO and Google have them. Then come stream errors of HTTP/2, system errors, and the errors of
// net, io, io/fs, context and database/sql/driver.
//
// Classify reads the text only if no type decides. It looks for whole words outside quotes, so that
// a file named geofence.img is no EOF, and a status in the text counts for more than other words.
//
// An [*Error] is permanent, because an inner call has already used its attempts. nil is
// ClassSuccess, and an error that Classify does not know is ClassUnknown.
func Classify(err error) Class {
	if err == nil {
		return ClassSuccess
	}
	var f findings
	return f.verdict(err, f.examine(err))
}

// verdict completes the class that the tree of err has. Only an error that says nothing else is
// known by its text.
func (f *findings) verdict(err error, class Class) Class {
	if class != ClassUnknown {
		return class
	}
	if f.path {
		return ClassUnknown // its text holds a file's name
	}
	return textClass(err.Error())
}

// findings holds what the errors of a tree say of themselves. Of two errors with an answer to the
// same question the outer one counts.
type findings struct {
	mark, said, code, status, system, kind, weak, sentinel Class

	final bool // an inner call has ended
	path  bool // a file's name is in the text
	asks  asks // questions that errors of the tree answer
}

// examine asks the whole tree and returns its class. Most errors decide by what is cheap to ask, so
// that the rest is left for a second walk.
func (f *findings) examine(err error) Class {
	f.visit(err, asksFirst)
	class := f.class()
	if class == ClassUnknown && f.asks&asksLast != 0 {
		f.visit(err, asksLast)
		class = f.class()
	}
	if class == ClassUnknown {
		class = f.sentinel
	}
	return class
}

// class returns the most deliberate finding.
func (f *findings) class() Class {
	for _, class := range [...]Class{f.mark, f.said, f.code, f.status, f.system, f.kind, f.weak} {
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

// visit walks the tree of err in the order of errors.Is and asks those of the questions that an
// error answers.
func (f *findings) visit(err error, questions asks) {
	for err != nil {
		s := shapeOf(err)
		if s.asks&(asksMark|asksFinal) != 0 {
			f.decide(err) // nothing below counts
			f.asks |= s.asks
			return
		}
		if s.asks&questions != 0 {
			if questions == asksFirst {
				f.askFirst(err, s)
			} else {
				f.askLast(err, s.asks)
			}
		}
		if s.asks&asksSentinel != 0 {
			class := s.sentinelClass(err)
			note(&f.sentinel, class)
			if questions == asksLast {
				note(&f.kind, class) // in the order of the tree
			}
		}
		f.asks |= s.asks
		switch {
		case s.asks&asksOne != 0:
			err = err.(interface{ Unwrap() error }).Unwrap()
		case s.asks&asksMany != 0:
			for _, branch := range err.(interface{ Unwrap() []error }).Unwrap() {
				f.visit(branch, questions)
			}
			return
		default:
			return
		}
	}
}

// decide notes a mark, or the *Error of an inner call. An *Error is final, whatever it holds and
// whatever mark is beside it, unless a mark is around it.
func (f *findings) decide(err error) {
	switch e := err.(type) {
	case *mark:
		if !f.final {
			note(&f.mark, e.class)
		}
	case *Error:
		f.mark, f.final = ClassPermanent, true
	}
}

// askFirst asks an error for what decides: codes and statuses.
func (f *findings) askFirst(err error, s *shape) {
	has := s.asks
	if has&asksErrno != 0 {
		note(&f.system, errnoClass(err.(syscall.Errno)))
		return
	}
	if has&asksPath != 0 {
		f.path = true
	}
	if has&asksRetryable != 0 {
		if err.(interface{ RetryableError() bool }).RetryableError() {
			note(&f.said, ClassTransient)
		} else {
			note(&f.said, ClassPermanent)
		}
	}
	if has&asksErrorCode != 0 {
		note(&f.code, codes[err.(interface{ ErrorCode() string }).ErrorCode()])
	} else if has&asksCode != 0 {
		note(&f.code, codes[err.(interface{ Code() string }).Code()])
	}
	switch {
	case has&asksStatus != 0:
		note(&f.status, statusClass(err.(interface{ HTTPStatusCode() int }).HTTPStatusCode()))
	case has&asksStatusOld != 0:
		note(&f.status, statusClass(err.(interface{ StatusCode() int }).StatusCode()))
	case has&asksHTTPCode != 0:
		note(&f.status, statusClass(err.(interface{ HTTPCode() int }).HTTPCode()))
	}
	if has&asksFields != 0 {
		s.fields.read(err, f)
	}
}

// askLast asks an error for what is less telling: whether it is a timeout, or about a connection.
func (f *findings) askLast(err error, has asks) {
	if has&asksNet != 0 {
		switch e := err.(type) {
		case *net.OpError:
			note(&f.kind, opClass(e))
		default: // a textproto.ProtocolError is a response head cut short or garbled
			note(&f.kind, ClassTransient)
		}
	}
	if has&asksCanceled != 0 && err.(interface{ CanceledError() bool }).CanceledError() {
		note(&f.kind, ClassCanceled)
	}
	if has&asksTimeout != 0 && err.(interface{ Timeout() bool }).Timeout() {
		note(&f.kind, ClassTimeout)
	}
	if has&asksTemporary != 0 && err.(interface{ Temporary() bool }).Temporary() {
		note(&f.kind, ClassTransient)
	}
	if has&asksDial != 0 && err.(interface{ ConnectionError() bool }).ConnectionError() {
		note(&f.weak, ClassTransient) // a canceled request is such an error too
	}
}

// opClass returns the class of a net.OpError that holds no errno. Another dial may help.
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

// errnoClass returns the class of an error number of the operating system. The numbers that are not
// listed concern files or arguments, and another attempt does not change these.
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
