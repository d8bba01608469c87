package oracle

import (
	"fmt"
	"net/http"

	"github.com/s3chaos/s3chaos/faultproxy"
	"github.com/s3chaos/s3chaos/scenarios/internal/evidence"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

// A keyWrites summarises the requests with which a program writes one key.
type keyWrites struct {
	bucket, key string             // the key is empty for a DeleteObjects whose keys are unknown
	last        *faultproxy.Record // the last request of a write
	unanswered  *faultproxy.Record // the last such request without a response; nil if all had one
	stored      bool               // at least one write took effect
}

// judgeWire judges a program by its requests and its exit status alone. If it exits with 0, it
// finds keys for which S3's last response to a write was an error (phantom-success), and keys for
// which no write took effect (lost-write). Reads do not count: a program may look for a missing
// object.
func (l *Ledger) judgeWire() []Violation {
	if !l.ExitedOK {
		return nil
	}
	var found []Violation
	for _, f := range l.writesByKey() {
		if l.intends(f.bucket, f.key) {
			continue // judgeProgram judges the intent
		}
		if law, kind, got := f.judge(); kind != "" && l.judges(law) {
			v := Violation{
				Kind: kind, Got: "the program exited with 0, but " + got, Evidence: evidence.Last(l.Records, f.has),
			}
			found = append(found, l.blameFor(v, f.last))
		}
	}
	return found
}

// judge returns the law that the program broke for the key, the finding and its text. They are
// empty if it broke none.
func (f *keyWrites) judge() (law Law, kind script.Finding, got string) {
	r := *f.last
	place := f.bucket
	if f.key != "" {
		place += "/" + f.key
	}
	refused := refuses(r, f.key) && (!r.Committed || keyError(r, f.key) != "") && !(f.stored && alreadyDone(r))
	switch {
	case refused:
		law = LawWireRefused
		if keyError(r, f.key) != "" {
			law = LawWireEachKey
		}
		return law, script.PhantomSuccess,
			fmt.Sprintf("S3's last answer to %s %s was %s", r.Operation, place, response(r, f.key))
	case f.stored:
		return "", "", ""
	case r.Status/100 == 2 && !r.Committed:
		return LawWireStored, script.LostWrite,
			fmt.Sprintf("nothing of %s took effect: S3 did not see the %s that was answered %s",
				place, r.Operation, response(r, f.key))
	case f.unanswered != nil:
		return LawWireAnswered, script.LostWrite,
			fmt.Sprintf("nothing of %s took effect: %s got no response", place, f.unanswered.Operation)
	}
	return "", "", ""
}

func (f *keyWrites) has(r faultproxy.Record) bool {
	if f.key == "" {
		return r.Bucket == f.bucket && r.Operation == f.last.Operation
	}
	return evidence.About(r, f.bucket, f.key)
}

// writesByKey returns a keyWrites for each key that the program asked to change, in the order of
// their first requests.
func (l *Ledger) writesByKey() []*keyWrites {
	var order []*keyWrites
	known := make(map[[3]string]*keyWrites)
	for i := range l.Records {
		r := &l.Records[i]
		for _, key := range keysWritten(*r) {
			id := [3]string{r.Bucket, key}
			if key == "" {
				id[2] = r.RequestSHA256
			}
			f := known[id]
			if f == nil {
				f = &keyWrites{bucket: r.Bucket, key: key}
				known[id] = f
				order = append(order, f)
			}
			f.last = r
			f.stored = f.stored || stores(*r, key)
			if r.Status == 0 {
				f.unanswered = r
			}
		}
	}
	return order
}

// keysWritten returns the keys that a request asks to change. For a DeleteObjects with an unknown
// body it returns one empty key.
func keysWritten(r faultproxy.Record) []string {
	switch r.Operation {
	case "PutObject", "PostObject", "CopyObject", "DeleteObject",
		"CreateMultipartUpload", "UploadPart", "UploadPartCopy", "CompleteMultipartUpload":
		return []string{r.Key}
	case "DeleteObjects":
		keys := make([]string, 0, len(r.Deletes))
		for _, d := range r.Deletes {
			keys = append(keys, d.Key)
		}
		if len(keys) == 0 {
			keys = append(keys, "")
		}
		return keys
	}
	return nil
}

// alreadyDone reports whether the refusal is one that a retry gets after its first attempt
// succeeded and the response was lost.
func alreadyDone(r faultproxy.Record) bool {
	return r.Status == http.StatusPreconditionFailed || r.ErrorCode == "NoSuchUpload"
}
