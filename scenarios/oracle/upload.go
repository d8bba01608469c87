package oracle

import (
	"fmt"

	"github.com/s3chaos/s3chaos/faultproxy"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

// openUploads finds the multipart uploads that were left open. An upload whose id the client never
// learned, or whose aborts S3 all refused, is a note: only a client that lists uploads can avoid
// it.
func (l *Ledger) openUploads(bucket string) []Violation {
	if !l.judges(LawUploads) {
		return nil
	}
	excuses := make(map[string][]string)
	var found []Violation
	for _, key := range l.Uploads(bucket) {
		if _, counted := excuses[key]; !counted {
			excuses[key] = l.uploadExcuses(bucket, key)
		}
		v := Violation{
			Kind: script.OrphanUpload, Severity: Fail,
			Got: fmt.Sprintf("the multipart upload of %s/%s was left open", bucket, key),
		}
		if left := excuses[key]; len(left) > 0 && l.judges(LawUnheard) {
			v.Severity = Note
			v.Got += "; only a client that lists uploads could have known: " + left[0]
			excuses[key] = left[1:]
		}
		found = append(found, v)
	}
	return found
}

// uploadExcuses says for which uploads of a key the client could do no more, one reason for each.
func (l *Ledger) uploadExcuses(bucket, key string) []string {
	var excuses []string
	aborted := make(map[int]bool)
	var refused []int
	for _, r := range l.Records {
		if r.Bucket != bucket || r.Key != key {
			continue
		}
		switch r.Operation {
		case "CreateMultipartUpload":
			if r.Committed && !heard(r) {
				excuses = append(excuses, "the response to CreateMultipartUpload was lost")
			}
		case "AbortMultipartUpload":
			if _, known := aborted[r.Upload]; !known {
				refused = append(refused, r.Upload)
			}
			aborted[r.Upload] = aborted[r.Upload] || r.Committed
		}
	}
	for _, upload := range refused {
		if !aborted[upload] {
			excuses = append(excuses, "S3 refused each AbortMultipartUpload")
		}
	}
	return excuses
}

// heard reports whether the client was sent the whole response of the upstream.
func heard(r faultproxy.Record) bool {
	return r.Status == r.UpstreamStatus && r.Status/100 == 2 && r.Ended == "complete" && r.ErrorCode == ""
}
