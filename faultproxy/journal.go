package faultproxy

import (
	"time"

	"github.com/s3chaos/s3chaos/faultproxy/internal/s3api"
	"github.com/s3chaos/s3chaos/faultproxy/journal"
)

// Package journal holds the journal. Callers of a Proxy can use its types by these names.
type (
	// Journal is the proxy's account of the requests that it received: see [journal.Journal].
	Journal = journal.Journal
	// Record is one entry of the journal: see [journal.Record].
	Record = journal.Record
	// Deletion is a key that a DeleteObjects names: see [journal.Deletion].
	Deletion = journal.Deletion
	// Firing is a rule that fired on an exchange: see [journal.Firing].
	Firing = journal.Firing
	// Follower reads the journal while the proxy writes it: see [journal.Follower].
	Follower = journal.Follower
	// LogicalRequest is a request with all its attempts: see [journal.LogicalRequest].
	LogicalRequest = journal.LogicalRequest
)

// Kinds of records.
const (
	KindExchange   = journal.KindExchange
	KindConnection = journal.KindConnection
)

// GroupRecords groups records as Journal.Logical does: see [journal.GroupRecords].
func GroupRecords(records []Record) []LogicalRequest { return journal.GroupRecords(records) }

// recordOf returns the record of a request on its arrival.
func recordOf(kind string, r *s3api.Request, conn int, at time.Duration) Record {
	return Record{
		Kind: kind, At: at, Conn: conn, Reused: r.Reused, Step: r.Step,
		Operation: r.Operation, Method: r.Method, Target: r.Target, Bucket: r.Bucket, Key: r.Key,
		Part: r.Part, Upload: r.Upload, Range: r.Range,
		Identity: r.Identity, Nth: r.Nth, Logical: r.Logical, InvocationID: r.InvocationID, Attempt: r.Attempt,
	}
}
