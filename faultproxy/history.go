package faultproxy

import (
	"math"
	"sync"
	"time"
)

// history is what objects were before they changed: what a stale rule answers with. It is filled before each write of an
// object that passes.
type history struct {
	mu      sync.Mutex
	changes []change // in order of time
	writes  int      // requests that changed something
	size    int      // of what is kept, in bytes
}

type place struct{ bucket, key string }

// change is a write and what was there before it.
type change struct {
	place
	at     time.Duration
	before *version
	write  int // number of the request, the same for all that it changed
}

// version is the upstream's answer to a GET.
type version struct {
	status      int // 200 or 404
	contentType string
	headers     map[string]string // without framing, Date and what the proxy writes itself
	body        []byte
}

// weight is what a version takes in memory, in bytes, with its place and its headers.
func (v *version) weight() int { return len(v.body) + 1<<10 }

// header is a header of the answer; its name is compared without case.
func (v *version) header(name string) (value string, ok bool) {
	for n, value := range v.headers {
		if equalFold(n, name) {
			return value, true
		}
	}
	return "", false
}

// id is the object's version, "null" where S3 gives it none.
func (v *version) id() string {
	if id, ok := v.header("x-amz-version-id"); ok {
		return id
	}
	return "null"
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
		last := 0
		for _, c := range h.changes {
			if c.bucket != bucket {
				continue
			}
			if c.write != last {
				clear(past)
			}
			past[c.key], last = c.before, c.write
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

// add notes what one request has changed. Beyond what may be kept, the oldest changes are forgotten.
func (h *history) add(changes []change) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.writes++
	for _, c := range changes {
		c.write = h.writes
		h.changes = append(h.changes, c)
		h.size += c.before.weight()
	}
	for h.size > allPasts {
		h.size -= h.changes[0].before.weight()
		h.changes[0] = change{}
		h.changes = h.changes[1:]
	}
}

// histories are those of the stale rules there are.
func (s *RuleSet) histories() []*history { return s.now.Load().histories }
