package faultproxy

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"time"
)

// history is what objects were before they changed: what a stale rule answers with. It is filled before each write of an
// object that passes.
type history struct {
	mu      sync.Mutex
	changes []change // in order of time
	size    int      // of the content kept, in bytes
}

type place struct{ bucket, key string }

// change is a write and what was there before it.
type change struct {
	place
	at     time.Duration
	before *version
}

// version is the upstream's answer to a GET.
type version struct {
	status      int // 200 or 404
	contentType string
	headers     map[string]string // without framing, Date and what the proxy writes itself
	body        []byte
}

// lastChange stands for the moment before the last change, whenever that was.
const lastChange = time.Duration(math.MinInt64)

// object is what was there at a moment, nil if nothing has changed since. Of the changes after it the first one knows;
// of the last change only that one.
func (h *history) object(at place, since time.Duration) *version {
	h.mu.Lock()
	defer h.mu.Unlock()
	var found *version
	for _, c := range h.changes {
		if c.place == at && c.at > since {
			if found = c.before; since != lastChange {
				break
			}
		}
	}
	return found
}

// changed is what was there at a moment of each key of a bucket that has changed since.
func (h *history) changed(bucket string, since time.Duration) map[string]*version {
	h.mu.Lock()
	defer h.mu.Unlock()
	past := map[string]*version{}
	if since == lastChange {
		for _, c := range h.changes {
			if c.bucket == bucket {
				past = map[string]*version{c.key: c.before}
			}
		}
		return past
	}
	for _, c := range h.changes {
		if _, known := past[c.key]; c.bucket == bucket && c.at > since && !known {
			past[c.key] = c.before
		}
	}
	return past
}

// add notes a change. Beyond what may be kept, the oldest changes are forgotten.
func (h *history) add(c change) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.changes = append(h.changes, c)
	h.size += len(c.before.body)
	for h.size > allPasts {
		h.size -= len(h.changes[0].before.body)
		h.changes = slices.Delete(h.changes, 0, 1)
	}
}

// changesObject reports whether a request may change the object that it names.
func (r *request) changesObject() bool {
	switch r.Operation {
	case "PutObject", "CopyObject", "DeleteObject", "CompleteMultipartUpload":
		return true
	}
	return false
}

// before finds out what is in the place of an object that the request is about to change, if any rule wants to know: by
// looking, or where the upstream shows it to nobody, by what passed before.
func (x *exchange) before() *version {
	if len(x.c.p.rules.histories()) == 0 || !x.req.changesObject() {
		return nil
	}
	v, err := x.look()
	if v == nil {
		v = x.c.p.recall.at(place{x.req.Bucket, x.req.Key})
	}
	if v == nil {
		x.c.p.cfg.Logger.Warn("stale: the past of an object is unknown", "bucket", x.req.Bucket, "key", x.req.Key, "error", err)
	}
	return v
}

// look asks the upstream for the object, unsigned.
func (x *exchange) look() (*version, error) {
	nc, err := x.c.p.dialUpstream(x.c.ctx)
	if err != nil {
		return nil, err
	}
	defer nc.Close()
	in := newReader(nc)
	defer in.release()
	if _, err := nc.Write([]byte("GET " + x.req.Path + " HTTP/1.1\r\nHost: " + x.req.Host + "\r\nConnection: close\r\n\r\n")); err != nil {
		return nil, err
	}
	n, err := in.head()
	if err != nil {
		return nil, err
	}
	raw := string(in.buffered()[:n])
	head, err := parseResponse([]byte(raw))
	if err != nil {
		return nil, err
	}
	if head.status != 200 && head.status != 404 {
		return nil, fmt.Errorf("an unsigned read is answered %d, and the object did not pass before", head.status)
	}
	in.advance(n)
	v := newVersion(head.status, raw[head.lines:n-2])
	v.body, err = readAll(in, head.framing("GET"), maxPast)
	if err != nil {
		return nil, err
	}
	return v, nil
}

// newVersion is an answer without its body.
func newVersion(status int, lines string) *version {
	v := &version{status: status, headers: map[string]string{}}
	headers(lines).each(func(name, value string) bool {
		switch {
		case equalFold(name, "Content-Type"):
			v.contentType = value
		case framingHeader(name) || equalFold(name, "Date") || equalFold(name, "Server") || equalFold(name, "x-amz-request-id"):
		case equalFold(name, "ETag"):
			v.headers["ETag"] = value
		default:
			v.headers[name] = value
		}
		return true
	})
	return v
}

// readAll reads a body's content to its end, at most limit bytes of it.
func readAll(in *reader, f framing, limit int) ([]byte, error) {
	var b body
	b.reset(in, f)
	var content []byte
	for {
		piece, payload, err := b.next()
		if err != nil {
			return content, ignoreEOF(err)
		}
		if payload {
			if len(content)+len(piece) > limit {
				return nil, fmt.Errorf("more than %v", Size(limit))
			}
			content = append(content, piece...)
		}
	}
}

// remember notes what was there before a write that succeeded.
func (x *exchange) remember(v *version) {
	if v == nil || x.upStatus < 200 || x.upStatus > 299 {
		return
	}
	c := change{place{strings.Clone(x.req.Bucket), strings.Clone(x.req.Key)}, x.c.p.now(), v}
	for _, h := range x.c.p.rules.histories() {
		h.add(c)
	}
}

// histories are those of the stale rules there are.
func (s *RuleSet) histories() []*history { return s.now.Load().histories }
