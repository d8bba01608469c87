package harimport

// The part of HAR 1.2 that an import reads.

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// The limits of a recording.
const (
	maxBytes   = 64 << 20
	maxEntries = 10_000
)

type har struct {
	Log *struct {
		Entries []entry `json:"entries"`
	} `json:"log"`
}

type entry struct {
	Time    float64 `json:"time"` // milliseconds
	Request struct {
		Method   string   `json:"method"`
		URL      string   `json:"url"`
		Headers  []header `json:"headers"`
		BodySize int64    `json:"bodySize"` // -1: unknown
		PostData struct {
			Text string `json:"text"`
		} `json:"postData"`
	} `json:"request"`
	Response struct {
		Status   int      `json:"status"` // 0: no response
		Headers  []header `json:"headers"`
		BodySize int64    `json:"bodySize"` // -1: unknown
		Content  struct {
			Size int64  `json:"size"`
			Text string `json:"text"`
		} `json:"content"`
	} `json:"response"`
	Timings struct {
		Wait float64 `json:"wait"` // milliseconds
	} `json:"timings"`
}

type header struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// read decodes a recording.
func read(r io.Reader) ([]entry, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxBytes+1))
	switch {
	case err != nil:
		return nil, err
	case len(data) > maxBytes:
		return nil, fmt.Errorf("the recording has more than %d MiB", maxBytes>>20)
	}
	var recorded har
	err = json.Unmarshal(data, &recorded)
	var syntax *json.SyntaxError
	switch {
	case errors.As(err, &syntax):
		return nil, fmt.Errorf("not a HAR file: byte %d: %w", syntax.Offset, err)
	case err != nil:
		return nil, fmt.Errorf("not a HAR file: %w", err)
	case recorded.Log == nil:
		return nil, errors.New("not a HAR file: it has no log")
	case len(recorded.Log.Entries) > maxEntries:
		return nil, fmt.Errorf("the recording has %d requests, want at most %d", len(recorded.Log.Entries), maxEntries)
	}
	return recorded.Log.Entries, nil
}

func valueOf(headers []header, name string) string {
	for _, h := range headers {
		if strings.EqualFold(h.Name, name) {
			return h.Value
		}
	}
	return ""
}

// sent returns the size of the request's body without the framing of aws-chunked.
func (e *entry) sent() int64 {
	for _, name := range []string{"x-amz-decoded-content-length", "Content-Length"} {
		if n, err := strconv.ParseInt(valueOf(e.Request.Headers, name), 10, 64); err == nil && n >= 0 {
			return n
		}
	}
	return max(0, e.Request.BodySize)
}

// promised returns the size of the response's body as its head says, or -1.
func (e *entry) promised() int64 {
	n, err := strconv.ParseInt(valueOf(e.Response.Headers, "Content-Length"), 10, 64)
	if err != nil || n < 0 {
		return -1
	}
	return n
}

// received returns how many bytes of the response's body arrived.
func (e *entry) received() int64 { return max(0, e.Response.BodySize, e.Response.Content.Size) }

// objectSize returns the size of the object that a response is about: the total of Content-Range,
// or the size of the body.
func (e *entry) objectSize() int64 {
	if _, total, found := strings.Cut(valueOf(e.Response.Headers, "Content-Range"), "/"); found {
		if n, err := strconv.ParseInt(total, 10, 64); err == nil && n >= 0 {
			return n
		}
	}
	return max(e.promised(), e.received())
}

// codePattern finds S3's code in the body of an error.
var codePattern = regexp.MustCompile(`<Error>(?s:.*?)<Code>([A-Za-z0-9.]{1,64})</Code>`)

// code returns the code of an S3 error in the body, or "".
func (e *entry) code() string {
	if found := codePattern.FindStringSubmatch(e.Response.Content.Text); found != nil {
		return found[1]
	}
	return ""
}

// wait returns how long the server took to answer.
func (e *entry) wait() time.Duration { return milliseconds(e.Timings.Wait) }

// total returns how long the whole exchange took.
func (e *entry) total() time.Duration { return milliseconds(e.Time) }

// milliseconds bounds a time to an hour, so that no number of a file overflows.
func milliseconds(n float64) time.Duration {
	const hour = 3_600_000
	return time.Duration(max(0, min(n, hour))) * time.Millisecond
}

// hosted matches the name of a virtual-hosted bucket at AWS.
var hosted = regexp.MustCompile(`^(.+)\.s3[.-][a-z0-9.-]*amazonaws\.com(\.cn)?$`)

// bucketName is what S3 allows.
var bucketName = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$`)

// target returns the bucket, the key and the query of a request's URL. ok is false if it is not an
// address of S3.
func (e *entry) target() (bucket, key string, query url.Values, ok bool) {
	u, err := url.Parse(e.Request.URL)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" {
		return "", "", nil, false
	}
	path := strings.TrimPrefix(u.Path, "/")
	if found := hosted.FindStringSubmatch(u.Hostname()); found != nil {
		bucket, key = found[1], path
	} else {
		bucket, key, _ = strings.Cut(path, "/")
	}
	return bucket, key, u.Query(), bucketName.MatchString(bucket)
}
