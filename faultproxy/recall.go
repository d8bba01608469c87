package faultproxy

import (
	"slices"
	"strings"
	"sync"
)

const (
	maxPast  = 64 << 20  // largest object whose past is kept, in bytes
	allPasts = 256 << 20 // most that is kept of all objects' pasts together, in bytes
)

// recall is what a proxy saw of objects as they passed, written or read whole. It is for upstreams that answer no unsigned
// request: there nobody can look what is in the place of an object before it changes. Only stale rules need it.
type recall struct {
	mu    sync.Mutex
	known map[place]*version
	size  int
}

func newRecall() *recall { return &recall{known: map[place]*version{}} }

func (r *recall) at(p place) *version {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.known[p]
}

// put notes what is in a place; nil: nobody knows any more. Beyond what may be kept, others are forgotten.
func (r *recall) put(p place, v *version) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.drop(p)
	if v == nil {
		return
	}
	p = place{strings.Clone(p.bucket), strings.Clone(p.key)}
	r.known[p] = v
	r.size += v.weight()
	for other := range r.known {
		if r.size <= allPasts {
			return
		}
		if other != p {
			r.drop(other)
		}
	}
}

func (r *recall) drop(p place) {
	if v := r.known[p]; v != nil {
		r.size -= v.weight()
		delete(r.known, p)
	}
}

// after notes what is in the place of a target that has been deleted or written; what was written, others may know.
func (r *recall) after(t *target) {
	other := func(id string) bool { return id != "" }
	switch {
	case t.gone != nil && !slices.ContainsFunc(t.gone, other):
		r.put(t.place, newVersion(404, ""))
	case t.gone != nil && t.before != nil && !t.changes(): // an older version
	default:
		r.put(t.place, nil)
	}
}

// forget is for a bucket of which nobody knows what has changed.
func (r *recall) forget(bucket string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for p := range r.known {
		if p.bucket == bucket {
			r.drop(p)
		}
	}
}

// keep copies content as it passes, unless there is too much.
type keep struct {
	content []byte
	over    bool
}

func (k *keep) write(p []byte) {
	switch {
	case k == nil || k.over:
	case len(k.content)+len(p) > maxPast:
		k.content, k.over = nil, true
	default:
		k.content = append(k.content, p...)
	}
}

// whole is the content, nil where there was too much of it.
func (k *keep) whole() ([]byte, bool) {
	if k == nil || k.over {
		return nil, false
	}
	return k.content, true
}

// recalls reports whether the exchange is to be remembered: a stale rule may want it.
func (x *exchange) recalls() bool {
	if len(x.c.p.rules.histories()) == 0 {
		return false
	}
	switch x.req.Operation {
	case "PutObject", "CopyObject", "CompleteMultipartUpload":
		return true
	case "GetObject":
		return !x.req.partial()
	}
	return false
}

// partial reports whether a read is not about the object as it is now and as a whole.
func (r *request) partial() bool {
	other := false
	eachParam(r.Query, func(_, name, _ string) bool {
		other = name == "versionId" || name == "partNumber" || strings.HasPrefix(name, "response-")
		return !other
	})
	return other || r.Range != ""
}

// recollect notes what the exchange, which is over, tells about its object.
func (x *exchange) recollect() {
	if x.kept == nil {
		return
	}
	p, at := x.c.p.recall, place{x.req.Bucket, x.req.Key}
	switch x.req.Operation {
	case "GetObject":
		if content, ok := x.kept.whole(); x.ended == endComplete && x.unchanged() && ok {
			switch x.upStatus {
			case 200:
				v := newVersion(200, x.answerHead)
				v.body = content
				p.put(at, v)
			case 404:
				p.put(at, newVersion(404, x.answerHead))
			}
		}
	default:
		if x.upStatus >= 300 {
			return // it was refused
		}
		p.put(at, x.written())
	}
}

// unchanged reports whether the client got what the upstream answered.
func (x *exchange) unchanged() bool {
	if x.rule == nil {
		return true
	}
	switch x.rule.Fault.(type) {
	case *latency, *bandwidth, *slicer:
		return true
	}
	return false
}

// written is the object that a PutObject made; nil where that cannot be told.
func (x *exchange) written() *version {
	content, ok := x.kept.whole()
	if !ok || x.req.Operation != "PutObject" || x.upStatus != 200 || !x.bodyDone || x.reqSum.decoder != nil && !x.reqSum.decoder.whole() {
		return nil
	}
	if _, appended := x.req.Header.get("x-amz-write-offset-bytes"); appended || x.corrupted() {
		return nil
	}
	v := newVersion(200, x.answerHead)
	v.contentType = "binary/octet-stream" // S3's own, where none is given
	x.req.Header.each(func(name, value string) bool {
		switch lower := strings.ToLower(name); {
		case lower == "content-type":
			v.contentType = strings.Clone(value)
		case strings.HasPrefix(lower, "x-amz-meta-"), lower == "cache-control", lower == "content-disposition", lower == "content-language", lower == "expires":
			v.headers[strings.Clone(name)] = strings.Clone(value)
		case lower == "content-encoding":
			if value = strings.Trim(strings.TrimPrefix(value, "aws-chunked"), ", "); value != "" {
				v.headers["Content-Encoding"] = strings.Clone(value)
			}
		}
		return true
	})
	v.body = content
	return v
}
