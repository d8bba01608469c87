package scripted

import (
	"io/fs"
	"net"
	"net/textproto"
	"time"

	"github.com/s3chaos/s3chaos/retry"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

// This file makes an error of each type: one for each way to say what kind of error it is. The ways
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
		return &net.OpError{Op: e.Code, Net: "tcp", Err: p.cause()}
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
		return &fs.PathError{Op: "open", Path: e.Code, Err: p.cause()}
	},
	"textproto.ProtocolError": func(p plain, _ *script.CallError) error { return textproto.ProtocolError(p.text) },
	"retry.Error": func(p plain, e *script.CallError) error {
		return &retry.Error{Name: e.Code, Attempts: 3, Reason: retry.ErrExhausted, Cause: &p}
	},
}
