package oracle

import "github.com/s3chaos/s3chaos/faultproxy"

// This file finds the records of a step and the writes of a key without a search of all: a load has
// many thousands of both.

// An index groups what a ledger holds.
type index struct {
	records map[string][]*faultproxy.Record // by step
	writes  map[place][]*Act
	// removals are the deletions of single versions. They are no writes: such a deletion says
	// nothing about what the key holds afterwards.
	removals map[place][]*Act
}

// A place is a key of a bucket.
type place struct{ bucket, key string }

// indexed returns the index of the ledger. It is built once: a ledger does not change.
func (l *Ledger) indexed() *index {
	if l.grouped != nil {
		return l.grouped
	}
	l.grouped = &index{
		records: make(map[string][]*faultproxy.Record), writes: make(map[place][]*Act),
		removals: make(map[place][]*Act),
	}
	for i := range l.Records {
		r := &l.Records[i]
		l.grouped.records[r.Step] = append(l.grouped.records[r.Step], r)
	}
	for _, a := range l.Acts {
		at := place{a.Bucket, a.Key}
		switch {
		case a.removes():
			l.grouped.removals[at] = append(l.grouped.removals[at], a)
		case a.writes():
			l.grouped.writes[at] = append(l.grouped.writes[at], a)
		}
	}
	return l.grouped
}

// eachRecord calls f for the records that belong to the act, in order. The steps of acts have no
// steps inside.
func (l *Ledger) eachRecord(a *Act, f func(*faultproxy.Record)) {
	if a.Step != "" {
		for _, r := range l.indexed().records[a.Step] {
			if a.shares(*r) {
				f(r)
			}
		}
		return
	}
	for i := range l.Records {
		if a.has(l.Records[i]) {
			f(&l.Records[i])
		}
	}
}
