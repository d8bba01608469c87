package oracle

import (
	"strings"

	"github.com/s3chaos/s3chaos/faultproxy"
	"github.com/s3chaos/s3chaos/internal/knowable"
)

// A Severity says whether the client is to blame for a finding.
type Severity string

// The severities. A drill fails for a finding that the client could have avoided. What no client
// could have known is a note: the drill shows it, and does not fail for it.
const (
	Fail Severity = "fail"
	Note Severity = "note"
)

// blame gives a violation its severity: note if the client believed a response of these records
// that no client could have known to be wrong.
func (l *Ledger) blame(v Violation, records []faultproxy.Record) Violation {
	return l.blameFor(v, lastBelieved(records))
}

// blameFor gives a violation its severity from the exchange that decided it, nil if the client is
// to blame in any case.
func (l *Ledger) blameFor(v Violation, r *faultproxy.Record) Violation {
	v.Severity = Fail
	if r == nil || !l.judges(LawKnowable) {
		return v
	}
	if row, struck := knowable.Of(*r); struck && !row.Knowable {
		v.Severity = Note
		v.Got += "; no client could have known: " + row.Why
	}
	return v
}

// lastBelieved returns the last exchange with a fault whose response the client may have taken for
// the truth. An exchange that the client repeated does not count, nor does one without a fault.
func lastBelieved(records []faultproxy.Record) *faultproxy.Record {
	final := make(map[string]int) // the last response of each identity
	for i, r := range records {
		if r.Status != 0 {
			final[r.Identity] = i
		}
	}
	var last *faultproxy.Record
	for i := range records {
		r := &records[i]
		if r.Fault != "" && final[r.Identity] == i && believable(*r) {
			last = r
		}
	}
	return last
}

// believable reports whether a client may take the response for the truth: a success, or the answer
// that there is no such object.
func believable(r faultproxy.Record) bool {
	return r.Status/100 == 2 || r.Status == 404
}

// causes are the records from which the client may have taken what it did about the act: those of
// its step, or, for an intent, every request about its objects and every list of their buckets. An
// intent about a file alone has all records.
func (l *Ledger) causes(a *Act) []faultproxy.Record {
	if a.Step != "" || a.Bucket == "" && a.File == nil {
		return l.records(a)
	}
	var led []faultproxy.Record
	for _, r := range l.Records {
		if a.Bucket == "" || leads(r, a.Bucket, a.Key) || a.Source != nil && leads(r, a.Source.Bucket, a.Source.Key) {
			led = append(led, r)
		}
	}
	return led
}

// leads reports whether a response may tell a client what to do with a key.
func leads(r faultproxy.Record, bucket, key string) bool {
	return about(r, bucket, key) || r.Bucket == bucket && strings.HasPrefix(r.Operation, "ListObject")
}
