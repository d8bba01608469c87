package harimport

// From a recorded response to the fault that the client met.

import (
	"fmt"
	"regexp"
	"strconv"
	"time"
)

// The waits that count as a fault: a slow response, and a silence that the client ended.
const (
	slow   = time.Second
	silent = 5 * time.Second
)

// expected are the statuses that S3 gives without any fault.
var expected = map[int]bool{301: true, 304: true, 307: true, 404: true, 412: true, 416: true}

// seconds is a Retry-After that the format can say.
var seconds = regexp.MustCompile(`^[0-9]{1,4}$`)

// fault returns the fault of a recorded response in YAML, or "". failed says that the client did
// not get what it asked for.
func (c *call) fault() (text string, failed bool) {
	e := c.entry
	status := e.Response.Status
	switch {
	case status == 0 && e.total() >= silent:
		return "timeout: {}", true
	case status == 0:
		return "reset_peer: {at: response_head}", true
	case status >= 400 && status <= 599 && !expected[status]:
		text := fmt.Sprintf("respond: {status: %d", status)
		if code := e.code(); code != "" {
			text += ", code: " + code
		}
		if after := valueOf(e.Response.Headers, "Retry-After"); seconds.MatchString(after) {
			text += fmt.Sprintf(", retry_after: %ss", after)
		}
		return text + "}", true
	case status >= 300:
		return "", true
	case e.code() != "" && (c.operation == "CopyObject" || c.operation == "CompleteMultipartUpload"):
		return "ok_with_error: {code: " + e.code() + "}", true
	case c.operation == "GetObject" && e.received() < e.promised():
		return "reset_peer: {at: response_body, after_bytes: " + strconv.FormatInt(e.received(), 10) + "}", true
	case e.wait() >= slow:
		return "latency: {delay: " + e.wait().String() + "}", false
	}
	return "", false
}

// retries reports whether a client asks again after this response.
func (c *call) retries() bool {
	text, failed := c.fault()
	return failed && text != ""
}
