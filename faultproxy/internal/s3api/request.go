// Package s3api knows the S3 API as it looks on the wire: [Request.Parse] finds out which
// operation, bucket and key a request is for, and [OpByName] and [Op] describe the operations.
//
// A table lists each operation with its method, its level (service, bucket or object) and its
// sub-resource in the query. A second, short table lists the operations that need more than that.
// [Hosts] tells the bucket from the host name of a virtual-hosted request. [ErrorStatus],
// [ErrorMessage] and [UsualCode] are S3's list of error codes.
package s3api

import (
	"strings"

	"github.com/s3chaos/s3chaos/faultproxy/internal/httptext"
)

// StepHeader names the scenario step a request belongs to. It is an unsigned request header, part
// of the request's identity, and removed before the request goes upstream.
const StepHeader = "X-S3chaos-Step"

// Request is what rules, draws and the journal know of one request. Its strings share the memory of
// the request head; only percent-encoded buckets and keys are decoded into new memory.
type Request struct {
	Method, Target, Host string
	Header               httptext.Headers

	Path, Query  string // raw, as sent; Path without scheme and authority, Query without '?'
	Operation    string // S3 API name; "" when it is no S3 operation
	Bucket, Key  string // decoded
	Part         int    // partNumber; 0: none
	UploadID     string
	Range        string
	Step         string
	InvocationID string // amz-sdk-invocation-id

	// Filled by the exchange, for faults that choose.
	HasBody bool // a body follows the head
	Expect  bool // the client waits for 100 Continue
	Reused  bool // not the first request of its connection

	Op       Op
	asked    question
	Hosted   bool   // the bucket came from the host, not from the path
	copyFrom bool   // x-amz-copy-source was sent
	Names    uint64 // nameBit of all headers

	// Filled by tracker.see.
	Identity     string
	IdentityHash uint64
	Nth          int    // n-th request of this identity, from 1
	Logical      string // the logical request's key
	LogicalHash  uint64 // of the key without Turn; 0: there is an invocation id
	Turn         int    // logical requests with this key that had ended before
	Attempt      int    // n-th try of the logical request, from 1
	Upload       int    // ordinal of the upload id among its key's; 0: none
}

// Parse fills r from a request line and its header lines. Nothing is checked that framing does not
// need: what cannot be understood leaves its field empty.
func (r *Request) Parse(method, target string, header httptext.Headers, hosts *Hosts) {
	*r = Request{Method: method, Target: target, Header: header}
	header.Each(func(name, value string) bool {
		r.AddHeader(name, value)
		return true
	})
	r.Resolve(hosts)
}

// AddHeader takes in a header line.
func (r *Request) AddHeader(name, value string) {
	r.Names |= httptext.NameBit(name)
	switch len(name) {
	case len("Host"):
		if r.Host == "" && httptext.EqualFold(name, "Host") {
			r.Host = value
		}
	case len("Range"):
		if httptext.EqualFold(name, "Range") {
			r.Range = value
		}
	case len(StepHeader):
		if httptext.EqualFold(name, StepHeader) {
			r.Step = value
		}
	case len("X-Amz-Copy-Source"):
		if httptext.EqualFold(name, "X-Amz-Copy-Source") {
			r.copyFrom = true
		}
	case len("Amz-Sdk-Invocation-Id"):
		if httptext.EqualFold(name, "Amz-Sdk-Invocation-Id") {
			r.InvocationID = value
		}
	}
}

// Resolve finds out what is asked for, when all header lines have been noted.
func (r *Request) Resolve(hosts *Hosts) {
	r.locate(hosts)
	r.Op = r.recognize()
	r.Operation = r.Op.String()
}

// locate splits the target and finds bucket and key.
func (r *Request) locate(hosts *Hosts) {
	target := r.Target
	if !strings.HasPrefix(target, "/") {
		if _, rest, ok := strings.Cut(target, "://"); ok { // absolute form: its authority wins over Host
			end := strings.IndexAny(rest, "/?")
			if end < 0 {
				end = len(rest)
			}
			authority := rest[:end]
			r.Host = authority[strings.LastIndexByte(authority, '@')+1:]
			target = rest[end:]
		}
	}
	r.Path, r.Query, _ = strings.Cut(target, "?")
	path, ok := strings.CutPrefix(r.Path, "/")
	if !ok {
		return // "*", or nothing
	}
	if bucket := hosts.bucket(r.Host); bucket != "" {
		r.Hosted = true
		r.Bucket, r.Key = bucket, httptext.Unescape(path)
		return
	}
	bucket, key, _ := strings.Cut(path, "/")
	r.Bucket, r.Key = httptext.Unescape(bucket), httptext.Unescape(key)
}

// Param is the decoded value of a query parameter, "" if there is none.
func (r *Request) Param(wanted string) (found string) {
	httptext.EachParam(r.Query, func(_, name, value string) bool {
		if name == wanted {
			found = httptext.UnescapeQuery(value)
		}
		return found == ""
	})
	return found
}
