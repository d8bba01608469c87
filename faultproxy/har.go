package faultproxy

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
)

// WriteHAR writes all records kept as an HTTP Archive 1.2, which browsers' network panels open. Bodies are not in it; what
// HAR has no place for is in fields that begin with an underscore. A request without an answer has status 0.
func (j *Journal) WriteHAR(w io.Writer) error {
	j.mu.Lock()
	start, scheme := j.start, j.scheme
	j.mu.Unlock()
	log := harLog{Version: "1.2", Creator: harCreator{"s3chaos", "1"}, Entries: []harEntry{}}
	for _, r := range j.Records() {
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
	Entries []harEntry `json:"entries"`
}

type harCreator struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

type harEntry struct {
	Started    string      `json:"startedDateTime"`
	Time       float64     `json:"time"` // milliseconds
	Request    harRequest  `json:"request"`
	Response   harResponse `json:"response"`
	Cache      struct{}    `json:"cache"`
	Timings    harTimings  `json:"timings"`
	Connection string      `json:"connection,omitempty"`
	Comment    string      `json:"comment,omitempty"`
	Operation  string      `json:"_operation,omitempty"`
	Attempt    int         `json:"_attempt"`
	Rule       string      `json:"_rule,omitempty"`
	Fault      string      `json:"_fault,omitempty"`
	Upstream   int         `json:"_upstreamStatus,omitempty"`
	Committed  bool        `json:"_committed"`
	Ended      string      `json:"_ended,omitempty"`
}

type harRequest struct {
	Method      string    `json:"method"`
	URL         string    `json:"url"`
	HTTPVersion string    `json:"httpVersion"`
	Cookies     []harPair `json:"cookies"`
	Headers     []harPair `json:"headers"`
	QueryString []harPair `json:"queryString"`
	HeadersSize int       `json:"headersSize"`
	BodySize    int64     `json:"bodySize"`
}

type harResponse struct {
	Status      int        `json:"status"`
	StatusText  string     `json:"statusText"`
	HTTPVersion string     `json:"httpVersion"`
	Cookies     []harPair  `json:"cookies"`
	Headers     []harPair  `json:"headers"`
	Content     harContent `json:"content"`
	RedirectURL string     `json:"redirectURL"`
	HeadersSize int        `json:"headersSize"`
	BodySize    int64      `json:"bodySize"`
	Error       string     `json:"_error,omitempty"` // Chrome shows it in place of a status
}

type harContent struct {
	Size     int64  `json:"size"`
	MimeType string `json:"mimeType"`
}

type harTimings struct {
	Send    float64 `json:"send"`
	Wait    float64 `json:"wait"`
	Receive float64 `json:"receive"`
}

type harPair struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

func harOf(start time.Time, scheme string, r Record) harEntry {
	took := float64(max(0, r.End-r.At)) / float64(time.Millisecond)
	if !r.Done {
		took = 0
	}
	e := harEntry{
		Started: start.Add(r.At).UTC().Format("2006-01-02T15:04:05.000000Z"),
		Time:    took, Timings: harTimings{Wait: took},
		Request: harRequest{
			Method: r.Method, URL: harURL(scheme, r), HTTPVersion: "HTTP/1.1", Cookies: []harPair{}, Headers: []harPair{},
			QueryString: []harPair{}, HeadersSize: -1, BodySize: -1,
		},
		Response: harResponse{
			Status: r.Status, StatusText: http.StatusText(r.Status), HTTPVersion: "HTTP/1.1", Cookies: []harPair{},
			Headers: []harPair{}, Content: harContent{Size: r.BytesSent, MimeType: "application/octet-stream"},
			HeadersSize: -1, BodySize: -1,
		},
		Comment: r.Fault, Operation: r.Operation, Attempt: r.Attempt, Rule: r.Rule, Fault: r.Fault,
		Upstream: r.UpstreamStatus, Committed: r.Committed, Ended: r.Ended,
	}
	if r.Conn != 0 {
		e.Connection = fmt.Sprint(r.Conn)
	}
	switch {
	case !r.Done:
		e.Response.Error = "in flight"
	case r.Ended != "complete":
		e.Response.Error = r.Ended
	}
	for _, name := range slices.Sorted(maps.Keys(r.RequestHeader)) {
		e.Request.Headers = append(e.Request.Headers, harPair{name, r.RequestHeader[name]})
	}
	_, query, _ := strings.Cut(r.Target, "?")
	eachParam(query, func(_, name, value string) bool {
		e.Request.QueryString = append(e.Request.QueryString, harPair{name, unescapeQuery(value)})
		return true
	})
	return e
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
