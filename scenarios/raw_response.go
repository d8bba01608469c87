package scenarios

import (
	"bytes"
	"net/http"
	"regexp"
	"strconv"
	"strings"

	"github.com/s3chaos/s3chaos/scenarios/script"
)

// This file frames the responses that a raw step has received.

// statusLine matches the beginning of a response.
var statusLine = regexp.MustCompile(`^HTTP/1\.[01] ([0-9]{3})`)

// headEnd matches the end of the head of a response.
var headEnd = regexp.MustCompile(`\r?\n\r?\n`)

// countResponses returns how many responses a connection has received, interim ones included, whose
// requests had these methods. It counts up to the first bytes that are no response.
func countResponses(received []byte, methods []string) int {
	for n := 0; ; {
		line := statusLine.FindSubmatch(received)
		if line == nil {
			return n
		}
		n++
		end := headEnd.FindIndex(received)
		if end == nil {
			return n
		}
		head, body := received[:end[0]], received[end[1]:]
		status, _ := strconv.Atoi(string(line[1])) // three digits
		if status < 200 && status != http.StatusSwitchingProtocols {
			received = body // the final response to the request follows
			continue
		}
		method := ""
		if len(methods) > 0 {
			method, methods = methods[0], methods[1:]
		}
		received = afterBody(head, body, status, method)
	}
}

// afterBody returns what follows the body of a response, and nothing if the body ends with the
// connection.
func afterBody(head, body []byte, status int, method string) []byte {
	if method == http.MethodHead || status == http.StatusNoContent || status == http.StatusNotModified {
		return body
	}
	length := ""
	for line := range bytes.SplitSeq(head, []byte("\n")) {
		name, value, _ := strings.Cut(string(line), ":")
		switch strings.ToLower(name) {
		case "transfer-encoding":
			next, _ := script.AfterChunks(body)
			return next
		case "content-length":
			length = strings.TrimSpace(value)
		}
	}
	n, err := strconv.ParseUint(length, 10, 63)
	if err != nil {
		return nil
	}
	return body[min(n, uint64(len(body))):]
}
