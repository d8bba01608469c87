package memory

import (
	"slices"
	"strings"
	"sync"
)

// lastSeen keeps objects that passed through the proxy, written or read whole. It serves for
// upstreams that reject unsigned requests: there the proxy cannot read an object before it changes.
type lastSeen struct {
	mu    sync.Mutex
	known map[place]*Version
	size  int
}

func newLastSeen() *lastSeen { return &lastSeen{known: map[place]*Version{}} }

func (r *lastSeen) at(p place) *Version {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.known[p]
}

// put stores what is in a place; nil removes it, because the state is unknown. Above maxTotal, put
// drops other objects.
func (r *lastSeen) put(p place, v *Version) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.drop(p)
	if v == nil {
		return
	}
	p = p.clone()
	r.known[p] = v
	r.size += v.size()
	for other := range r.known {
		if r.size <= maxTotal {
			return
		}
		if other != p {
			r.drop(other)
		}
	}
}

func (r *lastSeen) drop(p place) {
	if v := r.known[p]; v != nil {
		r.size -= v.size()
		delete(r.known, p)
	}
}

// after updates the place of a target that was deleted or written. A written object is unknown
// until Over stores it.
func (r *lastSeen) after(t *target) {
	other := func(id string) bool { return id != "" }
	switch {
	case t.gone != nil && !slices.ContainsFunc(t.gone, other):
		r.put(t.place, newVersion(404, ""))
	case t.gone != nil && t.before != nil && !t.changes(): // an older version
	default:
		r.put(t.place, nil)
	}
}

// forget drops all objects of a bucket, after a change of unknown objects.
func (r *lastSeen) forget(bucket string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for p := range r.known {
		if p.bucket == bucket {
			r.drop(p)
		}
	}
}

// contentCopy copies content as it passes, unless there is too much.
type contentCopy struct {
	content []byte
	over    bool
}

func (k *contentCopy) write(p []byte) {
	switch {
	case k == nil || k.over:
	case len(k.content)+len(p) > maxObject:
		k.content, k.over = nil, true
	default:
		k.content = append(k.content, p...)
	}
}

// whole returns the content, and false if there was too much of it.
func (k *contentCopy) whole() ([]byte, bool) {
	if k == nil || k.over {
		return nil, false
	}
	return k.content, true
}

// remember stores the object that the finished exchange has read or written.
func (e *Exchange) remember(o Outcome) {
	at := place{e.req.Bucket, e.req.Key}
	if e.req.Operation != "GetObject" {
		if o.Status < 300 { // else it was refused
			e.m.seen.put(at, e.written(o))
		}
		return
	}
	content, ok := e.content.whole()
	if !ok || !o.ReceivedSame {
		return
	}
	switch o.Status {
	case 200:
		v := newVersion(200, e.header)
		v.Body = content
		e.m.seen.put(at, v)
	case 404:
		e.m.seen.put(at, newVersion(404, e.header))
	}
}

// written is the object that a PutObject stored; nil if that is unknown.
func (e *Exchange) written(o Outcome) *Version {
	content, ok := e.content.whole()
	if !ok || e.req.Operation != "PutObject" || o.Status != 200 || !o.SentWhole {
		return nil
	}
	v := newVersion(200, e.header)
	v.ContentType = "binary/octet-stream" // S3's own, where none is given
	for name, value := range headerLines(e.req.Header) {
		switch lower := strings.ToLower(name); {
		case lower == "x-amz-write-offset-bytes":
			return nil // it was appended to what was there
		case lower == "content-type":
			v.ContentType = strings.Clone(value)
		case strings.HasPrefix(lower, "x-amz-meta-"), lower == "cache-control", lower == "content-disposition",
			lower == "content-language", lower == "expires":
			v.Headers[strings.Clone(name)] = strings.Clone(value)
		case lower == "content-encoding":
			if value = strings.Trim(strings.TrimPrefix(value, "aws-chunked"), ", "); value != "" {
				v.Headers["Content-Encoding"] = strings.Clone(value)
			}
		}
	}
	v.Body = content
	return v
}
