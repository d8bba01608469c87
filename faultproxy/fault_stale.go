package faultproxy

import (
	"strconv"
	"strings"
	"time"
)

// stale answers reads and lists with what was true some time ago.
type stale struct {
	Age time.Duration `yaml:"age"` // zero: before the last change
}

// Stale answers GetObject, HeadObject and lists with what was true that long ago; 0 means before the last change. It
// applies only where something has changed since, through the proxy: by a PutObject, CopyObject, CompleteMultipartUpload,
// RenameObject, DeleteObject, or a DeleteObjects as far as its answer says so. A version that is read by its id is never
// stale.
//
// Before it lets a write of an object pass, the proxy looks at the object, unsigned. An upstream that shows it to nobody
// leaves what passed before, written by PutObject or read whole. What did not, is logged and answered as it is; so is what
// a DeleteObjects of more than 8 MiB deletes and what a browser uploads with a form, whose key the proxy does not read. Of
// the past, 64 MiB an object and 256 MiB in all are kept.
func Stale(age time.Duration) Fault { return &stale{Age: age} }

func (f *stale) Kind() string    { return "stale" }
func (f *stale) String() string  { return printFault(f) }
func (f *stale) part(r *Rule)    { r.Fault = f }
func (f *stale) traits() traits  { return traits{order: throughUpstream} }
func (f *stale) Validate() error { return notNegative("stale.age", f.Age) }

// newState is the past as this rule knows it.
func (f *stale) newState() any { return &history{} }

// applies is for reads of whole objects and for lists, where something has changed since.
func (f *stale) applies(req *request, at time.Duration, state any) bool {
	h := state.(*history)
	switch req.Operation {
	case "GetObject", "HeadObject":
		return req.Part == 0 && req.param("versionId") == "" && h.object(place{req.Bucket, req.Key}, f.since(at)) != nil
	case "ListObjects", "ListObjectsV2":
		return len(h.changed(req.Bucket, f.since(at))) > 0
	}
	return false
}

// since is the moment whose state is answered.
func (f *stale) since(now time.Duration) time.Duration {
	if f.Age == 0 {
		return lastChange
	}
	return now - f.Age
}

func (f *stale) act(x *exchange) {
	h := x.rule.state.(*history)
	if !x.through() {
		return
	}
	if x.req.Key == "" {
		x.answerStaleList(h.changed(x.req.Bucket, f.since(x.at)))
		return
	}
	past := h.object(place{x.req.Bucket, x.req.Key}, f.since(x.at))
	if !x.discard() || past == nil {
		x.reset() // the rule was reset meanwhile: there is nothing to answer
		return
	}
	if past.status != 200 {
		x.answerError(answer{code: "NoSuchKey"}.usual())
		return
	}
	x.answerPast(past)
}

// answerPast answers a read with an object as it was: conditions and ranges are about that object.
func (x *exchange) answerPast(past *version) {
	etag := past.headers["ETag"]
	if want, ok := x.req.Header.get("If-Match"); ok && want != etag && want != "*" {
		x.answerError(answer{code: "PreconditionFailed"}.usual())
		return
	}
	if want, ok := x.req.Header.get("If-None-Match"); ok && (want == etag || want == "*") {
		x.say(304, "", past.headers, nil)
		return
	}
	from, to, ok := byteRange(x.req.Range, len(past.body))
	if !ok {
		x.say(200, past.contentType, past.headers, past.body)
		return
	}
	if from >= to {
		x.answerError(answer{code: "InvalidRange"}.usual())
		return
	}
	headers := withHeader(past.headers, "Content-Range", "bytes "+strconv.Itoa(from)+"-"+strconv.Itoa(to-1)+"/"+strconv.Itoa(len(past.body)))
	x.say(206, past.contentType, headers, past.body[from:to])
}

// byteRange reads a Range header of one range; false where there is none that counts. from is not below to where the
// range lies outside.
func byteRange(header string, size int) (from, to int, ok bool) {
	spec, ok := strings.CutPrefix(header, "bytes=")
	first, last, dash := strings.Cut(spec, "-")
	if !ok || !dash {
		return 0, 0, false
	}
	if first == "" {
		n, err := strconv.Atoi(last)
		return max(0, size-n), size, err == nil && n >= 0
	}
	from, err := strconv.Atoi(first)
	if err != nil || from < 0 {
		return 0, 0, false
	}
	to = size
	if last != "" {
		n, err := strconv.Atoi(last)
		if err != nil || n < from {
			return 0, 0, false
		}
		to = min(size, n+1)
	}
	return from, to, true
}
