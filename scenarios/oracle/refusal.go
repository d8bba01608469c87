package oracle

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/s3chaos/s3chaos/faultproxy"
	"github.com/s3chaos/s3chaos/scenarios/internal/evidence"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

// onlyRefused says whether the client reported success although S3 granted the step nothing and refused it last. What the bucket or the file holds
// may be right all the same: from a step before.
func (l *Ledger) onlyRefused(a *Act) bool {
	if !a.Acknowledged() || a.Operation == "exists" { // to be refused is an answer to that
		return false
	}
	_, refused := l.refusal(a)
	return refused && !slices.ContainsFunc(l.Records, func(r faultproxy.Record) bool { return evidence.Within(r.Step, a.Step) && granted(a, r) })
}

// granted says whether the exchange did what the act asked for, wholly or in part. Its answer may have been lost.
func granted(a *Act, r faultproxy.Record) bool {
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
func (l *Ledger) phantom(a *Act) Violation {
	refusal, _ := l.refusal(a)
	place := a.Bucket
	if a.Key != "" {
		place += "/" + a.Key
	}
	return Violation{
		Kind: script.PhantomSuccess, Step: a.Step, Line: a.Line, Evidence: evidence.Last(l.Records, evidence.InStep(a.Step)),
		Got: fmt.Sprintf("the client reported success for %s, but S3 answered %s", place, refusal),
	}
}

// refusal is S3's last answer to the step when that was an error.
func (l *Ledger) refusal(a *Act) (string, bool) {
	var last *faultproxy.Record
	for i := range l.Records {
		r := &l.Records[i]
		if evidence.Within(r.Step, a.Step) && r.Kind == "exchange" && r.Operation != "AbortMultipartUpload" && r.Status != 0 && r.Ended == "complete" {
			last = r
		}
	}
	if last == nil {
		return "", false
	}
	return evidence.Response(*last), refused(*last)
}

func refused(r faultproxy.Record) bool { return r.Status >= 400 || r.ErrorCode != "" && r.Status != 0 }

// deniedThough finds what a program was refused last, or heard nothing of, and yet exited with 0: writes only, since a program may well ask for
// what is not there.
func (l *Ledger) deniedThough() []Violation {
	if !l.ExitedOK {
		return nil
	}
	type target struct{ bucket, key string }
	type fate struct {
		target
		last       faultproxy.Record
		unanswered *faultproxy.Record
		stored     bool
	}
	fates := make(map[target]*fate)
	var order []*fate
	for i, r := range l.Records {
		switch r.Operation {
		case "PutObject", "CopyObject", "DeleteObject", "CompleteMultipartUpload", "CreateMultipartUpload", "UploadPart", "UploadPartCopy":
		default:
			continue
		}
		f := fates[target{r.Bucket, r.Key}]
		if f == nil {
			f = &fate{target: target{r.Bucket, r.Key}}
			fates[f.target] = f
			order = append(order, f)
		}
		f.last = r
		f.stored = f.stored || stores(r)
		if r.Status == 0 {
			f.unanswered = &l.Records[i]
		}
	}
	var found []Violation
	add := func(f *fate, kind script.Finding, got string, args ...any) {
		found = append(found, Violation{
			Kind: kind, Got: "the program exited with 0, but " + fmt.Sprintf(got, args...), Evidence: l.evidence(f.bucket, f.key, ""),
		})
	}
	for _, f := range order {
		switch r := f.last; {
		case refused(r) && !r.Committed && !(f.stored && alreadyDone(r)):
			add(f, script.PhantomSuccess, "S3's last answer to %s %s/%s was %s", r.Operation, f.bucket, f.key, evidence.Response(r))
		case f.unanswered != nil && !f.stored:
			add(f, script.LostWrite, "nothing of %s/%s took effect: %s had no answer", f.bucket, f.key, f.unanswered.Operation)
		}
	}
	return found
}

// alreadyDone says whether the refusal is what a retry gets whose own first attempt had succeeded, unheard.
func alreadyDone(r faultproxy.Record) bool {
	return r.Status == http.StatusPreconditionFailed || r.ErrorCode == "NoSuchUpload"
}
