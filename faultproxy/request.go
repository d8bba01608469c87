package faultproxy

import "strings"

// StepHeader names the scenario step a request belongs to. It is an unsigned request header, part of the request's
// identity, and removed before the request goes upstream.
const StepHeader = "X-S3chaos-Step"

// request is what rules, draws and the journal know of one request. Its strings share the memory of the request head;
// only percent-encoded buckets and keys are decoded into new memory.
type request struct {
	Method, Target, Host string
	Header               headers

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

	op       opcode
	asked    question
	hosted   bool   // the bucket came from the host, not from the path
	copyFrom bool   // x-amz-copy-source was sent
	names    uint64 // nameBit of all headers

	// Filled by tracker.see.
	Identity   string
	identity64 uint64
	Nth        int    // n-th request of this identity, from 1
	Logical    string // the logical request's key
	Attempt    int    // n-th try of the logical request, from 1
	Upload     int    // ordinal of the upload id among its key's; 0: none
}

// parse fills r from a request line and its header lines. Nothing is checked that framing does not need: what cannot be
// understood leaves its field empty.
func (r *request) parse(method, target string, header headers, hosts *hostnames) {
	*r = request{Method: method, Target: target, Header: header}
	header.each(func(name, value string) bool {
		r.note(name, value)
		return true
	})
	r.understand(hosts)
}

// note takes in a header line.
func (r *request) note(name, value string) {
	r.names |= nameBit(name)
	switch len(name) {
	case len("Host"):
		if r.Host == "" && equalFold(name, "Host") {
			r.Host = value
		}
	case len("Range"):
		if equalFold(name, "Range") {
			r.Range = value
		}
	case len(StepHeader):
		if equalFold(name, StepHeader) {
			r.Step = value
		}
	case len("X-Amz-Copy-Source"):
		if equalFold(name, "X-Amz-Copy-Source") {
			r.copyFrom = true
		}
	case len("Amz-Sdk-Invocation-Id"):
		if equalFold(name, "Amz-Sdk-Invocation-Id") {
			r.InvocationID = value
		}
	}
}

// understand finds out what is asked for, when all header lines have been noted.
func (r *request) understand(hosts *hostnames) {
	r.locate(hosts)
	r.op = r.recognize()
	r.Operation = r.op.String()
}

// locate splits the target and finds bucket and key.
func (r *request) locate(hosts *hostnames) {
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
		r.hosted = true
		r.Bucket, r.Key = bucket, unescape(path)
		return
	}
	bucket, key, _ := strings.Cut(path, "/")
	r.Bucket, r.Key = unescape(bucket), unescape(key)
}

// param is the decoded value of a query parameter, "" if there is none.
func (r *request) param(wanted string) (found string) {
	eachParam(r.Query, func(_, name, value string) bool {
		if name == wanted {
			found = unescapeQuery(value)
		}
		return found == ""
	})
	return found
}
