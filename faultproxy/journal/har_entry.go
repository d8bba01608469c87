package journal

import (
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/s3chaos/s3chaos/faultproxy/internal/httptext"
)

// faultHeader is a response header that HAR files add to what the client was sent: it names the
// fault that acted on the exchange. Network panels show headers, but not the other fields that
// could name the fault.
const faultHeader = "X-S3chaos-Fault"

// harOf converts a record into an entry of a HAR file. start is the moment of scenario time zero.
func harOf(start time.Time, scheme string, r Record) harEntry {
	e := harEntry{
		Started: start.Add(r.At).UTC().Format("2006-01-02T15:04:05.000000Z"),
		Request: harRequest{
			Method: r.Method, URL: harURL(scheme, r), HTTPVersion: "HTTP/1.1", Cookies: []harPair{},
			Headers: harPairs(r.RequestHeader), QueryString: []harPair{}, HeadersSize: -1, BodySize: harRequestSize(r),
		},
		Response: harResponseOf(r), Timings: harPhases(r), ResourceType: "fetch",
		Comment: r.Fault, Operation: r.Operation, Attempt: r.Attempt, Rule: r.Rule, Fault: r.Fault,
		Upstream: r.UpstreamStatus, Committed: r.Committed, Ended: r.Ended,
	}
	e.Time = e.Timings.Blocked + e.Timings.Connect + e.Timings.Send + e.Timings.Wait + e.Timings.Receive
	if r.Conn != 0 {
		e.Connection = strconv.Itoa(r.Conn)
		e.ConnectionID = e.Connection
	}
	_, query, _ := strings.Cut(r.Target, "?")
	httptext.EachParam(query, func(_, name, value string) bool {
		e.Request.QueryString = append(e.Request.QueryString, harPair{name, httptext.UnescapeQuery(value)})
		return true
	})
	return e
}

func harResponseOf(r Record) harResponse {
	size := harResponseSize(r)
	a := harResponse{
		Status: r.Status, StatusText: http.StatusText(r.Status), Cookies: []harPair{},
		Headers:     harPairs(r.ResponseHeader),
		Content:     harContent{Size: size, MimeType: r.ResponseHeader["Content-Type"]},
		RedirectURL: r.ResponseHeader["Location"],
		HeadersSize: -1, BodySize: size, TransferSize: r.BytesSent,
	}
	if r.Status != 0 {
		a.HTTPVersion = "HTTP/1.1"
	}
	if a.Content.MimeType == "" {
		a.Content.MimeType = "x-unknown" // as Chrome writes it
	}
	if a.Error = r.Ended; !r.Done {
		a.Error = "in flight"
	}
	if a.Error == EndComplete {
		a.Error = ""
	} else {
		// Chrome's panel shows no other field for it, and shows a request without a status as
		// finished.
		a.StatusText = strings.TrimSpace(a.StatusText + " (" + a.Error + ")")
	}
	if r.Fault != "" {
		a.Headers = append(a.Headers, harPair{faultHeader, r.Fault})
	}
	return a
}

// harPairs returns the headers in the order of their names.
func harPairs(header map[string]string) []harPair {
	pairs := make([]harPair, 0, len(header))
	for _, name := range slices.Sorted(maps.Keys(header)) {
		pairs = append(pairs, harPair{name, header[name]})
	}
	return pairs
}

// harURL returns the absolute URL of the request, which HAR requires.
func harURL(scheme string, r Record) string {
	target := r.Target
	switch {
	case strings.Contains(target, "://") && !strings.HasPrefix(target, "/"):
		return target
	case !strings.HasPrefix(target, "/"):
		target = "/" // OPTIONS *, or not an HTTP request
	}
	host := r.RequestHeader["Host"]
	if host == "" {
		host = "s3.invalid"
	}
	return scheme + "://" + host + target
}
