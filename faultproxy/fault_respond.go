package faultproxy

import (
	"errors"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/s3chaos/s3chaos/faultproxy/internal/wire"
)

// respond answers in place of the upstream with an S3 error, or with what a load balancer in front
// of S3 would send.
type respond Response

// Response is what [RespondWith] answers. The zero value is a 503 with S3's error document.
type Response struct {
	Status     int               `yaml:"status"`      // 200–599; zero: the code's usual status, else 503
	Code       string            `yaml:"code"`        // S3 error code; empty: the status's usual code
	Message    string            `yaml:"message"`     // empty: the code's usual message
	Headers    map[string]string `yaml:"headers"`     // added to the answer, in place of its own of that name
	RetryAfter time.Duration     `yaml:"retry_after"` // whole seconds; zero: no Retry-After header
	Body       ErrorBody         `yaml:"body"`        // zero: BodyXML
	Early      bool              `yaml:"early"`       // answer without reading the request body, then close
}

// ErrorBody is the body of a [Response].
type ErrorBody string

// S3's error document, the page of a load balancer, a document with a wrong tag or cut short, or
// nothing.
const (
	BodyXML          ErrorBody = "xml"
	BodyHTML         ErrorBody = "html"
	BodyMalformedXML ErrorBody = "malformed_xml"
	BodyTruncatedXML ErrorBody = "truncated_xml"
	BodyEmpty        ErrorBody = "empty"
)

// Respond answers with an S3 error document. Status 0 takes the code's usual status; an empty code
// takes the status's usual code. A success without a code has no document.
func Respond(status int, code string) Fault { return &respond{Status: status, Code: code} }

// RespondAfter is [Respond] with a Retry-After header; the wait must be whole seconds.
func RespondAfter(status int, code string, retryAfter time.Duration) Fault {
	return &respond{Status: status, Code: code, RetryAfter: retryAfter}
}

// RespondWith answers with all that an answer may have: a message, headers, the body of a load
// balancer.
func RespondWith(r Response) Fault {
	r.Headers = maps.Clone(r.Headers) // a fault never changes
	return (*respond)(&r)
}

func (f *respond) Kind() string   { return "respond" }
func (f *respond) String() string { return printFault(f) }
func (f *respond) part(r *Rule)   { r.Fault = f }
func (f *respond) traits() traits { return traits{order: insteadOfUpstream} }
func (f *respond) Validate() error {
	var errs []error
	if f.Status != 0 && (f.Status < 200 || f.Status > 599) {
		errs = append(errs, fieldErrorf("respond.status", "%d is no final HTTP status (200 to 599)", f.Status))
	}
	if f.RetryAfter%time.Second != 0 {
		errs = append(errs, fieldErrorf("respond.retry_after", "%v is not in whole seconds", f.RetryAfter))
	}
	for _, name := range slices.Sorted(maps.Keys(f.Headers)) {
		if err := wire.ValidateHeader(name, f.Headers[name]); err != nil {
			errs = append(errs, fieldErrorf("respond.headers", "%v", err))
		} else if wire.IsFramingHeader(name) {
			errs = append(errs, fieldErrorf("respond.headers", "%s would change the framing", name))
		} else {
			errs = append(errs, utf8Text("respond.headers", f.Headers[name]))
		}
	}
	return errors.Join(append(errs, errorCode("respond.code", f.Code), xmlText("respond.message", f.Message),
		notNegative("respond.retry_after", f.RetryAfter),
		oneOf("respond.body", f.Body, BodyXML, BodyHTML, BodyMalformedXML, BodyTruncatedXML, BodyEmpty))...)
}

func (f *respond) act(x *exchange) {
	if !x.endRequest(f.Early) {
		return
	}
	a := answer{status: f.Status, code: f.Code, message: f.Message, headers: f.Headers, body: string(f.Body)}.usual()
	if f.RetryAfter > 0 {
		a.headers = withHeader(a.headers, "Retry-After", strconv.FormatInt(int64(f.RetryAfter/time.Second), 10))
	}
	if a.status < 300 && a.code == "" {
		if f.Message == "" && f.Body == "" {
			x.sendResponse(a.status, "", a.headers, nil)
			return
		}
		a.code = "InternalError"
	}
	x.answerError(a)
}
