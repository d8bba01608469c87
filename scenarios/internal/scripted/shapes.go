package scripted

import (
	"errors"
	"io/fs"
	"net"
	"net/textproto"
	"time"

	"github.com/s3chaos/s3chaos/retry"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

// This file holds the types of errors: one for each way to say what kind of error it is. The ways
// are those of SDKs, of gRPC and HTTP/2, and of Go's standard library.

// shapes make an error of each type.
var shapes = map[script.ErrorType]func(plain, *script.CallError) error{
	"HTTPStatusCode": func(p plain, e *script.CallError) error { return &httpStatusCode{p, int(e.Status)} },
	"StatusCode":     func(p plain, e *script.CallError) error { return &statusCode{p, int(e.Status)} },
	"HTTPCode":       func(p plain, e *script.CallError) error { return &httpCode{p, int(e.Status)} },
	"ErrorCode":      func(p plain, e *script.CallError) error { return &errorCode{p, e.Code} },
	"Code":           func(p plain, e *script.CallError) error { return &codeMethod{p, e.Code} },

	"RetryableError":  func(p plain, e *script.CallError) error { return &retryableError{p, answer(e)} },
	"CanceledError":   func(p plain, e *script.CallError) error { return &canceledError{p, answer(e)} },
	"ConnectionError": func(p plain, e *script.CallError) error { return &connectionError{p, answer(e)} },
	"Timeout":         func(p plain, e *script.CallError) error { return &timeout{p, answer(e)} },
	"Temporary":       func(p plain, e *script.CallError) error { return &temporary{p, answer(e)} },

	"RetryAfter": func(p plain, e *script.CallError) error { return &retryAfter{p, time.Duration(e.RetryAfter)} },
	"RetryAfterOK": func(p plain, e *script.CallError) error {
		return &retryAfterOK{p, time.Duration(e.RetryAfter), answer(e)}
	},
	"RetryHint": func(p plain, e *script.CallError) error {
		h, ok := hint(e)
		return &retryHint{p, h, ok}
	},

	"smithy": func(p plain, e *script.CallError) error { return &smithy{p, int(e.Status), e.Code} },
	"azure": func(p plain, e *script.CallError) error {
		return &azure{plain: p, StatusCode: int(e.Status), ErrorCode: e.Code}
	},
	"minio": func(p plain, e *script.CallError) error { return minio{p, e.Code, int(e.Status)} },
	"googleapi": func(p plain, e *script.CallError) error {
		return &googleapi{p, int(e.Status), []reason{{"global", "other"}, {"global", e.Code}}}
	},
	"status": func(p plain, e *script.CallError) error { return &statusField{p, int(e.Status)} },
	"embedded": func(p plain, e *script.CallError) error {
		if !answer(e) {
			return &embedded{plain: p}
		}
		return &embedded{p, &Response{int(e.Status), e.Code}}
	},

	"grpc": func(p plain, e *script.CallError) error {
		if !answer(e) {
			return &grpcError{plain: p}
		}
		return &grpcError{p, &status{grpcCode(e.Code)}}
	},
	"connect": func(p plain, e *script.CallError) error { return &connect{p, grpcCode(e.Code)} },
	"http2": func(p plain, e *script.CallError) error {
		return StreamError{StreamID: 1, Code: uint32(e.Status), Cause: &p}
	},
	"nil": func(plain, *script.CallError) error { return (*azureNil)(nil) },

	"other_fields": func(p plain, e *script.CallError) error {
		return &otherFields{p, int(e.Status), e.Code, []reason{{"", e.Code}}}
	},
	"other_kinds": func(p plain, e *script.CallError) error {
		return &otherKinds{p, int64(e.Status), e.Code, int8(e.Status), []string{e.Code}}
	},
	"other_methods": func(p plain, e *script.CallError) error {
		return &otherMethods{p, uint32(e.Status), e.Code}
	},
	"other_stream": func(p plain, e *script.CallError) error {
		return otherStream{StreamID: 1, Code: uint32(e.Status), Cause: p.Error()}
	},

	"net.OpError": func(p plain, e *script.CallError) error {
		err := p.inner
		if err == nil {
			err = errors.New(p.text)
		}
		return &net.OpError{Op: e.Code, Net: "tcp", Err: err}
	},
	"net.DNSError": func(p plain, _ *script.CallError) error {
		return &net.DNSError{Err: p.text, Name: "s3.test"}
	},
	"net.AddrError": func(p plain, _ *script.CallError) error {
		return &net.AddrError{Err: p.text, Addr: "s3"}
	},
	"net.ParseError": func(p plain, _ *script.CallError) error {
		return &net.ParseError{Type: "IP address", Text: p.text}
	},
	"net.UnknownNetworkError": func(p plain, _ *script.CallError) error {
		return net.UnknownNetworkError(p.text)
	},
	"net.InvalidAddrError": func(p plain, _ *script.CallError) error {
		return net.InvalidAddrError(p.text)
	},
	"fs.PathError": func(p plain, e *script.CallError) error {
		err := p.inner
		if err == nil {
			err = errors.New(p.text)
		}
		return &fs.PathError{Op: "open", Path: e.Code, Err: err}
	},
	"textproto.ProtocolError": func(p plain, _ *script.CallError) error { return textproto.ProtocolError(p.text) },
	"retry.Error": func(p plain, e *script.CallError) error {
		return &retry.Error{Name: e.Code, Attempts: 3, Reason: retry.ErrExhausted, Cause: &p}
	},
}

// Types that say it by a method.
type (
	httpStatusCode struct {
		plain
		status int
	}
	statusCode struct {
		plain
		status int
	}
	httpCode struct {
		plain
		status int
	}
	errorCode struct {
		plain
		code string
	}
	codeMethod struct {
		plain
		code string
	}
	retryableError struct {
		plain
		is bool
	}
	canceledError struct {
		plain
		is bool
	}
	connectionError struct {
		plain
		is bool
	}
	timeout struct {
		plain
		is bool
	}
	temporary struct {
		plain
		is bool
	}
	retryAfter struct {
		plain
		after time.Duration
	}
	retryAfterOK struct {
		plain
		after time.Duration
		ok    bool
	}
	retryHint struct {
		plain
		hint retry.Hint
		ok   bool
	}
	smithy struct {
		plain
		status int
		code   string
	}
)

func (e *httpStatusCode) HTTPStatusCode() int             { return e.status }
func (e *statusCode) StatusCode() int                     { return e.status }
func (e *httpCode) HTTPCode() int                         { return e.status }
func (e *errorCode) ErrorCode() string                    { return e.code }
func (e *codeMethod) Code() string                        { return e.code }
func (e *retryableError) RetryableError() bool            { return e.is }
func (e *canceledError) CanceledError() bool              { return e.is }
func (e *connectionError) ConnectionError() bool          { return e.is }
func (e *timeout) Timeout() bool                          { return e.is }
func (e *temporary) Temporary() bool                      { return e.is }
func (e *retryAfter) RetryAfter() time.Duration           { return e.after }
func (e *retryAfterOK) RetryAfter() (time.Duration, bool) { return e.after, e.ok }
func (e *retryHint) RetryHint() (retry.Hint, bool)        { return e.hint, e.ok }
func (e *smithy) HTTPStatusCode() int                     { return e.status }
func (e *smithy) ErrorCode() string                       { return e.code }

// Types that say it in exported fields.
type (
	azure struct { // azcore.ResponseError
		plain
		ErrorCode  string
		StatusCode int
	}
	minio struct { // minio.ErrorResponse, which is no pointer
		plain
		Code       string
		StatusCode int
	}
	googleapi struct { // googleapi.Error
		plain
		Code   int
		Errors []reason
	}
	reason struct {
		Domain string
		Reason string
	}
	statusField struct {
		plain
		HTTPStatusCode int
	}
	embedded struct {
		plain
		*Response
	}
	// Response holds the fields of an error that embeds it.
	Response struct {
		StatusCode int
		Code       string
	}
	azureNil struct {
		StatusCode int
	}
)

func (e minio) Error() string     { return e.plain.Error() }
func (e minio) Unwrap() error     { return e.inner }
func (e *azureNil) Error() string { return "no error" }

// Types of gRPC, Connect and HTTP/2.
type (
	grpcError struct {
		plain
		s *status
	}
	connect struct {
		plain
		code code
	}
	// StreamError has the fields that net/http promises.
	StreamError struct {
		StreamID uint32
		Code     uint32
		Cause    error
	}
	status struct{ code code }
	code   uint32
)

func (e *grpcError) GRPCStatus() *status { return e.s }
func (e *connect) Code() code            { return e.code }
func (s *status) Code() code             { return s.code }
func (e StreamError) Error() string      { return e.Cause.Error() }

// grpcNames are the codes by their numbers, in the three spellings that are in use.
var grpcNames = []string{
	"OK", "Canceled", "Unknown", "InvalidArgument", "DeadlineExceeded", "NotFound", "AlreadyExists",
	"PermissionDenied", "ResourceExhausted", "FailedPrecondition", "Aborted", "OutOfRange", "Unimplemented",
	"Internal", "Unavailable", "DataLoss", "Unauthenticated",
	"canceled", "cancelled", "unavailable", "deadline_exceeded", "resource_exhausted", "CANCELLED", "UNAVAILABLE",
	"DEADLINE_EXCEEDED", "RESOURCE_EXHAUSTED", "NOT_FOUND",
}

// grpcCode returns the code with a name.
func grpcCode(name string) code {
	for i, known := range grpcNames {
		if known == name {
			return code(i)
		}
	}
	return code(len(grpcNames))
}

func (c code) String() string {
	if int(c) < len(grpcNames) {
		return grpcNames[c]
	}
	return "Code(99)"
}

// Types whose fields and methods have the right names and mean something else.
type (
	otherFields struct { // not exported
		plain
		statusCode int
		code       string
		errors     []reason
	}
	otherKinds struct {
		plain
		StatusCode     int64
		HTTPStatusCode string
		Code           int8
		Errors         []string
	}
	otherMethods struct {
		plain
		number uint32
		text   string
	}
	otherStream struct {
		StreamID uint32
		Code     uint32
		Cause    string
	}
)

func (e *otherMethods) Code() uint32                 { return e.number }
func (e *otherMethods) GRPCStatus(string) string     { return e.text }
func (e *otherMethods) HTTPStatusCode() string       { return e.text }
func (e *otherMethods) RetryAfter(int) time.Duration { return time.Hour }
func (e otherStream) Error() string                  { return e.Cause }
