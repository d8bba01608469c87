package script

import (
	"context"
	"database/sql/driver"
	"io"
	"io/fs"
	"maps"
	"net"
	"slices"
	"syscall"

	"github.com/s3chaos/s3chaos/internal/strictyaml"
	"github.com/s3chaos/s3chaos/retry"
)

// CallError is the error of an attempt: a known value, or a value of a type that says something of
// itself. It wraps another one, or joins several.
type CallError struct {
	strictyaml.Block `yaml:"-"`

	Text string     `yaml:"text"` // before the text of what it wraps; empty: that text alone
	Is   KnownError `yaml:"is"`   // a value of Go's standard library or of the engine
	Type ErrorType  `yaml:"type"` // default: a plain error

	Status     AnyInt            `yaml:"status"`      // the number that the type tells
	Code       string            `yaml:"code"`        // the text that the type tells
	Answer     *bool             `yaml:"answer"`      // the answer of its method; default true
	RetryAfter AnyDuration       `yaml:"retry_after"` // the wait that the type asks for
	Window     AnyDuration       `yaml:"window"`      // of that wait; see retry.Hint
	Headers    map[string]string `yaml:"headers"`     // of the response from which the type reads the wait

	Mark  ErrorMark   `yaml:"mark"` // around the error; alone: around none, which is a success
	Wraps *CallError  `yaml:"wraps"`
	Joins []CallError `yaml:"joins"`
}

// ErrorMark is a mark of the engine.
type ErrorMark string

// The marks.
const (
	MarkRetryable ErrorMark = "retryable"
	MarkPermanent ErrorMark = "permanent"
)

// ErrorType is a type of errors: what it can tell, by which method or which field.
type ErrorType string

// errorTypes are the types with the keys that they use.
var errorTypes = map[ErrorType][]string{
	"HTTPStatusCode": {"status"}, "StatusCode": {"status"}, "HTTPCode": {"status"},
	"ErrorCode": {"code"}, "Code": {"code"},
	"RetryableError": {"answer"}, "CanceledError": {"answer"}, "ConnectionError": {"answer"},
	"Timeout": {"answer"}, "Temporary": {"answer"},
	"RetryAfter": {"retry_after"}, "RetryAfterOK": {"retry_after", "answer"},
	"RetryHint": {"retry_after", "window", "answer", "headers"},

	"smithy":    {"status", "code"},
	"azure":     {"status", "code"},
	"minio":     {"status", "code"},
	"googleapi": {"status", "code"},
	"status":    {"status"},
	"embedded":  {"status", "code", "answer"},
	"grpc":      {"code", "answer"},
	"connect":   {"code"},
	"http2":     {"status"},
	"nil":       {},

	"other_fields": {"status", "code"}, "other_kinds": {"status", "code"}, "other_methods": {"status", "code"},
	"other_stream": {"status"},

	"net.OpError": {"code"}, "net.DNSError": {}, "net.AddrError": {}, "net.ParseError": {},
	"net.UnknownNetworkError": {}, "net.InvalidAddrError": {},
	"fs.PathError": {"code"}, "textproto.ProtocolError": {}, "retry.Error": {"code"},
}

// leafTypes are the types of errors that wrap no other.
var leafTypes = []ErrorType{
	"http2", "nil", "other_stream", "net.DNSError", "net.AddrError", "net.ParseError", "net.UnknownNetworkError",
	"net.InvalidAddrError", "textproto.ProtocolError",
}

// ErrorTypes returns the types, sorted.
func ErrorTypes() []ErrorType { return slices.Sorted(maps.Keys(errorTypes)) }

// KnownError names an error value: io.EOF.
type KnownError string

// knownErrors are the values.
var knownErrors = map[KnownError]error{
	"io.EOF": io.EOF, "io.ErrUnexpectedEOF": io.ErrUnexpectedEOF, "io.ErrClosedPipe": io.ErrClosedPipe,
	"io.ErrNoProgress": io.ErrNoProgress,
	"net.ErrClosed":    net.ErrClosed, "driver.ErrBadConn": driver.ErrBadConn,
	"context.DeadlineExceeded": context.DeadlineExceeded, "context.Canceled": context.Canceled,
	"fs.ErrNotExist": fs.ErrNotExist, "fs.ErrPermission": fs.ErrPermission, "fs.ErrExist": fs.ErrExist,
	"fs.ErrInvalid": fs.ErrInvalid, "fs.ErrClosed": fs.ErrClosed,

	"ECONNREFUSED": syscall.ECONNREFUSED, "ECONNRESET": syscall.ECONNRESET, "ECONNABORTED": syscall.ECONNABORTED,
	"EPIPE": syscall.EPIPE, "ENETUNREACH": syscall.ENETUNREACH, "ENETDOWN": syscall.ENETDOWN,
	"ENETRESET": syscall.ENETRESET, "EHOSTUNREACH": syscall.EHOSTUNREACH, "EHOSTDOWN": syscall.EHOSTDOWN,
	"EINTR": syscall.EINTR, "EAGAIN": syscall.EAGAIN, "ETIMEDOUT": syscall.ETIMEDOUT, "ENOENT": syscall.ENOENT,
	"EACCES": syscall.EACCES, "EINVAL": syscall.EINVAL, "ENOSPC": syscall.ENOSPC,

	"retry.ErrExhausted": retry.ErrExhausted, "retry.ErrPermanent": retry.ErrPermanent,
	"retry.ErrBudget": retry.ErrBudget, "retry.ErrBreakerOpen": retry.ErrBreakerOpen,
	"retry.ErrDeadline": retry.ErrDeadline, "retry.ErrCanceled": retry.ErrCanceled,
	"retry.ErrAttemptTimeout": retry.ErrAttemptTimeout, "retry.ErrHedgeLost": retry.ErrHedgeLost,
	"retry.ErrUnmet": retry.ErrUnmet, "retry.ErrNoOutcome": retry.ErrNoOutcome,
	nothing: nil,
}

// nothing names the nil error.
const nothing KnownError = "nil"

// Value returns the error value; nil for an unknown name.
func (k KnownError) Value() error { return knownErrors[k] }

func knownErrorNames() []KnownError { return slices.Sorted(maps.Keys(knownErrors)) }
