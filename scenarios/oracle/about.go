package oracle

import (
	"cmp"
	"fmt"
	"net/http"
	"strings"

	"github.com/s3chaos/s3chaos/faultproxy"
)

// about reports whether a request is about a key: by its path, or, for DeleteObjects, by its body.
func about(r faultproxy.Record, bucket, key string) bool {
	if r.Bucket != bucket {
		return false
	}
	if r.Operation != "DeleteObjects" {
		return r.Key == key
	}
	for _, d := range r.Deletes {
		if d.Key == key {
			return true
		}
	}
	return false
}

// keyError is the code of the error that the response to a DeleteObjects has for a key, inside a
// status of success; empty: none.
func keyError(r faultproxy.Record, key string) string {
	for _, d := range r.Deletes {
		if d.Key == key {
			return d.ErrorCode
		}
	}
	return ""
}

// errorFor is the code of the error that the client was sent for a key; empty: none.
func errorFor(r faultproxy.Record, key string) string {
	return cmp.Or(keyError(r, key), r.ErrorCode)
}

// refuses reports whether the response does not grant what the request asked for of the key. A
// redirection is no success, and 304 answers a condition.
func refuses(r faultproxy.Record, key string) bool {
	return r.Status >= 300 && r.Status != http.StatusNotModified || errorFor(r, key) != "" && r.Status != 0
}

// stores reports whether the exchange changed what the key holds: parts of an upload do not.
func stores(r faultproxy.Record, key string) bool {
	switch r.Operation {
	case "PutObject", "CopyObject", "DeleteObject", "CompleteMultipartUpload", "PostObject":
		return r.Committed
	case "DeleteObjects":
		return r.Committed && keyError(r, key) == ""
	}
	return false
}

// response is the status that the client was sent, with the code of the error for a key.
func response(r faultproxy.Record, key string) string {
	return strings.TrimSpace(fmt.Sprintf("%d %s", r.Status, errorFor(r, key)))
}
