package s3client

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"

	"github.com/aws/smithy-go"

	"github.com/s3chaos/s3chaos/retry"
)

var (
	// ErrIntegrity marks bytes whose length or checksum is not what the sender says: bytes of a
	// download, or bytes of an upload that the server has received. The client discards them and
	// tries again.
	ErrIntegrity = errors.New("integrity check failed")
	// ErrObjectChanged marks an object that was replaced or deleted while it was being downloaded.
	// It is not retried.
	ErrObjectChanged = errors.New("object changed during the download")
	// ErrOutcomeUnknown marks a write that may have happened: its response was lost, and a lookup
	// of the object did not tell either, or the context ended before it. The error of the last
	// attempt is in the same tree.
	ErrOutcomeUnknown = errors.New("outcome unknown")
)

// ChangedError is [ErrObjectChanged] with its evidence.
type ChangedError struct {
	Bucket, Key string
	Before      string // ETag of the object when the download began
	After       string // ETag now; empty where it was not told
}

func (e *ChangedError) Error() string {
	text := fmt.Sprintf("%v: %s/%s was %s", ErrObjectChanged, e.Bucket, e.Key, e.Before)
	if e.After != "" {
		text += ", is " + e.After
	}
	return text
}

// Is reports whether target is [ErrObjectChanged].
func (e *ChangedError) Is(target error) bool { return target == ErrObjectChanged }

// OrphanError is a multipart upload that failed and could not be aborted: its parts stay in the
// bucket, and on the bill, until a lifecycle rule or [Client.AbortStale] removes them.
type OrphanError struct {
	Bucket, Key string
	UploadID    string // "": unknown, because the response to CreateMultipartUpload was lost
	Err         error  // why the abort failed
}

func (e *OrphanError) Error() string {
	if e.UploadID == "" {
		return fmt.Sprintf("upload of %s/%s: %v", e.Bucket, e.Key, e.Err)
	}
	return fmt.Sprintf("abort upload %s of %s/%s: parts remain: %v", e.UploadID, e.Bucket, e.Key, e.Err)
}

// Unwrap returns why the abort failed.
func (e *OrphanError) Unwrap() error { return e.Err }

func integrity(format string, args ...any) error {
	return retry.Retryable(fmt.Errorf("%w: %s", ErrIntegrity, fmt.Sprintf(format, args...)))
}

// statusOf returns the HTTP status of the response that caused err; 0: there was no response.
func statusOf(err error) int {
	var answer interface{ HTTPStatusCode() int }
	if errors.As(err, &answer) {
		return answer.HTTPStatusCode()
	}
	return 0
}

// codeOf returns the S3 error code in err; "" without one. A 412 whose body cannot be read still
// says that the condition did not hold.
func codeOf(err error) string {
	var api smithy.APIError
	switch {
	case errors.As(err, &api):
		return api.ErrorCode()
	case statusOf(err) == http.StatusPreconditionFailed:
		return "PreconditionFailed"
	}
	return ""
}

// mayHaveActed reports whether the server may have done what the failed attempt asked for. A 3xx or
// 4xx response of S3 rules it out, and so does a request that was not sent whole. A 5xx response
// may come from a proxy before a server that did its work.
func (a *attempt) mayHaveActed(err error) bool {
	if err == nil || !a.begun || errors.Is(err, ErrIntegrity) {
		return false
	}
	switch code := codeOf(err); code {
	case "SlowDown", "ServiceUnavailable":
		// S3's own refusal, which precedes all work. The SDK also derives a code from a 503 whose
		// body names none.
		if a.status != http.StatusServiceUnavailable || bytes.Contains(a.refusal.Bytes(), []byte("<Code>"+code+"<")) {
			return false
		}
	}
	if a.status != 0 {
		return a.foreign || a.status < 300 || a.status >= 500
	}
	var op *net.OpError
	if errors.As(err, &op) && op.Op == "dial" {
		return false
	}
	return a.sent.Load() >= a.length
}

// mark classifies errors of S3 that the retry policy alone would judge wrongly.
func (a *attempt) mark(err error) error {
	var (
		skew      interface{ RetryableError() bool }
		malformed *smithy.DeserializationError
		syntax    *xml.SyntaxError // which the SDK does not wrap in the former everywhere
	)
	switch status, code := statusOf(err), codeOf(err); {
	case errors.Is(err, ErrSourceChanged):
		return err // the checksums are those of the old content: a new attempt cannot succeed
	case a.foreign && status == 404 && !strings.HasPrefix(code, "NoSuch"):
		return retry.Retryable(fmt.Errorf("%w: %w", errForeign404, err))
	case code == "ConditionalRequestConflict" && a.operation != "CompleteMultipartUpload":
		// "On a 409 failure, retry the upload." For Complete it means a new upload, which is the
		// caller's to decide.
		return retry.Retryable(err)
	case status == 403 && errors.As(err, &skew) && skew.RetryableError():
		return retry.Retryable(err) // see skew.go
	case status == 403 && a.operation == "HeadObject" && a.skewed:
		// The response to a HEAD has no code that tells skew from a lack of rights.
		return retry.Retryable(err)
	case status == http.StatusExpectationFailed && a.expects:
		// RFC 9110 section 10.1.1 wants the request again without Expect.
		a.direct = true
		return retry.Retryable(err)
	case code == "BadDigest" || code == "XAmzContentSHA256Mismatch":
		// We computed the checksum from the bytes we sent: they changed on the way.
		return retry.Retryable(fmt.Errorf("%w: %w", ErrIntegrity, err))
	case status >= 200 && status < 300 && (errors.As(err, &malformed) || errors.As(err, &syntax)):
		return retry.Retryable(fmt.Errorf("unreadable response: %w", err))
	}
	return conditional(err)
}
