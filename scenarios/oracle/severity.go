package oracle

import (
	"net/http"
	"slices"
	"strings"

	"github.com/s3chaos/s3chaos/faultproxy"
	"github.com/s3chaos/s3chaos/internal/knowable"
	"github.com/s3chaos/s3chaos/scenarios/internal/evidence"
)

// A Severity says whether the client is to blame for a finding.
type Severity string

// The severities. A finding that the client could have avoided fails the drill. A finding that no
// client could have avoided is a note: the report shows it, and the drill does not fail.
const (
	Fail Severity = "fail"
	Note Severity = "note"
)

// blame sets the severity of a violation. It is a note if the client relied on one of these
// responses and no client could have known that the response was wrong.
func (l *Ledger) blame(v Violation, records []faultproxy.Record) Violation {
	return l.blameFor(v, lastBelieved(records))
}

// blameFor sets the severity of a violation from the exchange that misled the client. If r is nil,
// no exchange misled it and the severity is Fail.
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

// blameBytes is blame for wrong bytes of which none is missing: how the connections ended says
// nothing about them, and each of the responses may have brought them.
func (l *Ledger) blameBytes(v Violation, records []faultproxy.Record) Violation {
	for i := range records {
		records[i].Ended = "complete"
	}
	for _, r := range believed(records) {
		if excused := l.blameFor(v, r); excused.Severity == Note {
			return excused
		}
	}
	return l.blame(v, records)
}

// lastBelieved returns the last of the believed exchanges, and nil without one.
func lastBelieved(records []faultproxy.Record) *faultproxy.Record {
	all := believed(records)
	if len(all) == 0 {
		return nil
	}
	return all[len(all)-1]
}

// believed returns the exchanges with a fault whose responses the client may have relied on. An
// exchange that the client repeated does not count, nor one whose response was S3's own.
func believed(records []faultproxy.Record) []*faultproxy.Record {
	final := make(map[string]int) // index of the last response to each identity
	for i, r := range records {
		if r.Status != 0 {
			final[r.Identity] = i
		}
	}
	var all []*faultproxy.Record
	for i := range records {
		r := &records[i]
		if r.Fault != "" && final[r.Identity] == i && believable(*r) && !knowable.Own(*r) {
			all = append(all, r)
		}
	}
	return all
}

// believable reports whether a client may rely on the response: a success, or a 404 for a missing
// object.
func believable(r faultproxy.Record) bool {
	return r.Status/100 == 2 || r.Status == 404
}

// excuses reports whether the response may be why the client reported success for the act. A client
// that gets a 404 may believe that the object is not there. It cannot believe that it has read it.
func (a *Act) excuses(r faultproxy.Record) bool {
	reads := a.Operation == "download" || a.Operation == "get" || a.Operation == "stat"
	return !(reads && a.Acknowledged() && r.Status == http.StatusNotFound)
}

// blameAnswer sets the severity of a violation from the response that the client's answer to the
// act contradicts.
func (l *Ledger) blameAnswer(v Violation, a *Act, r *faultproxy.Record) Violation {
	if r != nil && !a.excuses(*r) {
		r = nil
	}
	return l.blameFor(v, r)
}

// excuses returns those of the causes of a wrong answer that may excuse it.
func (l *Ledger) excuses(a *Act) []faultproxy.Record {
	return slices.DeleteFunc(slices.Clone(l.causes(a)), func(r faultproxy.Record) bool { return !a.excuses(r) })
}

// causes returns the records that may explain what the client did for the act. For a step these are
// the step's records, and for one of its acts those that are also about the act or list its bucket.
// For an intent they are every request about its objects and every list of their buckets, and for
// an intent about a file alone all records.
func (l *Ledger) causes(a *Act) []faultproxy.Record {
	if a.Step != "" && !a.Shared || a.Bucket == "" && a.File == nil {
		return l.records(a)
	}
	var led []faultproxy.Record
	for _, r := range l.Records {
		if a.Step != "" && r.Step != a.Step {
			continue
		}
		if a.Bucket == "" || mayInform(r, a.Bucket, a.Key) ||
			a.Source != nil && mayInform(r, a.Source.Bucket, a.Source.Key) {
			led = append(led, r)
		}
	}
	return led
}

// mayInform reports whether the response may influence what a client does with a key.
func mayInform(r faultproxy.Record, bucket, key string) bool {
	return evidence.About(r, bucket, key) || r.Bucket == bucket && strings.HasPrefix(r.Operation, "ListObject")
}
