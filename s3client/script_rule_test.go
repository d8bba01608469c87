package s3client_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// This file draws the faults of random scripts. The server is honest: it may be slow, broken or
// hidden behind something else, but what S3 itself says is true, except where a response is struck
// by a fault that no client can know. The judge excuses exactly these.
//
// The scripts have no replace and no commit_late: the judge knows what the script's own steps
// write, not what another writer does, nor what S3 writes after a lookup saw that the write is
// missing.

// drawnOperations are the operations that faults strike.
var drawnOperations = []string{
	"PutObject", "CreateMultipartUpload", "UploadPart", "CompleteMultipartUpload", "AbortMultipartUpload",
	"GetObject", "GetObject", "HeadObject", "DeleteObject", "CopyObject", "ListObjectsV2", "ListMultipartUploads",
	"DeleteObjects",
}

// ofConnections are faults that strike connections, whatever they are for.
var ofConnections = []string{
	"refuse: {}", "refuse: {as: unreachable}", "refuse: {as: no_route}", "refuse: {as: timed_out}",
	"dns: nxdomain", "dns: temporary",
	"connect_timeout: {}", "reset_peer: {at: accept}", "tls: expired", "tls: wrong_name", "tls: untrusted",
	"tls: handshake",
}

// drawAim draws the operations of a script's faults: any, or a write and the lookup that settles
// it.
func drawAim(r *rand.Rand) []string {
	if r.IntN(2) == 0 {
		return drawnOperations
	}
	writes := []string{
		"PutObject", "PutObject", "CompleteMultipartUpload", "DeleteObject", "CopyObject", "DeleteObjects",
	}
	return []string{writes[r.IntN(len(writes))], "HeadObject"}
}

// drawRules draws a fault of an operation in aim, and when it strikes; sometimes with faults that
// shape the same exchange.
func drawRules(r *rand.Rand, tls bool, aim []string) []string {
	if r.IntN(8) == 0 {
		fault := ofConnections[r.IntN(len(ofConnections))]
		for !tls && strings.HasPrefix(fault, "tls") {
			fault = ofConnections[r.IntN(len(ofConnections))]
		}
		from := r.IntN(20)
		return []string{fmt.Sprintf("{match: {}, during: [%ds, %ds], %s}", from, from+1+r.IntN(10), fault)}
	}
	at := aim[r.IntN(len(aim))]
	var rules []string
	for r.IntN(4) == 0 {
		shapes := shapesOf(r, at)
		rules = append(rules, drawMatch(r, at)+"chain: true, "+drawWhen(r)+shapes[r.IntN(len(shapes))]+"}")
	}
	faults := faultsOf(r, at)
	return append(rules, drawMatch(r, at)+drawWhen(r)+faults[r.IntN(len(faults))]+"}")
}

// drawMatch draws which requests of an operation a rule is for: mostly all.
func drawMatch(r *rand.Rand, operation string) string {
	only := ""
	if r.IntN(5) == 0 {
		only = []string{
			", reused: true", ", reused: false", ", min_length: 1", ", min_length: 16KiB", ", max_length: 16KiB",
			", not: {attempt: 1}", ", not: {key: b}", ", not: {reused: true, max_length: 1KiB}",
		}[r.IntN(8)]
	}
	return "{match: {operation: " + operation + only + "}, "
}

func drawWhen(r *rand.Rand) string {
	from := r.IntN(20)
	return []string{
		"times: 1, ", fmt.Sprintf("times: %d, ", 2+r.IntN(3)), fmt.Sprintf("after: %d, times: 2, ", r.IntN(4)),
		[]string{
			"probability: 0.4, ", "probability: 0.4, per: request, ", "probability: 0.4, per: connection, ",
			"probability: 0.4, per: key, ",
		}[r.IntN(4)], "",
		fmt.Sprintf("during: [%ds, %ds], ", from, from+1+r.IntN(20)),
	}[r.IntN(6)]
}

// drawPlace draws a place in a body.
func drawPlace(r *rand.Rand) string {
	bytes := r.IntN(20_000)
	return []string{
		fmt.Sprint(bytes), "1%", "50%", "99%", fmt.Sprintf("{between: [0, %d]}", 1+bytes),
		fmt.Sprintf("{one_of: [1, 10%%, %d]}", bytes),
	}[r.IntN(6)]
}

// faultsOf lists the faults of one operation.
func faultsOf(r *rand.Rand, operation string) []string {
	bytes := r.IntN(20_000)
	faults := append(shapesOf(r, operation),
		drawResponse(r), drawResponse(r), drawResponse(r), drawResponse(r),
		"timeout: 3s", "timeout: {}", "timeout: {}, after_upstream: true",
		"reset_peer: {at: request_head}",
		"reset_peer: {at: request_head, hold: 2s}",
		fmt.Sprintf("reset_peer: {at: request_body, after_bytes: %d}", bytes), "reset_peer: {at: response_head}",
		fmt.Sprintf("reset_peer: {at: response_body, after_bytes: %d}", bytes),
		fmt.Sprintf("close_early: {after_bytes: %d}", bytes),
		fmt.Sprintf("close_early: {after_bytes: %d, close_delimited: true}", bytes),
		"reset_peer: {at: request_body, after_bytes: "+drawPlace(r)+"}", "reset_peer: {at: request_body, after: 2s}",
		"reset_peer: {at: response_body, after_bytes: "+drawPlace(r)+"}", "reset_peer: {at: response_body, after: 1s}",
		"close_early: {after_bytes: "+drawPlace(r)+"}", "close_early: {after: 1s}",
		"malformed: {as: status_line}", "malformed: {as: header}", "malformed: {as: content_length}",
		fmt.Sprintf("malformed: {as: chunk_size, after_bytes: %d}", bytes),
		fmt.Sprintf("malformed: {as: chunk_end, after_bytes: %d}", bytes),
		"idle_close: {}", "idle_close: {silent: true}", "duplicate: {}",
		"continue: withhold", "continue: late", "continue: final", "redirect: {status: 307}",
		"redirect: {status: 308}",
		`redirect: {status: 307, to: "http://stranger.test"}`, "throttle: {rate: 1, burst: 1, per: all}",
		"redirect: {region: eu-west-1}", "redirect: {region: eu-west-1, hide_region: true}",
		"redirect: {status: 400, region: eu-west-1}", "redirect: {status: 307, region: eu-west-1}",
		"respond: {status: 200, body: empty}", "respond: {status: 200, body: html}",
		"respond: {status: 200, body: "+pages[r.IntN(len(pages))]+"}",
		"respond: {status: 503, code: SlowDown, after_bytes: "+drawPlace(r)+"}",
		"respond: {status: 502, body: html, after_bytes: "+drawPlace(r)+"}",
	)
	if operation == "HeadObject" {
		faults = append(faults, "respond: {status: 404, body: html}", "respond: {status: 404, body: html}")
	} else {
		faults = append(faults, "reset_peer: {at: response_head}", "timeout: {}, after_upstream: true")
	}
	switch operation {
	case "GetObject":
		faults = append(faults, "stale: {age: 5s}")
	case "ListObjectsV2":
		faults = append(faults, "stale: {age: 5s}", "whitespace: 25s", "list: {drop: 1}", "list: {drop: \"*a\"}",
			"list: {duplicate: 1}", "list: {repeat_token: true}",
			"list: {truncate_without_token: true}",
			"list: {key_count: 7}")
	case "DeleteObjects":
		faults = append(faults, "delete_errors: {code: InternalError}", "delete_errors: {keys: \"*a\", code: SlowDown}",
			"delete_errors: {keys: \"*a\", code: AccessDenied}", "whitespace: 25s",
			"ok_with_error: {code: InternalError}")
	case "CompleteMultipartUpload", "CopyObject":
		faults = append(faults, "ok_with_error: {code: InternalError}",
			"ok_with_error: {code: InternalError}, after_upstream: true",
			"ok_with_error: {code: InternalError, whitespace: 25s}", "whitespace: 25s", "whitespace: 1s",
			"ok_with_error: {code: AccessDenied}", "ok_with_error: {code: SlowDown}")
	}
	return faults
}

// pages are bodies that S3 never sends.
var pages = []string{"gone fishing", `"{\"message\": \"try again\"}"`, `"<?xml version=\"1.0\"?><Down/>"`}

// shapesOf lists the faults of an operation that a rule may chain with others.
func shapesOf(r *rand.Rand, operation string) []string {
	shapes := []string{
		"latency: {delay: 7s}", "latency: {delay: 7s, before: response}", "latency: {delay: 1s, jitter: 100ms}",
		"bandwidth: {rate: 2KiB}", "bandwidth: {rate: 2KiB, in: request}", "slicer: {size: 999B, delay: 10ms}",
		"slicer: {size: 999B, delay: 10ms, in: request}",
		"stall: {after_bytes: " + drawPlace(r) + ", for: 2s}", "stall: {after_bytes: " + drawPlace(r) + ", for: 20s}",
		"stall: {at: request_body, after_bytes: " + drawPlace(r) + ", for: 2s}",
		"stall: {at: request_body, after_bytes: " + drawPlace(r) + ", for: 20s}",
		"edit: {status: 500}", "edit: {status: 503}",
	}
	if operation != "CreateMultipartUpload" && operation != "ListMultipartUploads" {
		// Without parts and with a list of its own shape neither has more to lose.
		shapes = append(shapes, "corrupt: {flip: 2, in: request}")
	}
	switch operation {
	case "GetObject":
		shapes = append(shapes, "corrupt: {flip: 1}", "corrupt: {flip: 2}", "corrupt: {flip: 9}", "corrupt: {flip: 99}",
			"shorten: {to: 10B}", "shorten: {to: 50%}", "edit: {checksum: wrong}", "edit: {checksum: missing}",
			"edit: {status: 404}", "edit: {status: 200}", "edit: {headers: {set: {ETag: x}}}",
			"edit: {headers: {remove: [ETag]}}")
	case "HeadObject":
		shapes = append(shapes, "shorten: {to: 50%}", "edit: {status: 404}", "edit: {headers: {set: {ETag: x}}}",
			"edit: {headers: {remove: [ETag, Last-Modified]}}")
	case "ListObjectsV2", "CompleteMultipartUpload", "CopyObject", "DeleteObjects":
		shapes = append(shapes, "shorten: {to: 10B}", "shorten: {to: 50%}")
	case "PutObject", "UploadPart":
		shapes = append(shapes, "edit: {checksum: wrong}", "edit: {checksum: missing}",
			"edit: {headers: {set: {ETag: x}}}",
			"edit: {headers: {remove: [ETag]}}")
	}
	return shapes
}

// drawResponse draws an error response. S3 itself refuses only what it has not done.
func drawResponse(r *rand.Rand) string {
	refusals := []string{
		"400, code: InvalidRequest", "400, code: RequestTimeout", "401, code: AccessDenied",
		"403, code: AccessDenied", "405, code: MethodNotAllowed",
		"408, code: RequestTimeout", "409, code: OperationAborted", "411, code: MissingContentLength",
		"413, code: EntityTooLarge",
		"429, code: TooManyRequests", "500, code: InternalError", "501, code: NotImplemented",
		"502, code: BadGateway",
		"503, code: SlowDown", "503, code: ServiceUnavailable", "503, code: SlowDown, retry_after: 3s",
		"504, code: GatewayTimeout",
		"505, code: HTTPVersionNotSupported", "503, code: SlowDown, body: truncated_xml",
		"500, code: InternalError, body: malformed_xml",
		"301, code: PermanentRedirect",
	}
	statuses := []int{400, 403, 404, 429, 500, 502, 503, 504}
	lost := []string{
		"500, code: InternalError", "500, code: InternalError, body: empty", "502, body: html", "504, body: html",
		"404, body: html", "200, body: html",
	}
	switch r.IntN(5) {
	case 0:
		return fmt.Sprintf("respond: {status: %d, body: html}", statuses[r.IntN(len(statuses))])
	case 1:
		return "respond: {status: " + lost[r.IntN(len(lost))] + "}, after_upstream: true"
	case 2:
		return []string{
			"respond: {status: [500, 502, 503], code: [InternalError, SlowDown]}",
			"respond: {status: {between: [500, 504]}, body: " + pages[r.IntN(len(pages))] + "}",
			"respond: {status: {one_of: [404, 503]}, body: " + pages[r.IntN(len(pages))] + "}",
			"respond: {status: [408, 429, 503], code: RequestTimeout, headers: {x-tired: very}}",
		}[r.IntN(4)]
	}
	return "respond: {status: " + refusals[r.IntN(len(refusals))] + "}"
}
