package oracle

import (
	"fmt"
	"slices"

	"github.com/s3chaos/s3chaos/faultproxy"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

// openUploads finds the multipart uploads that were left open. The severity is a note if the client
// never received the upload's id, if S3 refused every abort, or if a fault told the client that the
// upload does not exist: only a client that lists uploads can then close the upload.
func (l *Ledger) openUploads(bucket string) []Violation {
	if !l.judges(LawUploads) {
		return nil
	}
	excuses := make(map[string][]string)
	resumed := make(map[string]bool)
	var found []Violation
	for _, key := range l.Uploads(bucket) {
		if !resumed[key] && l.resumable(bucket, key) {
			resumed[key] = true // the parts wait for the client that goes on
			continue
		}
		if _, counted := excuses[key]; !counted {
			excuses[key] = l.uploadExcuses(bucket, key)
		}
		v := Violation{
			Kind: script.OrphanUpload, Severity: Fail,
			Got: fmt.Sprintf("the multipart upload of %s/%s was left open", bucket, key),
		}
		if l.Killed && l.judges(LawUnheard) {
			v.Severity = Note
			v.Got += "; a killed program cannot abort it"
		}
		if left := excuses[key]; len(left) > 0 && !l.Killed && l.judges(LawUnheard) {
			v.Severity = Note
			v.Got += "; only a client that lists uploads could have known: " + left[0]
			excuses[key] = left[1:]
		}
		found = append(found, v)
	}
	return found
}

// resumable reports whether the last upload of a key failed and kept the file by which another
// client goes on with it.
func (l *Ledger) resumable(bucket, key string) bool {
	var last *Act
	for _, a := range l.indexed().writes[place{bucket, key}] {
		if last == nil || a.Start >= last.Start {
			last = a
		}
	}
	return last != nil && last.Resumable && !last.Acknowledged()
}

// uploadExcuses returns one reason for each upload of a key that the client could not close.
func (l *Ledger) uploadExcuses(bucket, key string) []string {
	var excuses []string
	aborted := make(map[int]bool)
	var refused, gone []int
	for _, r := range l.Records {
		if r.Bucket != bucket || r.Key != key {
			continue
		}
		if r.ErrorCode == "NoSuchUpload" && r.UpstreamStatus != r.Status && !slices.Contains(gone, r.Upload) {
			gone = append(gone, r.Upload)
		}
		switch r.Operation {
		case "CreateMultipartUpload":
			// Where S3 itself broke off, the journal does not say whether it had acted.
			if (r.Committed || r.Ended == "upstream_error") && idLost(r) {
				excuses = append(excuses, "the response to CreateMultipartUpload was lost")
			}
			if r.Committed && struckBy(r, "duplicate") {
				excuses = append(excuses, "the network sent CreateMultipartUpload twice")
			}
		case "AbortMultipartUpload":
			if _, known := aborted[r.Upload]; !known {
				refused = append(refused, r.Upload)
			}
			aborted[r.Upload] = aborted[r.Upload] || r.Committed
		}
	}
	for range l.openWhenKilled(bucket, key) {
		excuses = append(excuses, "a killed program cannot abort it")
	}
	for _, upload := range refused {
		if !aborted[upload] {
			excuses = append(excuses, "S3 refused each AbortMultipartUpload")
		}
	}
	for _, upload := range gone {
		if !aborted[upload] && !slices.Contains(refused, upload) {
			excuses = append(excuses, "S3 said that the upload does not exist")
		}
	}
	return excuses
}

// idLost reports whether the client did not receive the id of the upload that it has created.
func idLost(r faultproxy.Record) bool {
	return !receivedWhole(r) || struckBy(r, "shorten", "corrupt", "respond")
}

// receivedWhole reports whether the client received the upstream's response, whole and with a
// success status.
func receivedWhole(r faultproxy.Record) bool {
	return r.Status == r.UpstreamStatus && r.Status/100 == 2 && r.Ended == "complete" && r.ErrorCode == ""
}

// struckBy reports whether a fault of one of these kinds acted on the exchange.
func struckBy(r faultproxy.Record, kinds ...string) bool {
	return slices.ContainsFunc(r.Firings(), func(f faultproxy.Firing) bool {
		return slices.Contains(kinds, f.Kind())
	})
}

// openWhenKilled returns how many uploads of a key were open when an earlier run of the program was
// killed, less those that a later run has ended.
func (l *Ledger) openWhenKilled(bucket, key string) int {
	open := 0
	known := make(map[int]bool) // the uploads that the earlier run has used
	for _, r := range l.Records {
		if r.Bucket != bucket || r.Key != key {
			continue
		}
		before := r.At < l.KilledBefore
		known[r.Upload] = known[r.Upload] || before
		switch r.Operation {
		case "CreateMultipartUpload":
			if before && r.Committed && !idLost(r) { // uploadExcuses counts those with a lost id
				open++
			}
		case "CompleteMultipartUpload", "AbortMultipartUpload":
			if r.Committed && known[r.Upload] {
				open--
			}
		}
	}
	return max(0, open)
}
