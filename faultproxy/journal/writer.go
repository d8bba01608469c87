package journal

import "time"

// Writer is the proxy's side of a journal. A record arrives, may be updated by its Entry, and is
// completed once. All methods may be called from any goroutine.
type Writer struct{ j *Journal }

// NewWriter returns a writer of a new journal. With limit 0 the journal keeps every record; with a
// positive limit it keeps the last limit records, and those in flight. scheme is "http" or "https",
// for URLs in HAR files.
func NewWriter(limit int, scheme string) Writer {
	return Writer{&Journal{
		limit: limit, scheme: scheme, counts: map[string]int{}, overtaken: map[*Entry]struct{}{},
		followers: map[*Follower]struct{}{},
	}}
}

// Journal returns the journal that w writes, for readers.
func (w Writer) Journal() *Journal { return w.j }

// Start sets the moment of scenario time zero. HAR files need it.
func (w Writer) Start(zero time.Time) {
	w.j.mu.Lock()
	defer w.j.mu.Unlock()
	w.j.start = zero
}

// Reset empties the journal, and makes zero the moment of scenario time zero. Records in flight are
// no longer part of it.
func (w Writer) Reset(zero time.Time) {
	j := w.j
	j.mu.Lock()
	defer j.mu.Unlock()
	j.start, j.entries, j.seq, j.exchanges, j.inFlight = zero, nil, 0, 0, 0
	j.epoch++
	clear(j.overtaken)
	clear(j.counts)
}

// Arrive adds the record of a request, or of a connection that a fault prevented, and writes it
// into e; the journal sets Seq. header is the request's header lines. The strings of r may be views
// of e's memory, except Operation. Arrive returns an entry that the journal has dropped and the
// proxy may use again, or nil.
func (w Writer) Arrive(e *Entry, r Record, header string) (free *Entry) {
	j := w.j
	j.mu.Lock()
	defer j.mu.Unlock()
	j.seq++
	r.Seq = j.seq
	e.set(r, header)
	e.epoch = j.epoch
	j.inFlight++
	if r.Kind == KindExchange {
		j.exchanges++
		j.counts[r.Operation]++
	}
	free = j.keep(e)
	j.publish(e)
	return free
}

// Complete changes the record for the last time: f sets End and Ended. response is the header lines
// of the response, as Entry.KeepResponse returned them, or "". Complete does nothing if the record
// is done already.
func (w Writer) Complete(e *Entry, response string, f func(*Record)) {
	j := w.j
	j.mu.Lock()
	defer j.mu.Unlock()
	if e.rec.Done {
		return
	}
	e.finish(response, f)
	if e.epoch != j.epoch {
		return
	}
	j.inFlight--
	delete(j.overtaken, e)
	j.publish(e)
}
