package oracle

import (
	"cmp"
	"fmt"
	"net/http"
	"strings"

	"github.com/s3chaos/s3chaos/faultproxy"
)

// keyError returns the error code for a key in the body of a DeleteObjects response, whose status
// is a success. It is empty if there is no error for the key.
func keyError(r faultproxy.Record, key string) string {
	for _, d := range r.Deletes {
		if d.Key == key {
			return d.ErrorCode
		}
	}
	return ""
}

// errorFor returns the error code that the response has for a key, or else for the whole request.
// It is empty if there is no error.
func errorFor(r faultproxy.Record, key string) string {
	return cmp.Or(keyError(r, key), r.ErrorCode)
}

// refuses reports whether the response refuses the request for the key. A redirect counts as a
// refusal. A 304 does not: it is the regular response to a conditional request.
func refuses(r faultproxy.Record, key string) bool {
	return r.Status >= 300 && r.Status != http.StatusNotModified || errorFor(r, key) != "" && r.Status != 0
}

// stores reports whether the exchange changed what the key holds. UploadPart does not: only
// CompleteMultipartUpload changes the key.
func stores(r faultproxy.Record, key string) bool {
	switch r.Operation {
	case "PutObject", "CopyObject", "DeleteObject", "CompleteMultipartUpload", "PostObject":
		return r.Committed
	case "DeleteObjects":
		return r.Committed && keyError(r, key) == ""
	}
	return false
}

// response formats the status that the client was sent and the error code for a key.
func response(r faultproxy.Record, key string) string {
	return strings.TrimSpace(fmt.Sprintf("%d %s", r.Status, errorFor(r, key)))
}
