package faultproxy

import (
	"cmp"
	"slices"
)

// LogicalRequest is one thing that a client wanted, and all its attempts.
type LogicalRequest struct {
	Logical  string   // the key they share
	Attempts []Record // in order of arrival; connections that a fault prevented included
}

// Logical groups the records by logical request: by amz-sdk-invocation-id where it was sent, else
// by step, operation, bucket, key, part and upload. The groups are in order of their first arrival,
// then of identity.
func (j *Journal) Logical() []LogicalRequest { return GroupRecords(j.Records()) }

// GroupRecords is Journal.Logical of records as Journal.Records returned them.
func GroupRecords(records []Record) []LogicalRequest {
	var groups []LogicalRequest
	place := map[string]int{}
	for _, r := range records {
		if r.Ended == endUnused {
			continue
		}
		i, ok := place[r.Logical]
		if !ok {
			i = len(groups)
			place[r.Logical] = i
			groups = append(groups, LogicalRequest{Logical: r.Logical})
		}
		groups[i].Attempts = append(groups[i].Attempts, r)
	}
	slices.SortStableFunc(groups, func(a, b LogicalRequest) int {
		x, y := a.Attempts[0], b.Attempts[0]
		return cmp.Or(cmp.Compare(x.At, y.At), cmp.Compare(x.Identity, y.Identity), cmp.Compare(x.Nth, y.Nth))
	})
	return groups
}
