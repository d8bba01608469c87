// Package s3api knows the S3 API as it looks on the wire: [Request.Parse] finds out which
// operation, bucket and key a request is for, and [OpByName] and [Op] describe the operations.
//
// A table lists each operation with its method, its level (service, bucket or object) and its
// sub-resource in the query. A second, short table lists the operations that need more than that.
// [Hosts] tells the bucket from the host name of a virtual-hosted request. [ErrorStatus],
// [ErrorMessage] and [UsualCode] are S3's list of error codes.
package s3api

import (
	"strconv"
	"strings"

	"github.com/s3chaos/s3chaos/faultproxy/internal/httptext"
)

// StepHeader is the request header with the scenario step of the request. The client does not sign
// it, it is part of the request's identity, and the proxy removes it before the request goes to the
// upstream.
const StepHeader = "X-S3chaos-Step"

// Request is what rules, draws and the journal need to know of a request. Its strings share the
// memory of the request's head, except buckets and keys that had to be decoded.
type Request struct {
	Method, Target, Host string
	Header               httptext.Headers

	Path, Query  string // raw, as sent; Path without scheme and authority, Query without '?'
	Operation    string // S3 API name; "": not an S3 operation
	Bucket, Key  string // decoded
	Part         int    // partNumber; 0: missing
	UploadID     string
	Range        string
	Step         string
	InvocationID string // amz-sdk-invocation-id

	// Set by the exchange, for faults that choose among requests.
	HasBody bool // a body follows the head
	Expect  bool // the client waits for 100 Continue
	Reused  bool // this is not the first request of its connection
	// hash of the first request of the connection, which tells connections apart in every run
	Connection uint64

	Op       Op
	asked    question
	Hosted   bool   // the host names the bucket
	copyFrom bool   // x-amz-copy-source was sent
	Names    uint64 // NameBit of all headers

	// Set by identity.Tracker.See.
	Identity     string
	IdentityHash uint64
	Nth          int    // number among the requests of this identity, from 1
	Logical      string // key of the logical request
	LogicalHash  uint64 // of the key without Turn; 0: there is an invocation id
	Turn         int    // logical requests with this key that had ended before
	Attempt      int    // number of the attempt of the logical request, from 1
	Upload       int    // ordinal of the upload id among those of its key; 0: no upload id
}

// Parse sets r from a request line and its header lines. It does not fail: a field that cannot be
// read stays empty.
func (r *Request) Parse(method, target string, header httptext.Headers, hosts *Hosts) {
	*r = Request{Method: method, Target: target, Header: header}
	header.Each(func(name, value string) bool {
		r.AddHeader(name, value)
		return true
	})
	r.Resolve(hosts)
}

// AddHeader sets the fields that a header line determines.
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

// Length returns the length of the object or part that the request carries: of its body, without
// the framing of aws-chunked. It is 0 without a body. known is false if the head does not tell it.
func (r *Request) Length() (n int64, known bool) {
	text, _ := r.Header.Get("X-Amz-Decoded-Content-Length")
	if text == "" {
		if _, chunked := r.Header.Get("Transfer-Encoding"); chunked {
			return 0, false
		}
		if text, _ = r.Header.Get("Content-Length"); text == "" {
			return 0, true
		}
	}
	n, err := strconv.ParseInt(text, 10, 64)
	return n, err == nil && n >= 0
}

// Resolve determines operation, bucket and key. All header lines must have been added.
func (r *Request) Resolve(hosts *Hosts) {
	r.locate(hosts)
	r.Op = r.recognize()
	r.Operation = r.Op.String()
}

// locate splits the target, and finds bucket and key.
func (r *Request) locate(hosts *Hosts) {
	target := r.Target
	if !strings.HasPrefix(target, "/") {
		if _, rest, ok := strings.Cut(target, "://"); ok { // absolute form: its authority replaces the header Host
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

// Param returns the decoded value of a query parameter, or "" if it is missing.
func (r *Request) Param(wanted string) (found string) {
	httptext.EachParam(r.Query, func(_, name, value string) bool {
		if name == wanted {
			found = httptext.UnescapeQuery(value)
		}
		return found == ""
	})
	return found
}
