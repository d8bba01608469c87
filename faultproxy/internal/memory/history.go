package memory

import (
	"math"
	"strings"
	"sync"
	"time"
)

// History holds snapshots: objects as they were before they changed. A [Memory] fills it. The zero
// value is empty; its methods may be called from any goroutine.
type History struct {
	mu      sync.Mutex
	changes []change // in order of time
	writes  int      // requests that changed something
	size    int      // of what is kept, in bytes
}

type place struct{ bucket, key string }

// clone does not share memory with the request that named the place.
func (p place) clone() place { return place{strings.Clone(p.bucket), strings.Clone(p.key)} }

// change is a write, with the object as it was before.
type change struct {
	place
	at     time.Duration
	before *Version
	write  int // number of the request, the same for all that it changed
}

// Version is an object at some time, as the upstream's response to a GET. It is never changed.
type Version struct {
	Status      int // 200 or 404
	ContentType string
	Headers     map[string]string // without Content-Type, framing, Date, Server and request id
	Body        []byte
}

// size is what a version takes in memory, in bytes, with its place and its headers.
func (v *Version) size() int { return len(v.Body) + 1<<10 }

// header is a header of the answer; its name is compared without case.
func (v *Version) header(name string) (value string, ok bool) {
	for n, value := range v.Headers {
		if strings.EqualFold(n, name) {
			return value, true
		}
	}
	return "", false
}

// id is the object's version, "null" where S3 gives it none.
func (v *Version) id() string {
	if id, ok := v.header("x-amz-version-id"); ok {
		return id
	}
	return "null"
}

// LastChange, in place of a scenario time, stands for the moment before the last change.
const LastChange = time.Duration(math.MinInt64)

// Object returns what was in a place at a scenario time, nil if nothing has changed since. That is
// the state before the first change after that time; with LastChange, the state before the last
// change.
func (h *History) Object(bucket, key string, since time.Duration) *Version {
	h.mu.Lock()
	defer h.mu.Unlock()
	var found *Version
	for _, c := range h.changes {
		if c.bucket == bucket && c.key == key && c.at > since {
			if found = c.before; since != LastChange {
				break
			}
		}
	}
	return found
}

// Changed returns what was there at a scenario time of each key of a bucket that has changed since.
func (h *History) Changed(bucket string, since time.Duration) map[string]*Version {
	h.mu.Lock()
	defer h.mu.Unlock()
	snapshots := map[string]*Version{}
	if since == LastChange {
		last := 0
		for _, c := range h.changes {
			if c.bucket != bucket {
				continue
			}
			if c.write != last {
				clear(snapshots)
			}
			snapshots[c.key], last = c.before, c.write
		}
		return snapshots
	}
	for _, c := range h.changes {
		if _, known := snapshots[c.key]; c.bucket == bucket && c.at > since && !known {
			snapshots[c.key] = c.before
		}
	}
	return snapshots
}

// add stores what one request has changed. Above maxTotal, add drops the oldest changes.
func (h *History) add(changes []change) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.writes++
	for _, c := range changes {
		c.write = h.writes
		h.changes = append(h.changes, c)
		h.size += c.before.size()
	}
	for h.size > maxTotal {
		h.size -= h.changes[0].before.size()
		h.changes[0] = change{}
		h.changes = h.changes[1:]
	}
}
