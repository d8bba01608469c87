package faultproxy

import (
	"errors"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/s3chaos/s3chaos/faultproxy/internal/wire"
)

// respond answers in place of the upstream, as S3 or as a load balancer in front of S3.
type respond Response

// Response is the response of [RespondWith]. The zero value is a 503 with S3's error document.
type Response struct {
	// 200 to 599; zero: the usual status of the code, or 503 without a code
	Status  int    `yaml:"status"`
	Code    string `yaml:"code"`    // S3 error code; empty: the usual code of the status
	Message string `yaml:"message"` // empty: the usual message of the code
	// added to the response; they replace the proxy's own headers of the same name
	Headers    map[string]string `yaml:"headers"`
	RetryAfter time.Duration     `yaml:"retry_after"` // whole seconds; zero: no header Retry-After
	Body       ErrorBody         `yaml:"body"`        // zero: BodyXML
	Early      bool              `yaml:"early"`       // respond without reading the request's body, then close
}

// ErrorBody is the body of a [Response].
type ErrorBody string

// BodyXML is S3's error document, BodyHTML the page of a load balancer. BodyMalformedXML has a
// wrong end tag, BodyTruncatedXML ends within a tag, and BodyEmpty is no body.
const (
	BodyXML          ErrorBody = "xml"
	BodyHTML         ErrorBody = "html"
	BodyMalformedXML ErrorBody = "malformed_xml"
	BodyTruncatedXML ErrorBody = "truncated_xml"
	BodyEmpty        ErrorBody = "empty"
)

// Respond answers with an S3 error document. Status 0 means the usual status of the code; an empty
// code means the usual code of the status. A response with a status below 300 and no code has no
// document.
func Respond(status int, code string) Fault { return &respond{Status: status, Code: code} }

// RespondAfter answers as [Respond] does, with a header Retry-After. retryAfter must be whole
// seconds.
func RespondAfter(status int, code string, retryAfter time.Duration) Fault {
	return &respond{Status: status, Code: code, RetryAfter: retryAfter}
}

// RespondWith answers with a response of which every part can be chosen.
func RespondWith(r Response) Fault {
	r.Headers = maps.Clone(r.Headers) // because a fault must not change
	return (*respond)(&r)
}

func (f *respond) Kind() string   { return "respond" }
func (f *respond) String() string { return printFault(f) }
func (f *respond) part(r *Rule)   { r.Fault = f }
func (f *respond) traits() traits { return traits{order: insteadOfUpstream} }
func (f *respond) Validate() error {
	var errs []error
	if f.Status != 0 && (f.Status < 200 || f.Status > 599) {
		errs = append(errs, fieldErrorf("respond.status", "%d: want 200 to 599", f.Status))
	}
	if f.RetryAfter%time.Second != 0 {
		errs = append(errs, fieldErrorf("respond.retry_after", "%v: want whole seconds", f.RetryAfter))
	}
	for _, name := range slices.Sorted(maps.Keys(f.Headers)) {
		if err := wire.ValidateHeader(name, f.Headers[name]); err != nil {
			errs = append(errs, fieldErrorf("respond.headers", "%v", err))
		} else if wire.IsFramingHeader(name) {
			errs = append(errs, fieldErrorf("respond.headers", "%s: the proxy sets this header itself", name))
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
