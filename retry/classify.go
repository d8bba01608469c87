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
	var f findings
	return r.judge(ctx, err, &f)
}

// judge is classify that leaves in f what the errors of the tree say.
func (r *Retryer) judge(ctx context.Context, err error, f *findings) Class {
	class := f.examine(err)
	if f.by < byMark && (r.overrides || class == ClassUnknown) {
		class = r.override(ctx, err, f, class)
	}
	return class
}

// hinted reports whether err, whose tree f has examined, has a Hint.
func (f *findings) hinted(err error) bool {
	if f.asks&(asksHint|asksMark|asksFinal) == 0 {
		return false
	}
	_, ok := HintOf(err)
	return ok
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

// findings holds the most deliberate answer that the errors of a tree give. Of two answers to the
// same question that of the outer error counts.
type findings struct {
	class Class
	by    rank
	path  bool // a file's name is in the text
	asks  asks // questions that errors of the tree answer

	// answered is an error that has a status. It is asked when no code has decided, because most
	// errors of services have both.
	answered error
	status   asks // how to ask it
}

// rank says which question an answer is to. Where two questions have an answer, the higher rank
// counts.
type rank uint8

const (
	byNothing  rank = iota
	bySentinel      // a value of the standard library
	byWeak          // an error of a connection, which may be a canceled one
	byKind          // a timeout, or an error of net
	bySystem        // an error number
	byStatus        // an HTTP status
	byCode          // the code of a service
	byMethod        // RetryableError
	byMark          // Retryable or Permanent
	byEnd           // an inner call has ended
)

// note keeps an answer that counts for more than those before it.
func (f *findings) note(by rank, class Class) {
	if by > f.by && class != ClassUnknown {
		f.by, f.class = by, class
	}
}

// examine asks the whole tree and returns its class. Most errors decide by what is cheap to ask, so
// that the rest is left for a second walk.
func (f *findings) examine(err error) Class {
	f.visit(err, asksFirst)
	f.askStatus()
	if f.by <= bySentinel && f.asks&asksLast != 0 {
		f.visit(err, asksLast)
	}
	return f.class
}

// visit walks the tree of err in the order of errors.Is and asks those of the questions that an
// error answers.
func (f *findings) visit(err error, questions asks) {
	for err != nil {
		s := knownShape(err)
		if s == nil {
			s = learn(err)
		}
		has := s.asks
		f.asks |= has
		if has&(asksMark|asksFinal) != 0 {
			f.decide(err) // a mark hides the errors that it wraps
			return
		}
		if has&questions != 0 {
			if questions == asksFirst {
				f.askFirst(err, s)
			} else {
				f.askLast(err, has)
			}
		}
		if has&asksSentinel != 0 {
			by := bySentinel
			if questions == asksLast {
				by = byKind // so that the order of the tree decides between the two
			}
			f.note(by, s.sentinelClass(err))
		}
		if has&(asksOne|asksMany) == 0 {
			return
		}
		if has&asksMany != 0 {
			for _, branch := range err.(interface{ Unwrap() []error }).Unwrap() {
				f.visit(branch, questions)
			}
			return
		}
		err = err.(interface{ Unwrap() error }).Unwrap()
	}
}

// decide notes a mark, or the *Error of an inner call. An *Error is final, whatever it holds and
// whatever mark is beside it, unless a mark is around it.
func (f *findings) decide(err error) {
	switch e := err.(type) {
	case *mark:
		f.note(byMark, e.class)
	case *Error:
		f.note(byEnd, ClassPermanent)
	}
}

// askFirst asks an error for what decides: codes and statuses.
func (f *findings) askFirst(err error, s *shape) {
	has := s.asks
	if has&asksErrno != 0 {
		f.note(bySystem, errnoClass(err.(syscall.Errno)))
		return
	}
	if has&asksPath != 0 {
		f.path = true
	}
	if has&asksRetryable != 0 {
		class := ClassPermanent
		if err.(interface{ RetryableError() bool }).RetryableError() {
			class = ClassTransient
		}
		f.note(byMethod, class)
	}
	if f.by < byCode {
		if has&asksErrorCode != 0 {
			f.note(byCode, codeClass(err.(interface{ ErrorCode() string }).ErrorCode()))
		} else if has&asksCode != 0 {
			f.note(byCode, codeClass(err.(interface{ Code() string }).Code()))
		}
	}
	if has&asksAnyStatus != 0 && f.by < byStatus {
		f.askStatus()
		f.answered, f.status = err, has
	}
	if has&asksFields != 0 {
		s.fields.read(err, f)
	}
}

// askStatus asks the error that has a status.
func (f *findings) askStatus() {
	if f.answered != nil && f.by < byStatus {
		f.note(byStatus, statusClass(ownStatus(f.answered, f.status)))
		f.answered = nil
	}
}

// ownStatus returns the HTTP status that err says by a method, else 0.
func ownStatus(err error, has asks) int {
	switch {
	case has&asksStatus != 0:
		return err.(interface{ HTTPStatusCode() int }).HTTPStatusCode()
	case has&asksStatusOld != 0:
		return err.(interface{ StatusCode() int }).StatusCode()
	case has&asksHTTPCode != 0:
		return err.(interface{ HTTPCode() int }).HTTPCode()
	}
	return 0
}

// askLast asks an error for what is less telling: whether it is a timeout, or about a connection.
func (f *findings) askLast(err error, has asks) {
	if has&asksNet != 0 {
		switch e := err.(type) {
		case *net.OpError:
			f.note(byKind, opClass(e))
		default: // a textproto.ProtocolError is a response head cut short or garbled
			f.note(byKind, ClassTransient)
		}
	}
	if has&asksCanceled != 0 && err.(interface{ CanceledError() bool }).CanceledError() {
		f.note(byKind, ClassCanceled)
	}
	if has&asksTimeout != 0 && err.(interface{ Timeout() bool }).Timeout() {
		f.note(byKind, ClassTimeout)
	}
	if has&asksTemporary != 0 && err.(interface{ Temporary() bool }).Temporary() {
		f.note(byKind, ClassTransient)
	}
	if has&asksDial != 0 && err.(interface{ ConnectionError() bool }).ConnectionError() {
		f.note(byWeak, ClassTransient) // a canceled request is such an error too
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
