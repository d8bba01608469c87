package sweep

import (
	"slices"
	"strings"

	"github.com/s3chaos/s3chaos/faultproxy"
	"github.com/s3chaos/s3chaos/scenarios/hunt"
)

// A Variant is one form of a fault, as a sweep puts it at an exchange.
type Variant struct {
	Fault         string // as text: "respond: {status: 503, code: SlowDown}"
	AfterUpstream bool   // the upstream commits, and the response is lost
	Kill          bool   // the program is killed while the fault holds the exchange, and run again
}

// Kind returns the name of the fault.
func (v Variant) Kind() string {
	if v.Kill {
		return hunt.Kill
	}
	kind, _, _ := strings.Cut(v.Fault, ":")
	return kind
}

// String returns the fault, and whether it acts after the commit.
func (v Variant) String() string {
	if v.Kill {
		return v.place()
	}
	if v.AfterUpstream {
		return v.Fault + " after_upstream"
	}
	return v.Fault
}

// beyond is how long the longest silences last: a client that gives up within a usual time limit
// does so before.
const beyond = "2m"

// outlasts reports whether the fault lasts for longer than the program of an adapter may take.
// Nothing can be told of a program that waits for its end.
func (v Variant) outlasts() bool { return strings.Contains(v.Fault, ": "+beyond) }

// forms are the forms of each fault: its places, phases, and the codes that clients tell apart. A
// fault that is not here is swept in the form that its parameters have by default. A form that ends
// in "+" is also played after the commit.
var forms = map[string][]string{
	"respond": {
		"{status: 500, code: InternalError} +", "{status: 503, code: SlowDown} +",
		"{status: 503, code: ServiceUnavailable}", "{status: 503, code: SlowDown, retry_after: 2s}",
		"{status: 503, code: SlowDown, retry_after: 2s, retry_after_as: date}",
		"{status: 503, code: SlowDown, early: true}", "{status: 503, code: SlowDown, after_bytes: 50%}",
		"{status: 429, code: TooManyRequests}", "{status: 400, code: RequestTimeout}",
		"{status: 400, code: ExpiredToken}", "{status: 400, code: InvalidRequest}",
		"{status: 403, code: AccessDenied}", "{status: 403, code: RequestTimeTooSkewed}",
		"{status: 404, code: NoSuchKey}", "{status: 404, code: NoSuchBucket}", "{status: 404, code: NoSuchUpload}",
		"{status: 409, code: OperationAborted}", "{status: 409, code: ConditionalRequestConflict}",
		"{status: 412, code: PreconditionFailed} +", "{status: 501, code: NotImplemented}",
		"{status: 500, body: empty}", "{status: 502, body: html} +", "{status: 504, body: html}",
		"{status: 503, body: malformed_xml}", "{status: 503, body: truncated_xml}",
		"{status: 200, body: html}", "{status: 200, body: empty}", "{status: 200, body: malformed_xml}",
		"{status: 200, body: truncated_xml}",
	},
	"ok_with_error": {"{code: InternalError} +", "{code: SlowDown}", "{code: InternalError, whitespace: 20s}"},
	"whitespace":    {"20s"},
	"timeout":       {"{} +", "5s +"},
	"latency": {
		"{delay: 2s, before: upstream}",
		"{delay: 2s, before: response}",
		"{delay: " + beyond + ", before: response}",
	},
	"reset_peer": {
		"{at: accept}", "{at: request_head}", "{at: request_body}", "{at: request_body, after_bytes: 50%}",
		"{at: response_head}", "{at: response_body}", "{at: response_body, after_bytes: 50%}",
		"{at: response_head, hold: 2s}",
	},
	"close_early": {"{after_bytes: 0}", "{after_bytes: 50%}", "{after_bytes: 50%, close_delimited: true}"},
	"bandwidth":   {"{rate: 20KiB, in: response}", "{rate: 20KiB, in: request}"},
	"slicer":      {"{size: 10000, delay: 100ms, in: response}", "{size: 10000, delay: 100ms, in: request}"},
	"stall": {
		"{at: response_body, after_bytes: 50%, for: " + beyond + "}",
		"{at: request_body, after_bytes: 50%, for: " + beyond + "}",
	},
	"corrupt":         {"{flip: 1, in: response}", "{flip: 1, in: request}"},
	"refuse":          {"{as: refused}", "{as: unreachable}", "{as: timed_out}"},
	"dns":             {"nxdomain", "temporary"},
	"connect_timeout": {"{}"},
	"tls":             {"expired", "wrong_name", "untrusted", "handshake"},
	"malformed": {
		"{as: status_line}", "{as: header}", "{as: chunk_size}", "{as: chunk_end, after_bytes: 10}",
		"{as: content_length}",
	},
	"idle_close": {"{}", "{silent: true}"},
	"continue":   {"withhold", "late", "final"},
	"redirect": {
		"{status: 307, to: \"http://elsewhere.test/\"}",
		"{status: 301, region: eu-west-1}",
		"{status: 400, region: eu-west-1, hide_region: true}",
	},
	"stale":     {"{age: 1h}"},
	"throttle":  {"{rate: 1, burst: 1, per: all}"},
	"duplicate": {"{}"},
	"edit": {
		"{status: 500}",
		"{status: 200}",
		"{headers: {remove: [ETag]}}",
		"{headers: {set: {ETag: '\"0\"'}}}",
		"{checksum: wrong}",
		"{checksum: missing}",
	},
	"shorten":     {"{to: 0B}", "{to: 50%}"},
	"commit_late": {"{after: 2s, status: 500, code: InternalError}", "{after: 2s, silent: true}"},
	"replace":     {"{when: before}", "{when: during, after_bytes: 10}", "{when: after, size: 10}"},
	"delete_errors": {
		"{keys: \"*\", code: InternalError, message: try again}", "{keys: \"a*\", code: AccessDenied}",
	},
	"list": {
		"{drop: 1}", "{duplicate: 1}", "{repeat_token: true}", "{truncate_without_token: true}", "{key_count: 9}",
	},
}

// only are the faults that act on certain operations alone, by the beginnings of their names.
var only = map[string][]string{
	"delete_errors": {"DeleteObjects"},
	"list":          {"ListObject"},
	"continue":      {"PutObject", "UploadPart"},
	"stale":         {"Get", "Head", "List"},
	"replace":       {"Get", "Put", "Head", "Copy", "Complete"},
}

// Variants returns all forms of all faults, in the order of the format.
func Variants() []Variant {
	var all []Variant
	for _, kind := range faultproxy.Kinds() {
		own := forms[kind]
		if own == nil {
			own = []string{"{}"}
		}
		for _, form := range own {
			form, committed := strings.CutSuffix(form, " +")
			all = append(all, Variant{Fault: kind + ": " + form})
			if committed {
				all = append(all, Variant{Fault: kind + ": " + form, AfterUpstream: true})
			}
		}
	}
	return all
}

// fits reports whether the fault can act on the operation.
func (v Variant) fits(operation string) bool {
	names := only[v.Kind()]
	return names == nil || slices.ContainsFunc(names, func(n string) bool { return strings.HasPrefix(operation, n) })
}

// ofConnection reports whether the fault acts on a connection, which has no request to match.
func (v Variant) ofConnection() bool {
	return slices.Contains([]string{"refuse", "dns", "connect_timeout", "tls"}, v.Kind()) ||
		v.Fault == "reset_peer: {at: accept}"
}
