package faultproxy

import (
	"maps"
	"net/http"
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
	Status int `yaml:"status"`
	// statuses of which each response has one, drawn from the seed and the request's identity; at
	// most one of Status, Statuses and StatusRange is set
	Statuses    []int       `yaml:"status"`
	StatusRange StatusRange `yaml:"status"`
	Code        string      `yaml:"code"` // S3 error code; empty: the usual code of the status
	// codes of which each response has one, drawn apart from the status; Code is empty then
	Codes   []string `yaml:"code"`
	Message string   `yaml:"message"` // empty: the usual message of the code
	// added to the response; they replace the proxy's own headers of the same name
	Headers     map[string]string `yaml:"headers"`
	ContentType string            `yaml:"content_type"` // empty: the usual one of the body
	// when the client may come back; zero: no such header
	RetryAfter   time.Duration  `yaml:"retry_after"`
	RetryAfterAs RetryAfterForm `yaml:"retry_after_as"` // zero: AfterSeconds
	Body         ErrorBody      `yaml:"body"`           // zero: BodyXML
	Early        bool           `yaml:"early"`          // respond without reading the request's body, then close
	// respond after this many bytes of the request's body were read, then close; a request whose
	// Content-Length is smaller, or that has none, passes unchanged. Zero: after the whole body.
	AfterBytes Amount `yaml:"after_bytes"`
	// amounts of which each response has one; AfterBytes is zero then
	AfterBytesRange AmountRange `yaml:"after_bytes"`
}

// RetryAfterForm is the header in which a [Response] says when the client may come back.
type RetryAfterForm string

// AfterSeconds is Retry-After in whole seconds. AfterDate is Retry-After as an HTTP date (RFC 9110,
// section 10.2.3): the time of the response and RetryAfter, rounded up to a whole second.
// AfterMilliseconds is x-amz-retry-after in whole milliseconds.
const (
	AfterSeconds      RetryAfterForm = "seconds"
	AfterDate         RetryAfterForm = "date"
	AfterMilliseconds RetryAfterForm = "milliseconds"
)

// header returns the name and the value of the header, for a response that is sent now.
func (form RetryAfterForm) header(d time.Duration, now time.Time) (name, value string) {
	switch form {
	case AfterDate:
		at := now.Add(d + time.Second - 1).Truncate(time.Second)
		return "Retry-After", at.UTC().Format(http.TimeFormat)
	case AfterMilliseconds:
		return "x-amz-retry-after", strconv.FormatInt(d.Milliseconds(), 10)
	}
	return "Retry-After", strconv.FormatInt(int64(d/time.Second), 10)
}

// StatusRange is a choice of statuses in the form of a mapping: {between: [500, 504]} with both
// ends included, or {one_of: [500, 503]}. Exactly one of its fields is set.
type StatusRange struct {
	Between []int `yaml:"between"`
	OneOf   []int `yaml:"one_of"`
}

// ErrorBody is the body of a [Response]: one of the words below, or any other text, which is then
// sent as it is. An error whose body is a text that is not XML has the headers of a load balancer,
// as BodyHTML has.
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

var bodyWords = []ErrorBody{BodyXML, BodyHTML, BodyMalformedXML, BodyTruncatedXML, BodyEmpty}

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
	r.Statuses, r.Codes = slices.Clone(r.Statuses), slices.Clone(r.Codes)
	r.StatusRange = StatusRange{slices.Clone(r.StatusRange.Between), slices.Clone(r.StatusRange.OneOf)}
	r.AfterBytesRange = AmountRange{slices.Clone(r.AfterBytesRange.Between), slices.Clone(r.AfterBytesRange.OneOf)}
	return (*respond)(&r)
}

func (f *respond) Kind() string   { return "respond" }
func (f *respond) String() string { return printFault(f) }
func (f *respond) part(r *Rule)   { r.Fault = f }
func (f *respond) traits() traits {
	if !f.place().zero() {
		return traits{order: beforeUpstream}
	}
	return traits{order: insteadOfUpstream}
}

// place returns where in the request's body the fault responds; zero: at its end.
func (f *respond) place() Place { return Place{f.AfterBytes, f.AfterBytesRange} }

// receives reads the part of the request that comes before the response. It returns false if the
// fault does not respond.
func (f *respond) receives(x *exchange) bool {
	if f.place().zero() {
		return x.endRequest(f.Early)
	}
	framing := x.in.head.Framing()
	after, ok := f.place().in(x, x.rule, framing)
	if !ok || framing.Kind != wire.ByLength || framing.Length < int64(after) {
		x.unfire(false)
		x.pass()
		return false
	}
	return x.receive(&cut{left: int64(after)})
}

func (f *respond) act(x *exchange) {
	if !f.receives(x) {
		return
	}
	a := answer{
		status: f.drawStatus(x), code: f.drawCode(x), message: f.Message, headers: f.Headers, body: string(f.Body),
		contentType: f.ContentType,
	}.usual()
	if f.RetryAfter > 0 {
		name, value := f.RetryAfterAs.header(f.RetryAfter, time.Now())
		a.headers = withHeader(a.headers, name, value)
	}
	if a.status < 300 && a.code == "" {
		if f.Message == "" && f.Body == "" {
			x.sendResponse(a.status, f.ContentType, a.headers, nil)
			return
		}
		a.code = "InternalError"
	}
	x.answerError(a)
}

// drawStatus returns the status of one response, or 0 for the usual status of the code.
func (f *respond) drawStatus(x *exchange) int {
	if between := f.StatusRange.Between; between != nil {
		return between[0] + x.drawInt(x.rule, drawStatus, between[1]-between[0]+1)
	}
	switch list := slices.Concat(f.Statuses, f.StatusRange.OneOf); len(list) {
	case 0:
		return f.Status
	default:
		return list[x.drawInt(x.rule, drawStatus, len(list))]
	}
}

// drawCode returns the code of one response, or "" for the usual code of the status.
func (f *respond) drawCode(x *exchange) string {
	if len(f.Codes) > 0 {
		return f.Codes[x.drawInt(x.rule, drawErrorCode, len(f.Codes))]
	}
	return f.Code
}

func (f *respond) neverActsOn(op asked) string {
	if !f.place().zero() {
		return op.noRequestBody()
	}
	return ""
}

func (f *respond) idleReason() string {
	if !f.place().zero() {
		return "the request's body ended before the byte to respond at, or had no Content-Length"
	}
	return noResponse
}
