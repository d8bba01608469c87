// Package identity makes a drill repeatable: [Tracker.See] numbers requests by their content
// instead of by their order of arrival, and [Draw] and [Latency] turn these numbers into random
// numbers.
//
// A request has two keys. Its identity is for draws, latency and order: step, method, path, query
// without signature and with upload ids replaced by ordinals, and range. Its logical request groups
// attempts: the invocation id if it was sent, otherwise step, operation, bucket, key, version,
// part, upload ordinal, and the place in a list. The range is left out, because a resumed download
// changes it. Without an invocation id a response that settles the request also ends the logical
// request: see [Tracker.Settle].
//
// All numbers come from hashes that are the same on every machine and in every release.
package identity

import (
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/s3chaos/s3chaos/faultproxy/internal/httptext"
	"github.com/s3chaos/s3chaos/faultproxy/internal/redact"
	"github.com/s3chaos/s3chaos/faultproxy/internal/s3api"
)

// Tracker gives each request its identity, its logical request, and its number among those seen
// before. Its methods may be called from any goroutine.
type Tracker struct {
	limit int

	mu sync.Mutex
	numbers
	buf []byte
}

// numbers are what a Tracker remembers.
type numbers struct {
	nth      counter
	attempts counter
	settled  counter             // logical requests that ended, by key without turn
	uploads  recent[string, int] // ordinals by upload id
	ordinals recent[string, int] // number of uploads so far, by bucket and key
}

// NewTracker returns a tracker. With limit 0 it remembers all keys; with a positive limit, at least
// the last limit keys of each kind.
func NewTracker(limit int) *Tracker {
	t := &Tracker{limit: limit}
	t.Reset()
	return t
}

// Reset forgets everything.
func (t *Tracker) Reset() {
	t.mu.Lock()
	defer t.mu.Unlock()
	of := counter{limit: t.limit}
	t.numbers = numbers{
		nth: of, attempts: of, settled: of,
		uploads: recent[string, int]{limit: t.limit}, ordinals: recent[string, int]{limit: t.limit},
	}
}

// See fills Identity, Nth, Logical, Attempt and Upload, and counts the request. It is called once
// for every request that arrives, and for every connection that a fault prevents.
func (t *Tracker) See(r *s3api.Request) {
	t.mu.Lock()
	defer t.mu.Unlock()
	logical := t.name(r)
	r.Nth = t.nth.add(r.IdentityHash)
	r.Attempt = t.attempts.add(logical)
}

// Peek fills the fields that See fills, but does not count the request: it may never arrive.
func (t *Tracker) Peek(r *s3api.Request) {
	t.mu.Lock()
	defer t.mu.Unlock()
	logical := t.name(r)
	r.Nth, r.Attempt = t.nth.get(r.IdentityHash)+1, t.attempts.get(logical)+1
}

// Settle ends the logical request that r is an attempt of: the next request with its key is the
// first attempt of another one. It does nothing if the client sends invocation ids, or if another
// attempt has already ended the logical request.
func (t *Tracker) Settle(r *s3api.Request) {
	if r.InvocationID != "" {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.settled.get(r.LogicalHash) == r.Turn {
		t.settled.add(r.LogicalHash)
	}
}

// name fills Identity, Logical, Turn and Upload and returns the hash of the logical request's key.
func (t *Tracker) name(r *s3api.Request) (logical uint64) {
	if r.UploadID != "" {
		r.Upload = t.upload(r.UploadID, r.Bucket+"/"+r.Key)
	}
	t.buf = t.appendIdentity(t.buf[:0], r)
	r.Identity = string(t.buf)
	r.IdentityHash = Mix(FNV1a(FNVOffset, t.buf))
	r.Logical = r.InvocationID
	if r.Logical == "" {
		t.buf = appendLogical(t.buf[:0], r)
		r.LogicalHash = FNV1a(FNVOffset, t.buf)
		if r.Turn = t.settled.get(r.LogicalHash); r.Turn > 0 {
			t.buf = strconv.AppendInt(append(t.buf, " #"...), int64(r.Turn)+1, 10)
		}
		r.Logical = string(t.buf)
	}
	return FNV1a(FNVOffset, r.Logical)
}

// upload returns the ordinal of an upload id among those of its key, from 1. Ordinals are counted
// for each key, so that the order in which concurrent uploads of different keys start does not
// matter.
func (t *Tracker) upload(id, key string) int {
	if n, ok := t.uploads.get(id); ok {
		return n
	}
	n := t.ordinals.add(strings.Clone(key))
	t.uploads.set(strings.Clone(id), n)
	return n
}

func (t *Tracker) appendIdentity(b []byte, r *s3api.Request) []byte {
	if r.Step != "" {
		b = append(b, '[')
		b = append(b, r.Step...)
		b = append(b, "] "...)
	}
	b = append(b, r.Method...)
	b = append(b, ' ')
	if r.Hosted {
		b = append(b, '/')
		b = append(b, r.Bucket...)
	}
	b = append(b, r.Path...)
	sep := byte('?')
	httptext.EachParam(r.Query, func(raw, name, value string) bool {
		// the journal shows identities, so secrets are left out
		if presigns(name) || value != "" && redact.Secret(name) {
			return true
		}
		b = append(b, sep)
		sep = '&'
		switch name {
		case "uploadId":
			b = append(b, "uploadId=#"...)
			b = strconv.AppendInt(b, int64(r.Upload), 10)
		case "upload-id-marker":
			n, _ := t.uploads.get(httptext.UnescapeQuery(value))
			b = append(b, "upload-id-marker=#"...)
			b = strconv.AppendInt(b, int64(n), 10)
		default:
			if strings.ContainsAny(value, "=@%") { // the value may contain parameters itself
				raw = redact.Params(raw)
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

func appendLogical(b []byte, r *s3api.Request) []byte {
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
	httptext.EachParam(r.Query, func(raw, name, value string) bool {
		if slices.Contains(asksFor, name) && value != "" {
			if strings.ContainsAny(value, "=@%") { // left out as in the identity
				raw = redact.Params(raw)
			}
			b = append(append(b, ' '), raw...)
		}
		return true
	})
	return b
}

// asksFor are the query parameters that distinguish lists, pages of a list and versions.
var asksFor = []string{
	"prefix", "delimiter", "continuation-token", "start-after", "marker", "key-marker", "version-id-marker",
	"part-number-marker", "versionId",
}

// presigns reports whether a query parameter belongs to a presigned URL. Such parameters differ
// each time the URL is signed.
func presigns(name string) bool { return len(name) >= 6 && httptext.EqualFold(name[:6], "X-Amz-") }

// recent is a map that drops old entries if it has a limit. It has two generations, and drops the
// older when the younger has reached the limit.
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
