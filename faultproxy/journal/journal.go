package journal

import (
	"maps"
	"slices"
	"sync"
	"time"
)

// Journal is the proxy's own account of the requests that it received and of how they ended. It is
// a witness that does not depend on the client. A record is in the journal from the arrival of its
// request on. All methods may be called at any time from any goroutine, also while requests are in
// flight.
type Journal struct {
	limit  int    // number of records to keep; 0 or less: all
	scheme string // http or https, for HAR

	mu        sync.Mutex
	start     time.Time           // scenario time zero, for HAR
	entries   []*Entry            // with a limit: a ring
	overtaken map[*Entry]struct{} // entries in flight that the ring has no place for any more
	readers   int                 // calls of Records that read entries; no entry is used again while there are any
	seq       int
	epoch     int            // number of resets
	counts    map[string]int // exchanges by operation
	exchanges int
	inFlight  int
	followers map[*Follower]struct{}
}

// keep appends e to the entries. In a full ring e takes the place of the oldest entry; keep returns
// that entry if it can be used again.
func (j *Journal) keep(e *Entry) (free *Entry) {
	if j.limit <= 0 || len(j.entries) < j.limit {
		j.entries = append(j.entries, e)
		return nil
	}
	place := &j.entries[(j.seq-1)%j.limit]
	oldest := *place
	*place = e
	switch {
	case !oldest.rec.Done:
		j.overtaken[oldest] = struct{}{}
		return nil
	case j.readers > 0:
		return nil
	}
	oldest.poison()
	return oldest
}

// Records returns a copy of all records kept, in order of arrival time. Records with the same
// arrival time are ordered by identity and Nth. Records in flight are included.
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

// Count returns how many requests for an operation have arrived. "" counts the requests that are
// not an S3 operation. Requests whose records the journal no longer keeps are counted too;
// connections that a fault prevented are not.
func (j *Journal) Count(operation string) int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.counts[operation]
}

// Sends returns how many requests have arrived. Connections that a fault prevented are not counted.
func (j *Journal) Sends() int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.exchanges
}

// Last returns the number of the latest record, its Seq; 0: there was none.
func (j *Journal) Last() int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.seq
}

// InFlight returns how many records are not done yet.
func (j *Journal) InFlight() int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.inFlight
}
