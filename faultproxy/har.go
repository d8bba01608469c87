package faultproxy

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/s3chaos/s3chaos/faultproxy/internal/httptext"
)

// faultHeader names the fault that had a part in an answer: network panels show no other field that could.
const faultHeader = "X-S3chaos-Fault"

// WriteHAR writes all records kept as an HTTP Archive 1.2, which browsers' network panels open. Bodies are not in it; what
// HAR has no place for is in fields that begin with an underscore. A request without an answer has status 0, and where
// an answer did not reach its end the status text says how it ended. Behind the headers that the client was sent comes
// one more, X-S3chaos-Fault, where a fault had a part.
func (j *Journal) WriteHAR(w io.Writer) error {
	j.mu.Lock()
	start, scheme := j.start, j.scheme
	j.mu.Unlock()
	return writeHAR(w, start, scheme, j.Records())
}

func writeHAR(w io.Writer, start time.Time, scheme string, records []Record) error {
	log := harLog{Version: "1.2", Creator: harCreator{"s3chaos", "1"}, Pages: []struct{}{}, Entries: []harEntry{}}
	for _, r := range records {
		log.Entries = append(log.Entries, harOf(start, scheme, r))
	}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	if err := enc.Encode(map[string]harLog{"log": log}); err != nil {
		return fmt.Errorf("write HAR: %w", err)
	}
	return nil
}

type harLog struct {
	Version string     `json:"version"`
	Creator harCreator `json:"creator"`
	Pages   []struct{} `json:"pages"` // optional, but Firefox opens no file without
	Entries []harEntry `json:"entries"`
}

type harCreator struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

type harEntry struct {
	Started      string      `json:"startedDateTime"`
	Time         float64     `json:"time"` // milliseconds, as in timings
	Request      harRequest  `json:"request"`
	Response     harResponse `json:"response"`
	Cache        struct{}    `json:"cache"`
	Timings      harTimings  `json:"timings"`
	Connection   string      `json:"connection,omitempty"`
	ConnectionID string      `json:"_connectionId,omitempty"` // Chrome takes connection for a port
	ResourceType string      `json:"_resourceType"`           // without, Chrome takes XML and text for scripts
	Comment      string      `json:"comment,omitempty"`
	Operation    string      `json:"_operation,omitempty"`
	Attempt      int         `json:"_attempt"`
	Rule         string      `json:"_rule,omitempty"`
	Fault        string      `json:"_fault,omitempty"`
	Upstream     int         `json:"_upstreamStatus,omitempty"`
	Committed    bool        `json:"_committed"`
	Ended        string      `json:"_ended,omitempty"`
}

type harRequest struct {
	Method      string    `json:"method"`
	URL         string    `json:"url"`
	HTTPVersion string    `json:"httpVersion"`
	Cookies     []harPair `json:"cookies"`
	Headers     []harPair `json:"headers"`
	QueryString []harPair `json:"queryString"`
	HeadersSize int64     `json:"headersSize"` // -1: not known, as in all sizes
	BodySize    int64     `json:"bodySize"`
}

type harResponse struct {
	Status       int        `json:"status"`
	StatusText   string     `json:"statusText"`
	HTTPVersion  string     `json:"httpVersion"`
	Cookies      []harPair  `json:"cookies"`
	Headers      []harPair  `json:"headers"`
	Content      harContent `json:"content"`
	RedirectURL  string     `json:"redirectURL"`
	HeadersSize  int64      `json:"headersSize"`
	BodySize     int64      `json:"bodySize"`
	TransferSize int64      `json:"_transferSize"`    // on the wire; Chrome's size
	Error        string     `json:"_error,omitempty"` // as Chrome writes it, though it does not read it
}

type harContent struct {
	Size     int64  `json:"size"`
	MimeType string `json:"mimeType"`
}

type harTimings struct {
	Blocked float64 `json:"blocked,omitempty"`
	Connect float64 `json:"connect,omitempty"`
	Send    float64 `json:"send"`
	Wait    float64 `json:"wait"`
	Receive float64 `json:"receive"`
}

type harPair struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

func harOf(start time.Time, scheme string, r Record) harEntry {
	e := harEntry{
		Started: start.Add(r.At).UTC().Format("2006-01-02T15:04:05.000000Z"),
		Request: harRequest{
			Method: r.Method, URL: harURL(scheme, r), HTTPVersion: "HTTP/1.1", Cookies: []harPair{},
			Headers: harPairs(r.RequestHeader), QueryString: []harPair{}, HeadersSize: -1, BodySize: harRequestSize(r),
		},
		Response: harAnswer(r), Timings: harPhases(r), ResourceType: "fetch",
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

func harAnswer(r Record) harResponse {
	size := harAnswerSize(r)
	a := harResponse{
		Status: r.Status, StatusText: http.StatusText(r.Status), Cookies: []harPair{}, Headers: harPairs(r.ResponseHeader),
		Content: harContent{Size: size, MimeType: r.ResponseHeader["Content-Type"]}, RedirectURL: r.ResponseHeader["Location"],
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
	if a.Error == endComplete {
		a.Error = ""
	} else {
		// Chrome's panel has no other place for how it ended, and shows a request without a status as finished.
		a.StatusText = strings.TrimSpace(a.StatusText + " (" + a.Error + ")")
	}
	if r.Fault != "" {
		a.Headers = append(a.Headers, harPair{faultHeader, r.Fault})
	}
	return a
}

// harPairs are headers in the order of their names.
func harPairs(header map[string]string) []harPair {
	pairs := make([]harPair, 0, len(header))
	for _, name := range slices.Sorted(maps.Keys(header)) {
		pairs = append(pairs, harPair{name, header[name]})
	}
	return pairs
}

// atOnce is no time, and too little to change any sum, but more than 0: Chrome's panel takes a request that was sent at 0
// for stalled until its answer, and shows that beside the sending and the waiting.
const atOnce = 1e-30

// harPhases splits an exchange's time where HAR does. What never happened lasted until the next thing did, and an answer
// that came before the request's end ended the sending. An instant of zero says never, but not of what began at zero.
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
		Blocked: atOnce, Send: milliseconds(received - r.At), Wait: milliseconds(answered - received), Receive: milliseconds(end - answered),
	}
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// harRequestSize is the size of a request's body where it came whole and said how long it is; -1: not known.
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

// harAnswerSize is the same of an answer.
func harAnswerSize(r Record) int64 {
	switch {
	case r.Status == 0:
		return -1
	case r.Method == http.MethodHead, r.Status == http.StatusNoContent, r.Status == http.StatusNotModified:
		return 0
	}
	n, err := strconv.ParseInt(r.ResponseHeader["Content-Length"], 10, 64)
	if err != nil || r.Ended != endComplete {
		return -1
	}
	return n
}

// harURL is absolute, as HAR wants it.
func harURL(scheme string, r Record) string {
	target := r.Target
	switch {
	case strings.Contains(target, "://") && !strings.HasPrefix(target, "/"):
		return target
	case !strings.HasPrefix(target, "/"):
		target = "/" // OPTIONS *, or no request at all
	}
	host := r.RequestHeader["Host"]
	if host == "" {
		host = "s3.invalid"
	}
	return scheme + "://" + host + target
}
