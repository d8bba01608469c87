package journal

import (
	"strings"
	"sync"
	"unsafe"

	"github.com/s3chaos/s3chaos/faultproxy/internal/httptext"
	"github.com/s3chaos/s3chaos/faultproxy/internal/poison"
	"github.com/s3chaos/s3chaos/faultproxy/internal/redact"
)

// Entry is a record that the proxy is still writing, with the memory that the record's strings are
// views of. The zero Entry is ready to use.
//
// A proxy under load writes tens of thousands of entries a second, so a limited journal uses them
// again. From then on the memory holds the strings of another request: code that keeps a string for
// longer than its exchange clones it.
//
// Target and headers stay as received until a reader asks for the record: snapshot redacts them.
type Entry struct {
	mu       sync.Mutex
	rec      Record
	epoch    int              // of the journal when the record arrived
	header   httptext.Headers // header lines of the request
	response httptext.Headers // header lines of the response that the client was sent

	head          []byte // memory for the request's head
	responseLines []byte // memory for the response's header lines
}

// set makes e the record of a new request.
func (e *Entry) set(r Record, header string) {
	e.rec, e.header, e.response = r, httptext.Headers(header), ""
}

// finish changes the record for the last time.
func (e *Entry) finish(response string, f func(*Record)) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.response = httptext.Headers(response)
	f(&e.rec)
	e.rec.Done = true
}

// KeepHead copies the head of the request into the entry's memory, and returns a view of it. It
// must be called before Writer.Arrive.
func (e *Entry) KeepHead(raw []byte) string {
	e.head = append(e.head[:0], raw...)
	return view(e.head)
}

// KeepResponse copies the header lines of the response into the entry's memory, and returns a view
// of them. The record shows them when Writer.Complete is given the view.
func (e *Entry) KeepResponse(lines []byte) string {
	e.responseLines = append(e.responseLines[:0], lines...)
	return view(e.responseLines)
}

// view returns a string that shares the memory of b: it changes when b does.
func view(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// poison overwrites the memory that the entry's strings are views of, in builds with the race
// detector.
func (e *Entry) poison() {
	if poison.On {
		poison.Fill(e.head)
		poison.Fill(e.responseLines)
		e.head, e.responseLines = nil, nil // the next request gets new memory, so the poison stays
	}
}

// Update changes the record of an exchange in flight. f must not keep the record.
func (e *Entry) Update(f func(*Record)) {
	e.mu.Lock()
	defer e.mu.Unlock()
	f(&e.rec)
}

// SetRules records the rules that act on the exchange, in order; none is possible. The caller does
// not change the slice afterwards.
func (e *Entry) SetRules(fired ...Firing) {
	var labels, faults []string
	for _, f := range fired {
		labels, faults = append(labels, f.Rule), append(faults, f.Fault)
	}
	if len(fired) < 2 {
		fired = nil
	}
	e.Update(func(r *Record) {
		r.Rule, r.Fault, r.Fired = strings.Join(labels, " + "), strings.Join(faults, " + "), fired
	})
}

// snapshot returns a copy of the record for a reader: its strings are cloned and its secrets
// redacted.
func (e *Entry) snapshot() Record {
	e.mu.Lock()
	defer e.mu.Unlock()
	r := e.rec
	for _, s := range []*string{
		&r.Step, &r.Method, &r.Target, &r.Bucket, &r.Key, &r.Range, &r.Identity, &r.Logical, &r.InvocationID,
	} {
		*s = strings.Clone(*s)
	}
	r.Target, r.Key = redact.Target(r.Target), redact.Key(r.Key)
	r.Identity, r.Logical = redact.Key(r.Identity), redact.Key(r.Logical)
	r.RequestHeader, r.ResponseHeader = redact.Headers(e.header.Clone()), redact.Headers(e.response.Clone())
	return r
}
