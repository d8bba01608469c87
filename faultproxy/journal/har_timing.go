package journal

import (
	"net/http"
	"strconv"
	"time"
)

// atOnce is the time that a request waited before it was sent, in milliseconds. It is too small to
// change any sum, but it must not be 0: for 0, Chrome's panel shows the request as stalled until
// its response, and shows that time twice.
const atOnce = 1e-30

// harPhases splits the time of an exchange into the phases of HAR: send, wait and receive. A phase
// whose end the proxy did not see lasts until the next instant that the record has. A response that
// began before the end of the request ends the phase send. An instant of zero means never, except
// for an exchange that arrived at zero.
func harPhases(r Record) harTimings {
	end, answered, received := r.End, r.Answered, r.Received
	if !r.Done || end <= r.At {
		return harTimings{}
	}
	if r.Kind == KindConnection {
		return harTimings{Blocked: atOnce, Connect: milliseconds(end - r.At)}
	}
	if answered == 0 && (r.At > 0 || r.Status == 0) {
		answered = end
	}
	answered = min(max(r.At, answered), end)
	if received == 0 && r.At > 0 && harRequestSize(r) != 0 {
		received = answered
	}
	received = min(max(r.At, received), answered)
	return harTimings{
		Blocked: atOnce, Send: milliseconds(received - r.At), Wait: milliseconds(answered - received),
		Receive: milliseconds(end - answered),
	}
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// harRequestSize returns the size of the request's body, or -1 if the proxy did not receive all of
// it or the request has no Content-Length.
func harRequestSize(r Record) int64 {
	text, ok := r.RequestHeader["Content-Length"]
	n, err := strconv.ParseInt(text, 10, 64)
	switch {
	case !ok && r.RequestHeader["Transfer-Encoding"] == "" && r.Method != "":
		return 0
	case err != nil, r.Received == 0 && r.At > 0:
		return -1
	}
	return n
}

// harResponseSize returns the size of the response's body, or -1 if it is not known.
func harResponseSize(r Record) int64 {
	switch {
	case r.Status == 0:
		return -1
	case r.Method == http.MethodHead, r.Status == http.StatusNoContent, r.Status == http.StatusNotModified:
		return 0
	}
	n, err := strconv.ParseInt(r.ResponseHeader["Content-Length"], 10, 64)
	if err != nil || r.Ended != EndComplete {
		return -1
	}
	return n
}
