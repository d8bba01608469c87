package journal

import (
	"encoding/json"
	"fmt"
	"io"
	"time"
)

// WriteHAR writes all records kept as an HTTP Archive 1.2, which the network panels of browsers
// open. The file has no bodies. Fields that HAR does not define begin with an underscore. A request
// without a response has status 0; if a response is not complete, its status text says how it
// ended. If a fault acted on an exchange, the response headers end with the header X-S3chaos-Fault.
// WriteHAR's error wraps that of w.
func (j *Journal) WriteHAR(w io.Writer) error { return j.WriteHAROf(w, j.Records()) }

// WriteHAROf is WriteHAR for some of the journal's records.
func (j *Journal) WriteHAROf(w io.Writer, records []Record) error {
	j.mu.Lock()
	start := j.start
	j.mu.Unlock()
	return writeHAR(w, start, j.scheme, records)
}

// WriteHAROfRecords writes records as [Journal.WriteHAR] does: start is the time zero of the
// records, and scheme is http or https.
func WriteHAROfRecords(w io.Writer, start time.Time, scheme string, records []Record) error {
	return writeHAR(w, start, scheme, records)
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
	Pages   []struct{} `json:"pages"` // HAR does not require it, but Firefox does
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
	ConnectionID string      `json:"_connectionId,omitempty"` // Chrome shows connection as a port
	ResourceType string      `json:"_resourceType"`           // otherwise Chrome shows XML and text as scripts
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
	HeadersSize int64     `json:"headersSize"` // -1: not known, as for all sizes
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
	TransferSize int64      `json:"_transferSize"`    // on the wire; Chrome shows it as the size
	Error        string     `json:"_error,omitempty"` // Chrome writes this field, but does not read it
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
