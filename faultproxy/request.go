package faultproxy

import (
	"strconv"
	"strings"
)

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

// headers is the block of header lines of a head, without request line; lines end in CRLF.
type headers string

func (h headers) clone() headers { return headers(strings.Clone(string(h))) }

// each calls f for every line, in order, until it returns false.
func (h headers) each(f func(name, value string) bool) {
	for rest := string(h); rest != ""; {
		name, value, next := headerLine(rest)
		rest = next
		if name != "" && !f(name, trimOWS(value)) {
			return
		}
	}
}

// headerLine splits the first line from a block: its name, "" if it has none, and what stands behind the colon.
func headerLine(block string) (name, value, rest string) {
	line := block
	if before, after, ok := strings.Cut(block, "\n"); ok {
		line, rest = before, after
	}
	i := strings.IndexByte(line, ':')
	if i <= 0 {
		return "", "", rest
	}
	return line[:i], line[i+1:], rest
}

// nameBit is one of 64 bits, the same for a header's name in any case: a request that has none of the bit has no header
// of the name.
func nameBit(name string) uint64 {
	if name == "" {
		return 0
	}
	const fold = 0x20 // makes ASCII letters small
	first, last := uint(name[0]|fold), uint(name[len(name)-1]|fold)
	return 1 << ((uint(len(name)) + 7*first + 13*last) % 64)
}

// get returns the first value of a header; names are compared without case.
func (h headers) get(name string) (value string, ok bool) {
	h.each(func(n, v string) bool {
		if len(n) == len(name) && equalFold(n, name) {
			value, ok = v, true
		}
		return !ok
	})
	return value, ok
}

func trimOWS(s string) string {
	for s != "" && (s[0] == ' ' || s[0] == '\t') {
		s = s[1:]
	}
	for s != "" && (s[len(s)-1] == ' ' || s[len(s)-1] == '\t' || s[len(s)-1] == '\r') {
		s = s[:len(s)-1]
	}
	return s
}

// equalFold compares ASCII strings of equal length without case.
func equalFold(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range len(a) {
		x, y := a[i], b[i]
		if x == y {
			continue
		}
		if 'A' <= x && x <= 'Z' {
			x += 'a' - 'A'
		}
		if 'A' <= y && y <= 'Z' {
			y += 'a' - 'A'
		}
		if x != y {
			return false
		}
	}
	return true
}

// eachParam calls f with every raw query parameter, in order, until it returns false.
func eachParam(query string, f func(raw, name, value string) bool) {
	for query != "" {
		raw := query
		if i := strings.IndexByte(query, '&'); i >= 0 {
			raw, query = query[:i], query[i+1:]
		} else {
			query = ""
		}
		if raw == "" {
			continue
		}
		name, value := raw, ""
		if before, after, ok := strings.Cut(raw, "="); ok {
			name, value = before, after
		}
		if !f(raw, unescapeQuery(name), value) {
			return
		}
	}
}

// unescape decodes %XX and keeps what is no valid escape.
func unescape(s string) string {
	if strings.IndexByte(s, '%') < 0 {
		return s
	}
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) {
			if b, err := strconv.ParseUint(s[i+1:i+3], 16, 8); err == nil {
				out = append(out, byte(b))
				i += 2
				continue
			}
		}
		out = append(out, s[i])
	}
	return string(out)
}

// unescapeQuery is unescape with '+' for a space.
func unescapeQuery(s string) string {
	if strings.IndexByte(s, '+') >= 0 {
		s = strings.ReplaceAll(s, "+", " ")
	}
	return unescape(s)
}
