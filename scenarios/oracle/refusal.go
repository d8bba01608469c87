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

// onlyRefused reports whether the client reported success although S3 granted no request of the act
// and refused the last one. The bucket or the file may still be right because of an earlier step.
func (l *Ledger) onlyRefused(a *Act) bool {
	if !a.Acknowledged() || a.Operation == "exists" { // a refusal is a result of exists
		return false
	}
	_, refused := l.refusal(a)
	return refused && !l.mayHaveDeleted(a) &&
		!slices.ContainsFunc(l.records(a), func(r faultproxy.Record) bool { return granted(a, r) })
}

// mayHaveDeleted reports whether a conditional deletion lost a response while its key had no
// object. The client cannot tell then whether its own deletion or that of another took effect.
func (l *Ledger) mayHaveDeleted(a *Act) bool {
	if !a.deletes() || a.Condition == (Condition{}) {
		return false
	}
	lost := slices.ContainsFunc(l.records(a), func(r faultproxy.Record) bool {
		return r.Operation == "DeleteObject" && r.Status == 0
	})
	return lost && slices.ContainsFunc(l.during(a, a.Key), func(v Value) bool { return v.Deleted })
}

// granted reports whether the exchange did all or a part of what the act asked for, even if the
// client did not receive the response.
func granted(a *Act, r faultproxy.Record) bool {
	if a.writes() {
		return stores(r, a.Key)
	}
	return r.Status/100 == 2 && (r.Operation == "GetObject" ||
		r.Operation == "HeadObject" && a.Operation == "stat" || strings.HasPrefix(r.Operation, "ListObjects"))
}

// phantom returns the violation for a success that S3 did not grant.
func (l *Ledger) phantom(a *Act) Violation {
	refusal, _ := l.refusal(a)
	v := Violation{
		Kind: script.PhantomSuccess, Step: a.Step, Line: a.Line, Evidence: evidence.Last(l.Records, a.has),
		Got: fmt.Sprintf("the client reported success for %s, but S3 answered %s", a.place(), refusal),
	}
	return l.blameAnswer(v, a, l.lastResponse(a))
}

// refusal returns S3's last response to the act if that is an error.
func (l *Ledger) refusal(a *Act) (string, bool) {
	last := l.lastResponse(a)
	if last == nil || !refuses(*last, a.Key) || l.nothingToRead(a, *last) || l.gone(a, *last) {
		return "", false
	}
	return response(*last, a.Key), true
}

// lastResponse returns the last exchange of the act whose status the client was sent, without
// aborts of multipart uploads. It returns nil if no such exchange exists.
func (l *Ledger) lastResponse(a *Act) *faultproxy.Record {
	var last *faultproxy.Record
	l.eachRecord(a, func(r *faultproxy.Record) {
		// delete_many looks up each of its keys.
		other := a.deletes() && r.Operation == "HeadObject" && r.Key != a.Key
		if r.Kind == faultproxy.KindExchange && r.Operation != "AbortMultipartUpload" && r.Status != 0 && !other {
			last = r
		}
	})
	return last
}

// nothingToRead reports whether the response is a 416 that S3 itself sent for an empty object: no
// range of an empty object can be read.
func (l *Ledger) nothingToRead(a *Act, r faultproxy.Record) bool {
	return (a.Operation == "download" || a.Operation == "get") &&
		r.Status == http.StatusRequestedRangeNotSatisfiable && r.UpstreamStatus == r.Status &&
		slices.ContainsFunc(l.shown(a.Bucket, a.Key), func(v Value) bool { return !v.Deleted && len(v.Content) == 0 })
}

// gone reports whether the response says that the key which the act deletes is missing, as the
// deletion wanted. A move deletes its source on condition, so that S3 answers 404 if it is gone.
func (l *Ledger) gone(a *Act, r faultproxy.Record) bool {
	looks, deletes := r.Operation == "HeadObject", r.Operation == "DeleteObject"
	if r.Status != http.StatusNotFound || !looks && !deletes {
		return false
	}
	if looks && a.deletes() {
		return true
	}
	move := l.moveOf(a)
	if move == nil || !evidence.About(r, move.Source.Bucket, move.Source.Key) {
		return false
	}
	return slices.ContainsFunc(l.Records, func(d faultproxy.Record) bool {
		return d.Operation == "DeleteObject" && d.Step == r.Step && evidence.About(d, r.Bucket, r.Key) && d.At <= r.At
	})
}

// moveOf returns the copy of the move that the act is a part of, and nil for another act.
func (l *Ledger) moveOf(a *Act) *Act {
	for _, other := range l.Acts {
		if other.Moves && other.Source != nil && other.Step == a.Step {
			return other
		}
	}
	return nil
}
