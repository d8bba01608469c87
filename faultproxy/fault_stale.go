package faultproxy

import (
	"strconv"
	"strings"
	"time"

	"github.com/s3chaos/s3chaos/faultproxy/internal/httptext"
	"github.com/s3chaos/s3chaos/faultproxy/internal/memory"
	"github.com/s3chaos/s3chaos/faultproxy/internal/s3api"
	"github.com/s3chaos/s3chaos/faultproxy/journal"
)

// stale answers reads and lists with what was true some time ago.
type stale struct {
	Age time.Duration `yaml:"age"` // zero: before the last change
}

// Stale answers GetObject, HeadObject and lists with what was true that long ago; 0 means before
// the last change. It applies only where something has changed since, through the proxy: by a
// PutObject, CopyObject, CompleteMultipartUpload, RenameObject, DeleteObject, or a DeleteObjects as
// far as its answer says so. A version that is read by its id is never stale.
//
// Before it lets a write of an object pass, the proxy looks at the object, unsigned. An upstream
// that shows it to nobody leaves what passed before, written by PutObject or read whole. What did
// not, is logged and answered as it is; so is what a DeleteObjects of more than 8 MiB deletes and
// what a browser uploads with a form, whose key the proxy does not read. Of the snapshot, 64 MiB an
// object and 256 MiB in all are kept.
func Stale(age time.Duration) Fault { return &stale{Age: age} }

func (f *stale) Kind() string    { return "stale" }
func (f *stale) String() string  { return printFault(f) }
func (f *stale) part(r *Rule)    { r.Fault = f }
func (f *stale) traits() traits  { return traits{order: throughUpstream} }
func (f *stale) Validate() error { return notNegative("stale.age", f.Age) }

// newState is the snapshot as this rule knows it.
func (f *stale) newState() any { return new(memory.History) }

// applies is for reads of whole objects and for lists, where something has changed since.
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

// since is the moment whose state is answered.
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
		x.reset() // the rule was reset meanwhile: there is nothing to answer
		return
	}
	if snapshot.Status != 200 {
		x.answerError(answer{code: "NoSuchKey"}.usual())
		return
	}
	x.answerSnapshot(snapshot)
}

// maxList is the longest list that is answered otherwise, in bytes.
const maxList = 64 << 20

// answerStaleList answers a list with some of its keys as they were: gone, there again, or with
// their old size and ETag.
func (x *exchange) answerStaleList(snapshot map[string]*memory.Version) {
	up := x.c.up
	status := x.up.head.Status
	up.in.Advance(len(x.up.raw))
	content, err := memory.ReadAll(up.in, x.up.head.Framing(x.req.Method), maxList)
	if err != nil {
		x.c.dropUpstream()
		x.end(journal.EndUpstream)
		x.linger = true
		return
	}
	x.upstreamDone(up)
	if status == 200 {
		content = memory.Relist(content, listing(&x.req), snapshot)
	}
	x.sendResponse(status, "application/xml", nil, content)
}

// listing is what a list is asked for.
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

// answerSnapshot answers a read with an object as it was: conditions and ranges are about that
// object.
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
	headers := withHeader(snapshot.Headers, "Content-Range", "bytes "+strconv.Itoa(from)+"-"+strconv.Itoa(to-1)+"/"+strconv.Itoa(len(snapshot.Body)))
	x.sendResponse(206, snapshot.ContentType, headers, snapshot.Body[from:to])
}

// byteRange reads a Range header of one range; false where there is none that counts. from is not
// below to where the range lies outside.
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
