package faultproxy

import (
	"strconv"
	"strings"
	"time"

	"github.com/s3chaos/s3chaos/faultproxy/internal/httptext"
	"github.com/s3chaos/s3chaos/faultproxy/internal/memory"
	"github.com/s3chaos/s3chaos/faultproxy/internal/s3api"
)

// stale answers reads and lists with an earlier state.
type stale struct {
	Age time.Duration `yaml:"age"` // zero: the state before the last change
}

// Stale answers GetObject, HeadObject and lists with the state of that long ago; 0 means the state
// before the last change. It applies only to objects and buckets that have changed since, through
// the proxy: by PutObject, CopyObject, CompleteMultipartUpload, RenameObject, DeleteObject, or
// DeleteObjects (the keys that its response reports as deleted). It does not apply to reads with a
// version id.
//
// Before a write goes to the upstream, the proxy reads the object with an unsigned request to keep
// it as a snapshot. If the upstream rejects that, the snapshot is the content that last passed
// through the proxy: written by PutObject or read completely. If neither is known, the proxy logs a
// warning, and reads get the present state. The same holds for the keys of a DeleteObjects of more
// than 8 MiB, and for uploads with a browser form, whose key the proxy does not read. The proxy
// keeps snapshots of up to 64 MiB each, 256 MiB in all.
func Stale(age time.Duration) Fault { return &stale{Age: age} }

func (f *stale) Kind() string    { return "stale" }
func (f *stale) String() string  { return printFault(f) }
func (f *stale) part(r *Rule)    { r.Fault = f }
func (f *stale) traits() traits  { return traits{order: throughUpstream} }
func (f *stale) Validate() error { return notNegative("stale.age", f.Age) }

// newState returns the snapshots for one rule, empty at first.
func (f *stale) newState() any { return new(memory.History) }

// applies accepts lists and reads of whole objects if the list or the object has changed since.
func (f *stale) applies(req *s3api.Request, at time.Duration, state any) bool {
	h := state.(*memory.History)
	switch req.Operation {
	case "GetObject", "HeadObject":
		return req.Part == 0 && req.Param("versionId") == "" && h.Object(req.Bucket, req.Key, f.since(at)) != nil
	case "ListObjects", "ListObjectsV2":
		return len(h.Changed(req.Bucket, f.since(at))) > 0
	}
	return false
}

// since returns the time of the state to answer with.
func (f *stale) since(now time.Duration) time.Duration {
	if f.Age == 0 {
		return memory.LastChange
	}
	return now - f.Age
}

func (f *stale) act(x *exchange) {
	h := x.rule.state.(*memory.History)
	if !x.through() {
		return
	}
	if x.req.Key == "" {
		x.answerStaleList(h.Changed(x.req.Bucket, f.since(x.at)))
		return
	}
	snapshot := h.Object(x.req.Bucket, x.req.Key, f.since(x.at))
	if !x.discard() || snapshot == nil {
		x.reset() // the rule was reset in the meantime, so there is no snapshot
		return
	}
	if snapshot.Status != 200 {
		x.answerError(answer{code: "NoSuchKey"}.usual())
		return
	}
	x.answerSnapshot(snapshot)
}

// maxList is the size in bytes of the longest list that the fault changes.
const maxList = 64 << 20

// answerStaleList answers a list in which the keys of the snapshots are as they were: missing,
// present again, or with their old size and ETag.
func (x *exchange) answerStaleList(snapshot map[string]*memory.Version) {
	status := x.up.head.Status
	_, content, ok := x.readAnswer()
	if !ok {
		return
	}
	if status == 200 {
		content = memory.Relist(content, listing(&x.req), snapshot)
	}
	x.sendResponse(status, "application/xml", nil, content)
}

// listing returns what the request asks to list.
func listing(r *s3api.Request) memory.Listing {
	var l memory.Listing
	httptext.EachParam(r.Query, func(_, name, value string) bool {
		switch name {
		case "prefix":
			l.Prefix = httptext.UnescapeQuery(value)
		case "delimiter":
			l.Delimiter = httptext.UnescapeQuery(value)
		case "start-after", "marker":
			l.After = httptext.UnescapeQuery(value)
		}
		return true
	})
	return l
}

// answerSnapshot answers a read with a snapshot. Conditions and ranges of the request apply to the
// snapshot.
func (x *exchange) answerSnapshot(snapshot *memory.Version) {
	etag := snapshot.Headers["ETag"]
	if want, ok := x.req.Header.Get("If-Match"); ok && want != etag && want != "*" {
		x.answerError(answer{code: "PreconditionFailed"}.usual())
		return
	}
	if want, ok := x.req.Header.Get("If-None-Match"); ok && (want == etag || want == "*") {
		x.sendResponse(304, "", snapshot.Headers, nil)
		return
	}
	from, to, ok := byteRange(x.req.Range, len(snapshot.Body))
	if !ok {
		x.sendResponse(200, snapshot.ContentType, snapshot.Headers, snapshot.Body)
		return
	}
	if from >= to {
		x.answerError(answer{code: "InvalidRange"}.usual())
		return
	}
	headers := withHeader(snapshot.Headers, "Content-Range", "bytes "+strconv.Itoa(from)+"-"+strconv.Itoa(to-1)+"/"+
		strconv.Itoa(len(snapshot.Body)))
	x.sendResponse(206, snapshot.ContentType, headers, snapshot.Body[from:to])
}

// byteRange reads a Range header with one range. It returns false if the header is missing or
// cannot be used, so that the whole object is sent. If from >= to, the range is outside of the
// object.
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

func (f *stale) neverActsOn(op asked) string {
	switch op.name {
	case "GetObject", "HeadObject", "ListObjects", "ListObjectsV2":
		return ""
	}
	return "stale answers reads of objects and lists, never " + op.subject()
}

func (f *stale) idleReason() string {
	return "nothing had changed before them: there was no older version"
}
