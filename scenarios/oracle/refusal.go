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

// onlyRefused says whether the client reported success although S3 granted the step nothing and
// refused it last. What the bucket or the file holds may be right all the same: from a step before.
func (l *Ledger) onlyRefused(a *Act) bool {
	if !a.Acknowledged() || a.Operation == "exists" { // to be refused is an answer to that
		return false
	}
	_, refused := l.refusal(a)
	return refused && !slices.ContainsFunc(l.records(a), func(r faultproxy.Record) bool { return granted(a, r) })
}

// granted says whether the exchange did what the act asked for, wholly or in part. Its answer may
// have been lost.
func granted(a *Act, r faultproxy.Record) bool {
	if a.writes() {
		return stores(r, a.Key)
	}
	return r.Status/100 == 2 && (r.Operation == "GetObject" ||
		r.Operation == "HeadObject" && a.Operation == "stat" || strings.HasPrefix(r.Operation, "ListObjects"))
}

// phantom is a success that S3 never granted.
func (l *Ledger) phantom(a *Act) Violation {
	refusal, _ := l.refusal(a)
	v := Violation{
		Kind: script.PhantomSuccess, Step: a.Step, Line: a.Line, Evidence: evidence.Last(l.Records, a.has),
		Got: fmt.Sprintf("the client reported success for %s, but S3 answered %s", a.place(), refusal),
	}
	return l.blameFor(v, l.lastResponse(a))
}

// refusal is S3's last answer to the step when that was an error.
func (l *Ledger) refusal(a *Act) (string, bool) {
	last := l.lastResponse(a)
	if last == nil || !refuses(*last, a.Key) || l.nothingToRead(a, *last) {
		return "", false
	}
	return response(*last, a.Key), true
}

// lastResponse is the last exchange of the act of which the client has seen a status; nil: none.
func (l *Ledger) lastResponse(a *Act) *faultproxy.Record {
	var last *faultproxy.Record
	for i := range l.Records {
		r := &l.Records[i]
		if a.has(*r) && r.Kind == faultproxy.KindExchange && r.Operation != "AbortMultipartUpload" && r.Status != 0 {
			last = r
		}
	}
	return last
}

// nothingToRead reports whether the response is S3's own 416 for an object without bytes, which has
// no range.
func (l *Ledger) nothingToRead(a *Act, r faultproxy.Record) bool {
	return a.Operation == "download" &&
		r.Status == http.StatusRequestedRangeNotSatisfiable && r.UpstreamStatus == r.Status &&
		slices.ContainsFunc(l.History(a.Bucket, a.Key), func(v Value) bool { return !v.Deleted && len(v.Content) == 0 })
}
