package faultproxy

import (
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/s3chaos/s3chaos/faultproxy/internal/wire"
)

// respond answers in place of the upstream with an S3 error, or with what a load balancer in front of S3 would send.
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

// S3's error document, the page of a load balancer, a document with a wrong tag or cut short, or nothing.
const (
	BodyXML          ErrorBody = "xml"
	BodyHTML         ErrorBody = "html"
	BodyMalformedXML ErrorBody = "malformed_xml"
	BodyTruncatedXML ErrorBody = "truncated_xml"
	BodyEmpty        ErrorBody = "empty"
)

// Respond answers with an S3 error document. Status 0 takes the code's usual status; an empty code takes the
// status's usual code. A success without a code has no document.
func Respond(status int, code string) Fault { return &respond{Status: status, Code: code} }

// RespondAfter is [Respond] with a Retry-After header; the wait must be whole seconds.
func RespondAfter(status int, code string, retryAfter time.Duration) Fault {
	return &respond{Status: status, Code: code, RetryAfter: retryAfter}
}

// RespondWith answers with all that an answer may have: a message, headers, the body of a load balancer.
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

// okWithError answers 200 with an error document, as S3 does when a copy or the completion of an upload fails late.
type okWithError struct {
	Code    string `yaml:"code"`    // default InternalError
	Message string `yaml:"message"` // empty: the code's usual message
}

// OKWithError answers status 200 with an S3 error document, as S3 does when CompleteMultipartUpload, CopyObject or
// UploadPartCopy fails after the head was sent. An empty code means InternalError.
func OKWithError(code string) Fault { return &okWithError{Code: code} }

func (f *okWithError) Kind() string   { return "ok_with_error" }
func (f *okWithError) String() string { return printFault(f) }
func (f *okWithError) part(r *Rule)   { r.Fault = f }
func (f *okWithError) traits() traits { return traits{order: insteadOfUpstream} }
func (f *okWithError) Validate() error {
	return errors.Join(errorCode("ok_with_error.code", f.Code), xmlText("ok_with_error.message", f.Message))
}

// redirect answers 301, 302, 303, 307 or 308.
type redirect struct {
	Status int    `yaml:"status"` // default 307
	To     string `yaml:"to"`     // Location; a URL without path keeps the request's target, its query beside the URL's; empty: the same place
}

// Redirect answers with a redirection. Status 0 means 307; an empty destination means the same host and target.
func Redirect(status int, to string) Fault { return &redirect{Status: status, To: to} }

func (f *redirect) Kind() string   { return "redirect" }
func (f *redirect) String() string { return printFault(f) }
func (f *redirect) part(r *Rule)   { r.Fault = f }
func (f *redirect) traits() traits { return traits{order: insteadOfUpstream} }
func (f *redirect) Validate() error {
	var status error
	switch f.Status {
	case 0, 301, 302, 303, 307, 308:
	default:
		status = fieldErrorf("redirect.status", "%d is no redirection (301, 302, 303, 307 or 308)", f.Status)
	}
	to := utf8Text("redirect.to", f.To)
	if strings.ContainsFunc(f.To, func(c rune) bool { return c <= ' ' || c == 0x7f }) {
		to = fieldErrorf("redirect.to", "a location holds no spaces or control characters")
	}
	return errors.Join(status, to)
}

func (f *respond) act(x *exchange) {
	if !x.settleRequest(f.Early) {
		return
	}
	a := answer{status: f.Status, code: f.Code, message: f.Message, headers: f.Headers, body: string(f.Body)}.usual()
	if f.RetryAfter > 0 {
		a.headers = withHeader(a.headers, "Retry-After", strconv.FormatInt(int64(f.RetryAfter/time.Second), 10))
	}
	if a.status < 300 && a.code == "" {
		if f.Message == "" && f.Body == "" {
			x.say(a.status, "", a.headers, nil)
			return
		}
		a.code = "InternalError"
	}
	x.answerError(a)
}

// settleRequest brings the request to an end before a fault answers it: the upstream acts where the rule says so, else
// the body is read, unless the answer is to come early.
func (x *exchange) settleRequest(early bool) bool {
	if x.afterUpstream() {
		return x.through() && x.discard()
	}
	return early || x.receive(nil)
}

// withHeader is headers with one more, unless they have it in whatever case.
func withHeader(headers map[string]string, name, value string) map[string]string {
	if hasHeader(headers, name) {
		return headers
	}
	more := map[string]string{name: value}
	maps.Copy(more, headers)
	return more
}

func hasHeader(headers map[string]string, wanted string) bool {
	for name := range headers {
		if strings.EqualFold(name, wanted) {
			return true
		}
	}
	return false
}

func (f *okWithError) act(x *exchange) {
	if !x.settleRequest(false) {
		return
	}
	a := answer{code: f.Code, message: f.Message}
	if a.code == "" {
		a.code = "InternalError"
	}
	a = a.usual()
	a.status = 200
	x.answerError(a)
}

func (f *redirect) act(x *exchange) {
	if !x.settleRequest(false) {
		return
	}
	status := f.Status
	if status == 0 {
		status = 307
	}
	code, message := "TemporaryRedirect", "You are being redirected to the bucket while DNS updates."
	if status == 301 || status == 308 {
		code, message = "PermanentRedirect", "The bucket you are attempting to access must be addressed using the specified endpoint."
	}
	x.answerError(answer{status: status, code: code, message: message, headers: map[string]string{"Location": f.location(x)}})
}

func (f *redirect) location(x *exchange) string {
	to := f.To
	if to == "" {
		scheme := "http://"
		if x.p.cfg.TLS != nil {
			scheme = "https://"
		}
		to = scheme + x.req.Host
	}
	scheme, rest, ok := strings.Cut(to, "://")
	if !ok || strings.ContainsAny(scheme, "/?#") {
		return to // no authority: all of it is target
	}
	host, fragment := rest, ""
	if i := strings.IndexByte(rest, '#'); i >= 0 {
		host, fragment = rest[:i], rest[i:]
	}
	host, query, _ := strings.Cut(host, "?")
	if strings.Contains(host, "/") {
		return to
	}
	if x.req.Query != "" && query != "" {
		query = "&" + query
	}
	if query = x.req.Query + query; query != "" {
		query = "?" + query
	}
	return scheme + "://" + host + x.req.Path + query + fragment
}
