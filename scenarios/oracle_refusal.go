package scenarios

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/s3chaos/s3chaos/faultproxy"
)

// onlyRefused says whether the client reported success although S3 granted the step nothing and refused it last. What the bucket or the file holds
// may be right all the same: from a step before.
func (l *ledger) onlyRefused(a *act) bool {
	if !a.acknowledged() || a.Operation == "exists" { // to be refused is an answer to that
		return false
	}
	_, refused := l.refusal(a)
	return refused && !slices.ContainsFunc(l.Records, func(r faultproxy.Record) bool { return within(r.Step, a.Step) && granted(a, r) })
}

// granted says whether the exchange did what the act asked for, wholly or in part. Its answer may have been lost.
func granted(a *act, r faultproxy.Record) bool {
	if a.writes() {
		return stores(r)
	}
	return r.Status/100 == 2 && (r.Operation == "GetObject" || strings.HasPrefix(r.Operation, "ListObjects"))
}

// stores says whether the exchange changed what a key holds: parts of an upload do not.
func stores(r faultproxy.Record) bool {
	switch r.Operation {
	case "PutObject", "CopyObject", "DeleteObject", "CompleteMultipartUpload":
		return r.Committed
	}
	return false
}

// phantom is a success that S3 never granted.
func (l *ledger) phantom(a *act) Reason {
	refusal, _ := l.refusal(a)
	place := a.Bucket
	if a.Key != "" {
		place += "/" + a.Key
	}
	return Reason{
		Kind: string(PhantomSuccess), Step: a.Step, Line: a.Line, Evidence: evidence(l.Records, inStep(a.Step)),
		Got: fmt.Sprintf("the client reported success for %s, but S3 answered %s", place, refusal),
	}
}

// refusal is S3's last answer to the step when that was an error.
func (l *ledger) refusal(a *act) (string, bool) {
	var last *faultproxy.Record
	for i := range l.Records {
		r := &l.Records[i]
		if within(r.Step, a.Step) && r.Kind == "exchange" && r.Operation != "AbortMultipartUpload" && r.Status != 0 && r.Ended == "complete" {
			last = r
		}
	}
	if last == nil {
		return "", false
	}
	return answerText(*last), refused(*last)
}

func refused(r faultproxy.Record) bool { return r.Status >= 400 || r.ErrorCode != "" && r.Status != 0 }

// refusedThough finds what a program was refused last and yet exited with 0: writes only, since a program may well ask for what is not there.
func (l *ledger) refusedThough() []Reason {
	if !l.ExitedOK {
		return nil
	}
	type target struct{ bucket, key string }
	last := make(map[target]faultproxy.Record)
	stored := make(map[target]bool)
	var order []target
	for _, r := range l.Records {
		switch r.Operation {
		case "PutObject", "CopyObject", "DeleteObject", "CompleteMultipartUpload", "CreateMultipartUpload", "UploadPart", "UploadPartCopy":
		default:
			continue
		}
		t := target{r.Bucket, r.Key}
		if _, known := last[t]; !known {
			order = append(order, t)
		}
		last[t] = r
		stored[t] = stored[t] || stores(r)
	}
	var found []Reason
	for _, t := range order {
		if r := last[t]; refused(r) && !r.Committed && !(stored[t] && alreadyDone(r)) {
			found = append(found, Reason{
				Kind:     string(PhantomSuccess),
				Got:      fmt.Sprintf("the program exited with 0, but S3's last answer to %s %s/%s was %s", r.Operation, t.bucket, t.key, answerText(r)),
				Evidence: l.evidence(t.bucket, t.key, ""),
			})
		}
	}
	return found
}

// alreadyDone says whether the refusal is what a retry gets whose own first attempt had succeeded, unheard.
func alreadyDone(r faultproxy.Record) bool {
	return r.Status == http.StatusPreconditionFailed || r.ErrorCode == "NoSuchUpload"
}

func answerText(r faultproxy.Record) string {
	return strings.TrimSpace(fmt.Sprintf("%d %s", r.Status, r.ErrorCode))
}
