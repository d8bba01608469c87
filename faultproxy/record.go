package faultproxy

import (
	"cmp"
	"slices"
	"time"
)

// Kinds of records.
const (
	KindExchange   = "exchange"   // a request that arrived: a send
	KindConnection = "connection" // a connection that a fault prevented: an attempt, but not a send
)

// Record is what the journal holds of one exchange, or of one connection that a fault prevented. It
// is there from arrival on and complete when Done. Credentials, tokens, signatures and customer
// keys are redacted in every field.
type Record struct {
	Seq      int           `json:"seq"`    // from 1, in order of arrival
	Kind     string        `json:"kind"`   // KindExchange or KindConnection
	At       time.Duration `json:"at_ns"`  // arrival, scenario time
	End      time.Duration `json:"end_ns"` // the client saw the end; zero until Done
	Done     bool          `json:"done"`
	Received time.Duration `json:"received_ns,omitempty"` // the request's last byte was read; zero: never
	// the client was handed the first byte of the final answer; zero: never
	Answered time.Duration `json:"answered_ns,omitempty"`
	Conn     int           `json:"conn,omitempty"` // number of the client's connection, from 1
	Step     string        `json:"step,omitempty"` // of the scenario

	Operation string `json:"operation,omitempty"` // S3 API name; "": none
	Method    string `json:"method"`
	Target    string `json:"target"` // as sent
	Bucket    string `json:"bucket,omitempty"`
	Key       string `json:"key,omitempty"`
	Part      int    `json:"part,omitempty"`
	Upload    int    `json:"upload,omitempty"` // which upload of its key, from 1
	Range     string `json:"range,omitempty"`

	// step, method, path, query and range, without what changes by chance
	Identity     string `json:"identity"`
	Nth          int    `json:"nth"`                     // of this identity, from 1
	Logical      string `json:"logical"`                 // the same for all attempts of one logical request
	InvocationID string `json:"invocation_id,omitempty"` // amz-sdk-invocation-id
	Attempt      int    `json:"attempt"`                 // n-th of the logical request, from 1

	Rule           string `json:"rule,omitempty"`  // label of the rule that fired
	Fault          string `json:"fault,omitempty"` // its fault, as text
	Status         int    `json:"status,omitempty"`
	UpstreamStatus int    `json:"upstream_status,omitempty"`
	ErrorCode      string `json:"error_code,omitempty"` // S3 error code that the client was sent

	// Committed is set where the upstream answered a write with a status of success, the first of a
	// duplicate's two sends included. Bodies are not read for it: an upstream that reports the
	// failure of a CompleteMultipartUpload, CopyObject or UploadPartCopy as an error document with
	// status 200 has it set too.
	Committed bool `json:"committed"`

	// canonical names, several values joined by ", "
	RequestHeader map[string]string `json:"request_header,omitempty"`
	// what the client was sent; none if it was not sent whole
	ResponseHeader map[string]string `json:"response_header,omitempty"`
	BytesReceived  int64             `json:"bytes_received"`           // on the wire, from the client
	BytesSent      int64             `json:"bytes_sent"`               // on the wire, to the client
	RequestSHA256  string            `json:"request_sha256,omitempty"` // of the decoded body; "" when digests are off
	ResponseSHA256 string            `json:"response_sha256,omitempty"`

	// How it ended: complete, reset, closed, client_gone, timeout, refused, upstream_error,
	// bad_request …; "" in flight.
	Ended string `json:"ended,omitempty"`
	// Why the upstream failed, or the request was none, in a few words without addresses; "" when
	// neither.
	Why string `json:"why,omitempty"`
}

// sortRecords orders by arrival; what arrived at one instant by identity, never by the scheduler's
// luck.
func sortRecords(records []Record) {
	slices.SortStableFunc(records, func(a, b Record) int {
		return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.Identity, b.Identity), cmp.Compare(a.Nth, b.Nth),
			cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Seq, b.Seq))
	})
}
