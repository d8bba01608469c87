package report

import (
	"cmp"
	"slices"

	"github.com/s3chaos/s3chaos/faultproxy"
	"github.com/s3chaos/s3chaos/scenarios"
)

// This file converts the journal between results and lines of the json format. A line is bounded: a
// drill may have a million requests. What it keeps is at least what a timeline shows.

// Limits of the journal of one line.
const (
	lineGroups   = 32 // logical requests
	lineQuiet    = 8  // logical requests with neither fault nor retry
	lineAttempts = 50 // attempts of one logical request
)

// groupLines returns the logical requests of a line, and how many it leaves out.
func groupLines(groups []scenarios.Group) (lines []group, leftOut int) {
	quiet := 0
	for _, g := range groups {
		if !eventful(g) {
			quiet++
		}
		if len(lines) == lineGroups || !eventful(g) && quiet > lineQuiet {
			leftOut++
			continue
		}
		line := group{
			Step: g.Step, Operation: g.Operation, Bucket: g.Bucket, Key: g.Key, Part: g.Part, Concurrent: g.Concurrent,
		}
		for i, a := range g.Attempts {
			if i < lineAttempts-1 || i == len(g.Attempts)-1 {
				line.Attempts = append(line.Attempts, attemptLine(a))
			}
		}
		lines = append(lines, line)
	}
	return lines, leftOut
}

// eventful reports whether a logical request met a fault or was tried again.
func eventful(g scenarios.Group) bool { return len(g.Attempts) > 1 || g.Attempts[0].Last().Fault != "" }

func attemptLine(a scenarios.Attempt) attempt {
	line := attempt{N: a.N, WaitMS: millisecond(a.Wait)}
	if w := a.Allowed; w != nil {
		line.Allowed = &window{MinMS: millisecond(w.Min)}
		if w.Max != nil {
			line.Allowed.MaxMS = new(millisecond(*w.Max))
		}
	}
	for _, r := range a.Records {
		line.Exchanges = append(line.Exchanges, exchange{
			Seq: r.Seq, Kind: r.Kind, Connection: r.Conn, Reused: r.Reused,
			AtMS: millisecond(r.At), EndMS: millisecond(r.End),
			Method: r.Method, Range: r.Range, Rule: r.Rule, Fault: r.Fault, Fired: r.Fired,
			Status: r.Status, UpstreamStatus: r.UpstreamStatus, ErrorCode: r.ErrorCode, Committed: r.Committed,
			BytesSent: r.BytesReceived, BytesReceived: r.BytesSent, Done: r.Done, Ended: r.Ended, Why: r.Why,
		})
	}
	return line
}

// result is the inverse of groupLines.
func (g *group) result() scenarios.Group {
	out := scenarios.Group{
		Step: g.Step, Operation: g.Operation, Bucket: g.Bucket, Key: g.Key, Part: g.Part, Concurrent: g.Concurrent,
	}
	for _, line := range g.Attempts {
		a := scenarios.Attempt{N: line.N, Wait: duration(line.WaitMS)}
		if w := line.Allowed; w != nil {
			a.Allowed = &scenarios.Window{Min: duration(w.MinMS)}
			if w.MaxMS != nil {
				a.Allowed.Max = new(duration(*w.MaxMS))
			}
		}
		for _, e := range line.Exchanges {
			a.Records = append(a.Records, faultproxy.Record{
				Step: g.Step, Operation: g.Operation, Bucket: g.Bucket, Key: g.Key, Part: g.Part,
				Seq: e.Seq, Kind: e.Kind, Conn: e.Connection, Reused: e.Reused,
				At: duration(e.AtMS), End: duration(e.EndMS),
				Method: e.Method, Range: e.Range, Rule: e.Rule, Fault: e.Fault, Fired: e.Fired,
				Status: e.Status, UpstreamStatus: e.UpstreamStatus, ErrorCode: e.ErrorCode, Committed: e.Committed,
				BytesReceived: e.BytesSent, BytesSent: e.BytesReceived, Done: e.Done, Ended: e.Ended, Why: e.Why,
			})
		}
		out.Attempts = append(out.Attempts, a)
	}
	return out
}

// journalOf returns the records of the groups in order of arrival.
func journalOf(groups []scenarios.Group) []faultproxy.Record {
	var records []faultproxy.Record
	for _, g := range groups {
		for _, a := range g.Attempts {
			records = append(records, a.Records...)
		}
	}
	slices.SortStableFunc(records, func(a, b faultproxy.Record) int {
		return cmp.Or(cmp.Compare(a.Seq, b.Seq), cmp.Compare(a.At, b.At))
	})
	return records
}
