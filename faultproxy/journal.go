package faultproxy

import (
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
	"unsafe"

	"github.com/s3chaos/s3chaos/faultproxy/internal/httptext"
	"github.com/s3chaos/s3chaos/faultproxy/internal/poison"
	"github.com/s3chaos/s3chaos/faultproxy/internal/redact"
	"github.com/s3chaos/s3chaos/faultproxy/internal/s3api"
)

// Journal is the proxy's own account of what arrived and what became of it: an independent witness of the client. A
// record is there from arrival on. All methods may be called at any time, while requests are in flight too.
type Journal struct {
	limit int

	mu        sync.Mutex
	scheme    string              // http or https, for HAR
	start     time.Time           // scenario time zero, for HAR
	entries   []*entry            // with a limit: a ring
	overtaken map[*entry]struct{} // those that the ring has lost before they were done
	readers   int                 // of entries, while there are any of which none is used again
	seq       int
	counts    [s3api.OpCount]int // exchanges by operation
	exchanges int
	inFlight  int
	followers map[*Follower]struct{}
}

// newJournal returns a journal that keeps everything, or, with limit > 0, the last limit records and those in flight.
func newJournal(limit int) *Journal {
	return &Journal{limit: limit, scheme: "http", overtaken: map[*entry]struct{}{}, followers: map[*Follower]struct{}{}}
}

// entry is a record in the making. Target and headers are raw until a reader asks: snapshot redacts.
//
// A proxy under load makes tens of thousands of them a second, and a limited journal forgets as many: they are used again.
// The strings of an entry's record are views of its own memory, which then holds others, and so are those of its request:
// whoever keeps one for longer than the exchange clones it.
type entry struct {
	mu     sync.Mutex
	rec    Record
	header httptext.Headers // the request's
	answer httptext.Headers // what the client was sent

	head []byte // the request's
	said []byte // the header lines of the answer
}

// keepHead copies a request's head into the entry's memory and returns a view of it.
func (e *entry) keepHead(raw []byte) string {
	e.head = append(e.head[:0], raw...)
	return view(e.head)
}

// keepAnswer is keepHead for the header lines of an answer.
func (e *entry) keepAnswer(lines []byte) httptext.Headers {
	e.said = append(e.said[:0], lines...)
	return httptext.Headers(view(e.said))
}

// view is bytes as a string. It changes when they do.
func view(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// poison overwrites the memory that the entry's strings are views of, in a build with the race detector.
func (e *entry) poison() {
	if poison.On {
		poison.Fill(e.head)
		poison.Fill(e.said)
		e.head, e.said = nil, nil // not used again: the poison stays
	}
}

// begin says which real or virtual moment scenario time zero is.
func (j *Journal) begin(start time.Time) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.start = start
}

// arrive records, in e, a request that has arrived, or one whose connection was prevented. It returns an entry that the
// journal has forgotten, to be used again, or nil.
func (j *Journal) arrive(e *entry, kind string, r *s3api.Request, conn int, at time.Duration) (forgotten *entry) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.seq++
	e.header, e.answer, e.rec = r.Header, "", Record{
		Seq: j.seq, Kind: kind, At: at, Conn: conn, Step: r.Step,
		Operation: r.Operation, Method: r.Method, Target: r.Target, Bucket: r.Bucket, Key: r.Key,
		Part: r.Part, Upload: r.Upload, Range: r.Range,
		Identity: r.Identity, Nth: r.Nth, Logical: r.Logical, InvocationID: r.InvocationID, Attempt: r.Attempt,
	}
	j.inFlight++
	if kind == KindExchange {
		j.exchanges++
		j.counts[r.Op]++
	}
	if j.limit > 0 && len(j.entries) == j.limit {
		at := &j.entries[(j.seq-1)%j.limit]
		switch last := *at; {
		case !last.rec.Done:
			j.overtaken[last] = struct{}{}
		case j.readers == 0:
			forgotten = last
			last.poison()
		}
		*at = e
	} else {
		j.entries = append(j.entries, e)
	}
	j.tell(e)
	return forgotten
}

// update changes a record in flight; f must not keep the record.
func (e *entry) update(f func(*Record)) {
	e.mu.Lock()
	defer e.mu.Unlock()
	f(&e.rec)
}

// blame has the record name a rule.
func (e *entry) blame(a *activeRule) {
	e.update(func(r *Record) { r.Rule, r.Fault = a.label, a.fault })
}

// complete changes a record for the last time; f sets End and Ended. A second call does nothing.
func (j *Journal) complete(e *entry, f func(*Record)) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if e.rec.Done {
		return
	}
	e.mu.Lock()
	f(&e.rec)
	e.rec.Done = true
	e.mu.Unlock()
	j.inFlight--
	delete(j.overtaken, e)
	j.tell(e)
}

// snapshot is the record as the world may see it.
func (e *entry) snapshot() Record {
	e.mu.Lock()
	defer e.mu.Unlock()
	r := e.rec
	for _, s := range []*string{
		&r.Step, &r.Method, &r.Target, &r.Bucket, &r.Key, &r.Range, &r.Identity, &r.Logical, &r.InvocationID,
	} {
		*s = strings.Clone(*s)
	}
	r.Target = redact.Target(r.Target)
	r.RequestHeader, r.ResponseHeader = redact.Headers(e.header.Clone()), redact.Headers(e.answer.Clone())
	return r
}

// Records returns a copy of all records kept, in-flight ones included, ordered by arrival, identity and n.
func (j *Journal) Records() []Record {
	j.mu.Lock()
	entries := slices.AppendSeq(slices.Clone(j.entries), maps.Keys(j.overtaken))
	j.readers++
	j.mu.Unlock()
	records := make([]Record, len(entries))
	for i, e := range entries {
		records[i] = e.snapshot()
	}
	j.mu.Lock()
	j.readers--
	j.mu.Unlock()
	sortRecords(records)
	return records
}

// Count returns how many requests for that operation have arrived, "" counting those that are no S3 operation. Requests
// that the journal no longer keeps are counted too; prevented connections are not.
func (j *Journal) Count(operation string) int {
	j.mu.Lock()
	defer j.mu.Unlock()
	op, ok := s3api.OpByName(operation)
	if !ok && operation != "" {
		return 0
	}
	return j.counts[op]
}

// Sends returns how many requests have arrived.
func (j *Journal) Sends() int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.exchanges
}

// InFlight returns how many records are not done.
func (j *Journal) InFlight() int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.inFlight
}
