package s3client_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
)

// This file draws the faults of random scripts. The server is honest: it may be slow, broken or
// hidden behind something else, but what S3 itself says is true.

// drawnOperations are the operations that faults strike.
var drawnOperations = []string{
	"PutObject", "CreateMultipartUpload", "UploadPart", "CompleteMultipartUpload", "AbortMultipartUpload",
	"GetObject", "GetObject", "HeadObject", "DeleteObject", "CopyObject", "ListObjectsV2", "ListMultipartUploads",
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
	writes := []string{"PutObject", "PutObject", "CompleteMultipartUpload", "DeleteObject", "CopyObject"}
	return []string{writes[r.IntN(len(writes))], "HeadObject"}
}

// drawRule draws a fault of an operation in aim, and when it strikes.
func drawRule(r *rand.Rand, tls bool, aim []string) string {
	if r.IntN(8) == 0 {
		fault := ofConnections[r.IntN(len(ofConnections))]
		for !tls && strings.HasPrefix(fault, "tls") {
			fault = ofConnections[r.IntN(len(ofConnections))]
		}
		from := r.IntN(20)
		return fmt.Sprintf("{match: {}, during: [%ds, %ds], %s}", from, from+1+r.IntN(10), fault)
	}
	at := aim[r.IntN(len(aim))]
	from := r.IntN(20)
	when := []string{
		"times: 1, ", fmt.Sprintf("times: %d, ", 2+r.IntN(3)), fmt.Sprintf("after: %d, times: 2, ", r.IntN(4)),
		"probability: 0.4, ", "",
		fmt.Sprintf("during: [%ds, %ds], ", from, from+1+r.IntN(20)),
	}[r.IntN(6)]
	faults := faultsOf(r, at)
	return "{match: {operation: " + at + "}, " + when + faults[r.IntN(len(faults))] + "}"
}

// faultsOf lists the faults of one operation.
func faultsOf(r *rand.Rand, operation string) []string {
	bytes := r.IntN(20_000)
	faults := []string{
		drawResponse(r), drawResponse(r), drawResponse(r), drawResponse(r),
		"timeout: 3s", "timeout: {}", "timeout: {}, after_upstream: true", "latency: {delay: 7s}",
		"latency: {delay: 7s, before: response}",
		"latency: {delay: 1s, jitter: 100ms}", "reset_peer: {at: request_head}",
		"reset_peer: {at: request_head, hold: 2s}",
		fmt.Sprintf("reset_peer: {at: request_body, after_bytes: %d}", bytes), "reset_peer: {at: response_head}",
		fmt.Sprintf("reset_peer: {at: response_body, after_bytes: %d}", bytes),
		fmt.Sprintf("close_early: {after_bytes: %d}", bytes),
		fmt.Sprintf("close_early: {after_bytes: %d, close_delimited: true}", bytes), "bandwidth: {rate: 2KiB}",
		"slicer: {size: 999B, delay: 10ms}", "idle_close: {}", "duplicate: {}", "corrupt: {flip: 2, in: request}",
		"continue: withhold", "continue: late", "continue: final", "redirect: {status: 307}",
		"redirect: {status: 308}",
		`redirect: {status: 307, to: "http://stranger.test"}`, "throttle: {rate: 1, burst: 1, per: all}",
		"respond: {status: 200, body: empty}", "respond: {status: 200, body: html}",
	}
	if operation == "HeadObject" {
		faults = append(faults, "respond: {status: 404, body: html}", "respond: {status: 404, body: html}")
	} else {
		faults = append(faults, "reset_peer: {at: response_head}", "timeout: {}, after_upstream: true")
	}
	switch operation {
	case "GetObject":
		faults = append(faults, "corrupt: {flip: 1}", "corrupt: {flip: 2}", "corrupt: {flip: 9}", "corrupt: {flip: 99}",
			"stale: {age: 5s}")
	case "ListObjectsV2":
		faults = append(faults, "stale: {age: 5s}")
	case "CompleteMultipartUpload", "CopyObject":
		faults = append(faults, "ok_with_error: {code: InternalError}",
			"ok_with_error: {code: InternalError}, after_upstream: true",
			"ok_with_error: {code: AccessDenied}", "ok_with_error: {code: SlowDown}")
	}
	if operation == "CreateMultipartUpload" || operation == "ListMultipartUploads" {
		// Without parts and with a list of its own shape neither has more to lose.
		faults = slices.DeleteFunc(faults, func(fault string) bool { return strings.HasPrefix(fault, "corrupt") })
	}
	return faults
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
	pages := []int{400, 403, 404, 429, 500, 502, 503, 504}
	lost := []string{
		"500, code: InternalError", "500, code: InternalError, body: empty", "502, body: html", "504, body: html",
		"404, body: html", "200, body: html",
	}
	switch r.IntN(4) {
	case 0:
		return fmt.Sprintf("respond: {status: %d, body: html}", pages[r.IntN(len(pages))])
	case 1:
		return "respond: {status: " + lost[r.IntN(len(lost))] + "}, after_upstream: true"
	}
	return "respond: {status: " + refusals[r.IntN(len(refusals))] + "}"
}
