package s3client

import (
	"errors"
	"mime"
	"net/http"

	"github.com/s3chaos/s3chaos/retry"
)

// This file recognizes responses that S3 did not send: pages of load balancers, ingresses and
// captive portals. The client retries them and never draws a conclusion from them.

// errNotS3 means that a response lacks what each response of S3 to the operation has.
var errNotS3 = retry.Retryable(errors.New("response without ETag and Last-Modified: not from S3"))

// errNoETag means that a response to a write lacks the ETag of what was written.
var errNoETag = retry.Retryable(errors.New("response without an ETag: not from S3"))

// errForeign404 replaces the error of a 404 that S3 did not send.
var errForeign404 = errors.New("status 404 with a page: not from S3")

// foreignError reports whether an error response comes from something other than S3. S3 and its
// look-alikes send errors as XML, or without a body. The absence of x-amz-request-id means nothing:
// some stores do not send it.
func foreignError(resp *http.Response) bool {
	if resp.StatusCode < 300 {
		return false
	}
	kind := mediaType(resp.Header)
	return htmlType(resp.Header) || kind == "text/plain" || kind == "application/json"
}

// mediaType returns the media type without its parameters; "" if the header is missing.
func mediaType(header http.Header) string {
	kind, _, err := mime.ParseMediaType(header.Get("Content-Type"))
	if err != nil {
		return ""
	}
	return kind
}

// htmlType reports whether the response says that it is a page.
func htmlType(header http.Header) bool {
	kind := mediaType(header)
	return kind == "text/html" || kind == "application/xhtml+xml"
}

// checkNoContent checks the response to a DELETE. S3 and its look-alikes answer 204; another 2xx
// comes from something that may have swallowed the request.
func (a *attempt) checkNoContent() error {
	if a.status == http.StatusNoContent {
		return nil
	}
	return retry.Retryable(&statusError{a.status})
}

// statusError is a successful status that S3 does not send for the operation.
type statusError struct{ status int }

func (e *statusError) Error() string {
	return "status " + http.StatusText(e.status) + ": want 204 No Content: not from S3"
}

// HTTPStatusCode returns the status of the response.
func (e *statusError) HTTPStatusCode() int { return e.status }
