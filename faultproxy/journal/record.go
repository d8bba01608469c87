package journal

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// Kinds of records.
const (
	KindExchange   = "exchange"   // a request that arrived: a send
	KindConnection = "connection" // a connection that a fault prevented: an attempt, but not a send
)

// How exchanges and connections end: the words of Record.Ended.
const (
	EndComplete   = "complete"       // the client was sent a whole response
	EndReset      = "reset"          // the connection was reset
	EndClosed     = "closed"         // the connection was closed before the response was whole
	EndTimeout    = "timeout"        // the proxy sent no response for as long as the fault said
	EndClientGone = "client_gone"    // the client closed its connection or canceled its dial
	EndUpstream   = "upstream_error" // the upstream was not reachable, or its response broke off
	EndBad        = "bad_request"    // the client's bytes were not an HTTP request
	EndRefused    = "refused"        // a dial failed
	EndTLS        = "tls"            // a TLS handshake failed
	EndUnused     = "unused"         // a dial failed after its request had been sent on another connection
)

// Record is what the journal knows of one exchange, or of one connection that a fault prevented. It
// exists from the arrival on, and is complete when Done is set. Credentials, tokens, signatures and
// customer keys are redacted in every field.
type Record struct {
	Seq  int           `json:"seq"`    // number of the record, from 1, in order of arrival
	Kind string        `json:"kind"`   // KindExchange or KindConnection
	At   time.Duration `json:"at_ns"`  // arrival, in scenario time
	End  time.Duration `json:"end_ns"` // when the exchange ended for the client; zero until Done
	Done bool          `json:"done"`
	// this is not the first request of its connection; beside Done it costs a record no memory
	Reused bool `json:"reused,omitempty"`
	// when the proxy read the last byte of the request; zero: it did not
	Received time.Duration `json:"received_ns,omitempty"`
	// when the proxy sent the first byte of the final response; zero: it did not
	Answered time.Duration `json:"answered_ns,omitempty"`
	Conn     int           `json:"conn,omitempty"` // number of the client's connection, from 1
	Step     string        `json:"step,omitempty"` // id of the scenario's step

	Operation string `json:"operation,omitempty"` // name in the S3 API; "": not an S3 operation
	Method    string `json:"method"`
	Target    string `json:"target"` // as sent
	Bucket    string `json:"bucket,omitempty"`
	Key       string `json:"key,omitempty"`
	Part      int    `json:"part,omitempty"`
	Upload    int    `json:"upload,omitempty"` // number of the multipart upload among those of its key, from 1
	Range     string `json:"range,omitempty"`

	// step, method, path, query and range, without the parts that differ from run to run
	Identity     string `json:"identity"`
	Nth          int    `json:"nth"`                     // number of the request among those of its identity, from 1
	Logical      string `json:"logical"`                 // the same for all attempts of one logical request
	InvocationID string `json:"invocation_id,omitempty"` // value of amz-sdk-invocation-id
	Attempt      int    `json:"attempt"`                 // number of the attempt of the logical request, from 1

	// label of the rule that fired, and its fault as text; those of several rules are joined by " +
	// "
	Rule  string `json:"rule,omitempty"`
	Fault string `json:"fault,omitempty"`
	// the rules that fired together, in order; nil unless there were several
	Fired []Firing `json:"fired,omitempty"`

	Status         int    `json:"status,omitempty"` // that the client was sent
	UpstreamStatus int    `json:"upstream_status,omitempty"`
	ErrorCode      string `json:"error_code,omitempty"` // S3 error code that the client was sent

	// Committed is set if the upstream answered a write with a status of success. If a fault sends
	// a request twice, the success of the first is enough. The proxy does not read bodies for it:
	// it is also set if the upstream reports the failure of a CompleteMultipartUpload, CopyObject
	// or UploadPartCopy as an error document with status 200.
	Committed bool `json:"committed"`

	// what a DeleteObjects asks for; nil without digests
	Deletes []Deletion `json:"deletes,omitempty"`

	// by canonical name; several values are joined by ", "
	RequestHeader map[string]string `json:"request_header,omitempty"`
	// as sent to the client; nil if the client was not sent all of it
	ResponseHeader map[string]string `json:"response_header,omitempty"`
	BytesReceived  int64             `json:"bytes_received"`           // from the client, on the wire
	BytesSent      int64             `json:"bytes_sent"`               // to the client, on the wire
	RequestSHA256  string            `json:"request_sha256,omitempty"` // of the decoded body; "" without digests
	ResponseSHA256 string            `json:"response_sha256,omitempty"`

	// how the exchange ended: one of the End constants; "" in flight
	Ended string `json:"ended,omitempty"`
	// why the upstream failed, or why the request is not HTTP: a few words without addresses
	Why string `json:"why,omitempty"`
}

// Firing is a rule that fired on an exchange.
type Firing struct {
	Rule  string `json:"rule"`  // its label
	Fault string `json:"fault"` // its fault, as text
}

// Kind returns the kind of the fault, as in "respond".
func (f Firing) Kind() string {
	kind, _, _ := strings.Cut(f.Fault, ":")
	return kind
}

// Firings returns the rules that fired, in order; nil if none did.
func (r *Record) Firings() []Firing {
	if r.Fired == nil && r.Rule+r.Fault != "" {
		return []Firing{{r.Rule, r.Fault}}
	}
	return r.Fired
}

// Deletion is a key that a DeleteObjects names.
type Deletion struct {
	Key       string `json:"key"`
	ErrorCode string `json:"error_code,omitempty"` // in the response that the client was sent; "": none
}

// sortRecords sorts by arrival. Records that arrived at the same instant are sorted by identity and
// Nth, because their order of arrival depends on the scheduler.
func sortRecords(records []Record) {
	slices.SortStableFunc(records, func(a, b Record) int {
		return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.Identity, b.Identity), cmp.Compare(a.Nth, b.Nth),
			cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Seq, b.Seq))
	})
}
