package planted

import (
	"bytes"
	"context"
	"net/http"
	"regexp"
	"strings"

	"github.com/s3chaos/s3chaos/scenarios"
)

// wireDefects are the drill's own client with a change between it and the network.
func wireDefects() []Defect {
	var list []Defect
	for _, d := range []struct {
		name, about string
		wire        wire
	}{
		{"believes-200", "takes 200 for success, whatever the body says", receiving(believe200)},
		{"believes-every-status", "takes every status for success", receiving(func(_ *http.Request, r *http.Response) {
			if r.StatusCode >= 300 {
				setStatus(r, http.StatusOK)
			}
		})},
		{
			"believes-every-sender", "takes a portal's response for one of S3",
			receiving(func(_ *http.Request, r *http.Response) {
				r.Header.Del("Content-Type") // by it a client knows a page of a portal
				if r.Header.Get("X-Amz-Request-Id") == "" {
					r.Header.Set("X-Amz-Request-Id", "PLANTED")
					r.Header.Set("X-Amz-Id-2", "PLANTED")
				}
			}),
		},
		{"believes-lost-writes", "takes a write without a response for stored", wire{receive: lostIsStored}},
		{"ignores-hints", "does not read Retry-After", receiving(func(_ *http.Request, r *http.Response) {
			r.Header.Del("Retry-After")
			r.Header.Del("X-Amz-Retry-After")
		})},
		{"ignores-the-clock", "does not read the server's Date", receiving(func(_ *http.Request, r *http.Response) {
			r.Header.Del("Date")
		})},
		{"ignores-the-region", "does not read which region a bucket has", receiving(forgetRegion)},
		{
			"retries-permanent", "takes 400, 403, 404, 409 and 412 for transient",
			receiving(func(_ *http.Request, r *http.Response) {
				switch r.StatusCode {
				case 400, 403, 404, 409, 412:
					setStatus(r, http.StatusServiceUnavailable)
				}
			}),
		},
		{"gives-up-on-5xx", "takes every 5xx and 429 for permanent", receiving(func(_ *http.Request, r *http.Response) {
			if r.StatusCode >= 500 || r.StatusCode == http.StatusTooManyRequests {
				setStatus(r, http.StatusForbidden)
				setBody(r, []byte("<Error><Code>AccessDenied</Code><Message>planted</Message></Error>"))
			}
		})},
		{"gives-up-on-network-errors", "takes every network error for permanent", wire{receive: finalErrors}},
		{"takes-cut-for-whole", "takes a body that is cut for whole, and checks no checksum", cutIsWhole()},
		{"checks-no-checksum", "does not compare downloaded content with its checksum", unchecked()},
		{"first-page-only", "reads only the first page of a list", receiving(lastPage)},
		{"drops-a-key", "loses the last key of each page of a list", receiving(dropKey)},
		{"unconditional", "sends no If-Match, If-None-Match and no other condition", sending(func(r *http.Request) {
			for name := range r.Header {
				if strings.Contains(name, "If-") {
					delete(r.Header, name)
				}
			}
		})},
		{"ignores-ranges", "asks for the whole object where a range is wanted", sending(func(r *http.Request) {
			r.Header.Del("Range")
		})},
		{"leaves-uploads", "does not abort a multipart upload", wire{send: func(r *http.Request) *http.Response {
			if r.Method == http.MethodDelete && r.URL.Query().Has("uploadId") {
				return answer(r, http.StatusNoContent, "")
			}
			return nil
		}}},
		{"no-pool", "opens a connection for each request", sending(func(r *http.Request) { r.Close = true })},
		{"unpacks-gzip", "stores the content of a gzip object", receiving(unpack)},
		{
			"outlives-its-caller", "does not end a request that its caller cancels",
			wire{send: func(r *http.Request) *http.Response {
				*r = *r.WithContext(context.WithoutCancel(r.Context()))
				return nil
			}},
		},
		{"lies-about-deletes", "does not send a delete", wire{send: func(r *http.Request) *http.Response {
			if r.Method == http.MethodDelete && !r.URL.Query().Has("uploadId") {
				return answer(r, http.StatusNoContent, "")
			}
			return nil
		}}},
		{"asks-twice", "sends each request without a body twice", wire{receive: nil, send: nil}},
		{
			"waits-for-no-go-ahead", "does not send Expect: 100-continue",
			sending(func(r *http.Request) { r.Header.Del("Expect") }),
		},
		{"joins-slashes", "sends one slash where a key has several", sending(func(r *http.Request) {
			r.URL.RawPath = ""
			r.URL.Path = slashes.ReplaceAllString(r.URL.Path, "/")
		})},
	} {
		client := over(d.wire)
		if d.name == "asks-twice" {
			client = twice
		}
		list = append(list, Defect{Name: d.name, About: d.about, plant: inSteps(client)})
	}
	return append(list, Defect{
		Name: "keeps-first-credentials", About: "does not ask for new credentials when its own expire",
		plant: inSteps(func(c scenarios.ClientConfig) (scenarios.Client, error) {
			c.Credentials = nil
			return own(c)
		}),
	})
}

// believe200 hides an error in the body of a success.
func believe200(req *http.Request, r *http.Response) {
	if r.StatusCode != http.StatusOK || req.Method != http.MethodPost && req.Header.Get("X-Amz-Copy-Source") == "" {
		return
	}
	body := readBody(r)
	switch query := req.URL.Query(); {
	case query.Has("uploadId") && !bytes.Contains(body, []byte("<ETag>")):
		body = []byte("<CompleteMultipartUploadResult><ETag>&quot;0-1&quot;</ETag></CompleteMultipartUploadResult>")
	case query.Has("delete"):
		body = []byte("<DeleteResult></DeleteResult>")
	case req.Header.Get("X-Amz-Copy-Source") != "" && !bytes.Contains(body, []byte("<ETag>")):
		body = []byte("<CopyObjectResult><ETag>&quot;0&quot;</ETag></CopyObjectResult>")
	}
	setBody(r, body)
}

func lostIsStored(req *http.Request, resp *http.Response, err error) (*http.Response, error) {
	if err == nil || req.Method != http.MethodPut || req.Context().Err() != nil {
		return resp, err
	}
	stored := answer(req, http.StatusOK, "")
	stored.Header.Set("ETag", `"00000000000000000000000000000000"`)
	return stored, nil
}

var slashes = regexp.MustCompile(`//+`)

// errFinal says by its method that no attempt may follow. The SDK takes an error without the method
// for one of a connection, and retries it.
type errFinal struct{}

func (errFinal) Error() string        { return "something went wrong" }
func (errFinal) RetryableError() bool { return false }

func finalErrors(req *http.Request, resp *http.Response, err error) (*http.Response, error) {
	if err != nil && req.Context().Err() == nil {
		return nil, errFinal{}
	}
	return resp, err
}

var bucketRegion = regexp.MustCompile(`<Region>[^<]*</Region>`)

func forgetRegion(_ *http.Request, r *http.Response) {
	r.Header.Del("X-Amz-Bucket-Region")
	if r.StatusCode >= 300 {
		setBody(r, bucketRegion.ReplaceAll(readBody(r), nil))
	}
}

// twice is a client that sends each request without a body twice.
func twice(c scenarios.ClientConfig) (scenarios.Client, error) {
	first := c.HTTPClient.Transport
	return over(wire{send: func(req *http.Request) *http.Response {
		if req.ContentLength == 0 {
			if resp, err := first.RoundTrip(req.Clone(req.Context())); err == nil {
				_ = readBody(resp)
			}
		}
		return nil
	}})(c)
}
