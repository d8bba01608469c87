package journal

import (
	"cmp"
	"slices"
)

// LogicalRequest is a request that the client wanted to make, with all its attempts.
type LogicalRequest struct {
	Logical  string   // Record.Logical of each attempt
	Attempts []Record // in order of arrival, including connections that a fault prevented
}

// Logical groups the records by Record.Logical: by the header amz-sdk-invocation-id if it was sent,
// otherwise by step, operation, bucket, key, version, part, upload and page, up to the response
// that settles the request. The groups are ordered by the arrival of their first attempt, then by
// identity.
func (j *Journal) Logical() []LogicalRequest { return GroupRecords(j.Records()) }

// GroupRecords groups records as Journal.Logical does. They must be in the order of
// Journal.Records.
func GroupRecords(records []Record) []LogicalRequest {
	var groups []LogicalRequest
	place := map[string]int{}
	for _, r := range records {
		if r.Ended == EndUnused {
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
