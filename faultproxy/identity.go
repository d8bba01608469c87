package faultproxy

import (
	"strconv"
	"strings"
	"sync"
)

// tracker gives every request its identity, its logical request and its place among those seen before.
//
// Identity is for draws, latency and ties: step, method, path, query without signature and with upload ids replaced by
// ordinals, and range. The logical request groups attempts: the invocation id where sent, else step, operation, bucket,
// key, part and upload ordinal; never the range, since a resume changes it.
type tracker struct {
	mu       sync.Mutex
	nth      tally
	attempts tally
	uploads  recent[string, int] // by upload id
	ordinals recent[string, int] // uploads so far, by bucket and key
	buf      []byte
}

// newTracker returns a tracker that remembers everything, or, with limit > 0, at least the last limit of each kind.
func newTracker(limit int) *tracker {
	return &tracker{
		nth: tally{limit: limit}, attempts: tally{limit: limit},
		uploads: recent[string, int]{limit: limit}, ordinals: recent[string, int]{limit: limit},
	}
}

// see fills Identity, Nth, Logical, Attempt and Upload, and counts the request. It is called once for every request that
// arrives, and for every connection that a fault prevents.
func (t *tracker) see(r *request) {
	t.mu.Lock()
	defer t.mu.Unlock()
	logical := t.name(r)
	r.Nth = t.nth.add(r.identity64)
	r.Attempt = t.attempts.add(logical)
}

// peek fills in what see would, and counts nothing: for a request that may not arrive.
func (t *tracker) peek(r *request) {
	t.mu.Lock()
	defer t.mu.Unlock()
	logical := t.name(r)
	r.Nth, r.Attempt = t.nth.get(r.identity64)+1, t.attempts.get(logical)+1
}

// name fills Identity, Logical and Upload and returns the hash of the logical request's key.
func (t *tracker) name(r *request) (logical uint64) {
	if r.UploadID != "" {
		r.Upload = t.upload(r.UploadID, r.Bucket+"/"+r.Key)
	}
	t.buf = t.appendIdentity(t.buf[:0], r)
	r.Identity = string(t.buf)
	r.identity64 = mix(fnv1a(fnvOffset, t.buf))
	r.Logical = r.InvocationID
	if r.Logical == "" {
		t.buf = appendLogical(t.buf[:0], r)
		r.Logical = string(t.buf)
	}
	return fnv1a(fnvOffset, r.Logical)
}

// upload returns the ordinal of an upload id among those of its key, from 1. By key, so that the order in which
// concurrent uploads of different keys begin has no say.
func (t *tracker) upload(id, key string) int {
	if n, ok := t.uploads.get(id); ok {
		return n
	}
	n := t.ordinals.add(strings.Clone(key))
	t.uploads.set(strings.Clone(id), n)
	return n
}

func (t *tracker) appendIdentity(b []byte, r *request) []byte {
	if r.Step != "" {
		b = append(b, '[')
		b = append(b, r.Step...)
		b = append(b, "] "...)
	}
	b = append(b, r.Method...)
	b = append(b, ' ')
	if r.hosted {
		b = append(b, '/')
		b = append(b, r.Bucket...)
	}
	b = append(b, r.Path...)
	sep := byte('?')
	eachParam(r.Query, func(raw, name, value string) bool {
		if presigns(name) || value != "" && secret(name) { // identities are shown
			return true
		}
		b = append(b, sep)
		sep = '&'
		switch name {
		case "uploadId":
			b = append(b, "uploadId=#"...)
			b = strconv.AppendInt(b, int64(r.Upload), 10)
		case "upload-id-marker":
			n, _ := t.uploads.get(unescapeQuery(value))
			b = append(b, "upload-id-marker=#"...)
			b = strconv.AppendInt(b, int64(n), 10)
		default:
			if strings.ContainsAny(value, "=@%") { // it may hold parameters of its own
				raw = redactText(raw, maxEscapes)
			}
			b = append(b, raw...)
		}
		return true
	})
	if r.Range != "" {
		b = append(b, ' ')
		b = append(b, r.Range...)
	}
	return b
}

func appendLogical(b []byte, r *request) []byte {
	if r.Step != "" {
		b = append(b, '[')
		b = append(b, r.Step...)
		b = append(b, "] "...)
	}
	if r.Operation == "" {
		b = append(b, r.Method...)
		b = append(b, ' ')
		b = append(b, r.Path...)
	} else {
		b = append(b, r.Operation...)
		b = append(b, ' ')
		b = append(b, r.Bucket...)
		b = append(b, '/')
		b = append(b, r.Key...)
	}
	if r.Part != 0 {
		b = append(b, " part "...)
		b = strconv.AppendInt(b, int64(r.Part), 10)
	}
	if r.Upload != 0 {
		b = append(b, " upload "...)
		b = strconv.AppendInt(b, int64(r.Upload), 10)
	}
	return b
}

// presigns tells the query parameters of a presigned URL, which differ from signing to signing.
func presigns(name string) bool { return len(name) >= 6 && equalFold(name[:6], "X-Amz-") }

// recent is a map that, with a limit, forgets old entries: of two generations the older is dropped when the younger has
// reached the limit.
type recent[K comparable, V int] struct {
	limit      int
	young, old map[K]V
}

func (m *recent[K, V]) get(k K) (V, bool) {
	if v, ok := m.young[k]; ok {
		return v, true
	}
	v, ok := m.old[k]
	return v, ok
}

func (m *recent[K, V]) set(k K, v V) {
	if m.young == nil || m.limit > 0 && len(m.young) >= m.limit {
		m.young, m.old = make(map[K]V), m.young
	}
	m.young[k] = v
}

// add counts k and returns the new count.
func (m *recent[K, V]) add(k K) V {
	v, _ := m.get(k)
	m.set(k, v+1)
	return v + 1
}
