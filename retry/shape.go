package retry

import (
	"context"
	"database/sql/driver"
	"io"
	"io/fs"
	"net"
	"net/textproto"
	"reflect"
	"sync/atomic"
	"syscall"
	"unsafe"
)

// A shape lists what the type of an error offers to a classifier: its methods and, for structs, its
// fields. Asking a type for each method costs far more than calling the few that it has, so the
// shape of a type is worked out once and remembered.
type shape struct {
	asks     asks
	sentinel Class   // of all errors of the type, if its only value is a sentinel
	fields   *fields // nil unless asks has asksFields
}

// asks is a set of questions that an error answers.
type asks uint32

const (
	asksMark      asks = 1 << iota // it is a mark of the caller
	asksFinal                      // it is an *Error: the call within has ended
	asksErrno                      // syscall.Errno
	asksRetryable                  // RetryableError() bool
	asksErrorCode                  // ErrorCode() string
	asksCode                       // Code() string
	asksStatus                     // HTTPStatusCode() int
	asksStatusOld                  // StatusCode() int
	asksHTTPCode                   // HTTPCode() int
	asksFields                     // exported fields that say status or code, or a gRPC status
	asksPath                       // *fs.PathError
	asksSentinel                   // it may be a sentinel of the standard library
	asksNet                        // net.OpError, net.DNSError, textproto.ProtocolError
	asksTimeout                    // Timeout() bool
	asksTemporary                  // Temporary() bool
	asksDial                       // ConnectionError() bool
	asksCanceled                   // CanceledError() bool
	asksHint                       // RetryHint or RetryAfter
	asksOne                        // Unwrap() error
	asksMany                       // Unwrap() []error

	// asksFirst decide before the questions in asksLast are put.
	asksFirst = asksErrno | asksRetryable | asksErrorCode | asksCode | asksStatus | asksStatusOld |
		asksHTTPCode | asksFields | asksPath
	asksAnyStatus = asksStatus | asksStatusOld | asksHTTPCode
	asksLast      = asksNet | asksTimeout | asksTemporary | asksDial | asksCanceled
)

// shapeSlots bounds the types that are remembered. Each type has one slot, and replaces the type
// that held the slot before it.
const shapeSlots = 256

var shapes [shapeSlots]atomic.Pointer[typeShape]

type typeShape struct {
	typ uintptr
	shape
}

// knownShape returns the shape of err's type, or nil if the type has no slot: then learn finds the
// shape. Small enough to be inlined, it saves a call for each error of a tree.
func knownShape(err error) *shape {
	typ := typeWord(err)
	if known := shapes[slotOf(typ)].Load(); known != nil && known.typ == typ {
		return &known.shape
	}
	return nil
}

// slotOf returns the slot of a type.
func slotOf(typ uintptr) uintptr { return (typ>>5 ^ typ>>13) % shapeSlots }

// learn works out the shape of err's type and puts it into its slot.
func learn(err error) *shape {
	known := &typeShape{typeWord(err), newShape(err)}
	shapes[slotOf(known.typ)].Store(known)
	return &known.shape
}

// typeWord returns the first word of an error. It points to what the runtime keeps of the error's
// type and never frees, so it stands for the type. To read one word costs 5 ns less than to copy
// both, because the processor cannot load two words at once that were just stored one by one.
func typeWord(err error) uintptr { return *(*uintptr)(unsafe.Pointer(&err)) }

// dataWord returns the second word of an error, a pointer to its value.
func dataWord(err error) uintptr {
	return *(*uintptr)(unsafe.Add(unsafe.Pointer(&err), unsafe.Sizeof(uintptr(0))))
}

func newShape(err error) shape {
	s := shape{asks: methodsOf(err)}
	switch err.(type) {
	case *mark:
		return shape{asks: asksMark | asksOne}
	case *Error:
		return shape{asks: asksFinal | asksMany}
	case syscall.Errno:
		return shape{asks: asksErrno}
	case *fs.PathError:
		s.asks |= asksPath
	case *net.OpError, *net.DNSError, textproto.ProtocolError:
		s.asks |= asksNet
	}
	typ := reflect.TypeOf(err)
	for _, sentinel := range sentinels {
		if typ == reflect.TypeOf(sentinel.err) {
			s.asks |= asksSentinel
			if typ.Kind() != reflect.Pointer {
				s.sentinel = sentinel.class
			}
		}
	}
	if s.fields = fieldsOf(typ, s.asks); s.fields != nil {
		s.asks |= asksFields
	}
	return s
}

// methodsOf returns the methods of err that say what kind of error it is.
func methodsOf(err error) asks {
	var set asks
	add := func(question asks, has bool) {
		if has {
			set |= question
		}
	}
	_, has := err.(interface{ RetryableError() bool })
	add(asksRetryable, has)
	_, has = err.(interface{ ErrorCode() string })
	add(asksErrorCode, has)
	_, has = err.(interface{ Code() string })
	add(asksCode, has)
	_, has = err.(interface{ HTTPStatusCode() int })
	add(asksStatus, has)
	_, has = err.(interface{ StatusCode() int })
	add(asksStatusOld, has)
	_, has = err.(interface{ HTTPCode() int })
	add(asksHTTPCode, has)
	_, has = err.(interface{ Timeout() bool })
	add(asksTimeout, has)
	_, has = err.(interface{ Temporary() bool })
	add(asksTemporary, has)
	_, has = err.(interface{ ConnectionError() bool })
	add(asksDial, has)
	_, has = err.(interface{ CanceledError() bool })
	add(asksCanceled, has)
	add(asksHint, mayHint(err))
	_, has = err.(interface{ Unwrap() error })
	add(asksOne, has)
	_, has = err.(interface{ Unwrap() []error })
	add(asksMany, has)
	return set
}

// sentinels are the errors of the standard library that are values.
var sentinels = [...]struct {
	err   error
	class Class
}{
	{io.EOF, ClassTransient},
	{io.ErrUnexpectedEOF, ClassTransient},
	{io.ErrClosedPipe, ClassTransient},
	{net.ErrClosed, ClassTransient},
	{driver.ErrBadConn, ClassTransient},
	{context.DeadlineExceeded, ClassTimeout},
	{context.Canceled, ClassCanceled},
	{fs.ErrNotExist, ClassPermanent},
	{fs.ErrPermission, ClassPermanent},
	{fs.ErrExist, ClassPermanent},
	{fs.ErrInvalid, ClassPermanent},
	{fs.ErrClosed, ClassPermanent},
}

// sentinelWords are the data words of the sentinels that are pointers. To compare these costs a
// tenth of comparing errors, and most errors in a program have the same type as the sentinels.
var sentinelWords = func() (words [len(sentinels)]uintptr) {
	for i := range sentinels {
		if reflect.TypeOf(sentinels[i].err).Kind() == reflect.Pointer {
			words[i] = dataWord(sentinels[i].err)
		}
	}
	return words
}()

// sentinelClass returns the class of an error whose type asksSentinel, or ClassUnknown.
func (s *shape) sentinelClass(err error) Class {
	if s.sentinel != ClassUnknown {
		return s.sentinel
	}
	data := dataWord(err)
	for i := range sentinelWords {
		if sentinelWords[i] == data {
			return sentinels[i].class
		}
	}
	return ClassUnknown
}
