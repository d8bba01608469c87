package fakes3

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"strings"

	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/s3err"
)

const (
	versioningEnabled   = "Enabled"
	versioningSuspended = "Suspended"

	// nullVersion is the id of what is written while versioning is not enabled.
	nullVersion = "null"

	headerVersionID    = "X-Amz-Version-Id"
	headerDeleteMarker = "X-Amz-Delete-Marker"
)

// newVersionID makes the id of the n-th state of a key. It depends on that key alone, so that
// concurrent writes to other keys do not change it.
func newVersionID(bucket, key string, n int) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s/%s#%d", bucket, key, n))
	return hex.EncodeToString(sum[:16])
}

// checkVersionID refuses a text that cannot be the id of a version.
func checkVersionID(id string) error {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-"
	if id == nullVersion || len(id) == 32 && strings.Trim(id, alphabet) == "" {
		return nil
	}
	return s3err.Argument("versionId", id,
		"Invalid version id specified")
}

// version returns a version of a key by its id, or nil.
func (b *bucket) version(key, id string) *value {
	for _, v := range b.values[key] {
		if !v.gone && v.version == id {
			return v
		}
	}
	return nil
}

// shownVersion is the id that responses give for a version. It is empty in a bucket that was never
// versioned.
func (b *bucket) shownVersion(v *value) string {
	if b.versioning == "" {
		return ""
	}
	return v.version
}

// findLocked returns the version of a key that a request names, or with an empty id the live one.
func (st *store) findLocked(bucket, key, id string) (*bucket, *value, error) {
	b := st.buckets[bucket]
	if b == nil {
		return nil, nil, noSuchBucket(bucket)
	}
	if id == "" {
		v := b.latest(key)
		switch {
		case v == nil:
			return b, nil, noSuchKey(key)
		case v.deleted:
			return b, nil, noSuchKey(key).WithHeader(headerDeleteMarker, "true").WithHeader(headerVersionID, v.version)
		}
		return b, v, nil
	}
	if err := checkVersionID(id); err != nil {
		return b, nil, err
	}
	v := b.version(key, id)
	switch {
	case v == nil:
		return b, nil, s3err.New(s3err.NoSuchVersion).With("Key", key).With("VersionId", id)
	case v.deleted:
		return b, nil, s3err.New(s3err.MethodNotAllowed).With("Method", http.MethodGet).With("ResourceType",
			"DeleteMarker").
			WithHeader("Allow", http.MethodDelete).WithHeader(headerDeleteMarker, "true").WithHeader(headerVersionID,
			id).
			WithHeader("Last-Modified", v.at.UTC().Format(http.TimeFormat))
	}
	return b, v, nil
}

// deletion is the result of a delete, as the response reports it.
type deletion struct {
	marker  bool   // a delete marker was made or removed
	version string // of the marker, or of the removed version; empty: not reported
}

// write puts a deletion into the headers of its response.
func (d deletion) write(h http.Header) {
	if d.version != "" {
		h.Set(headerVersionID, d.version)
	}
	if d.marker {
		h.Set(headerDeleteMarker, "true")
	}
}

// deleteLocked deletes a key, or with an id a version of it for good. In a bucket with versioning a
// key gets a delete marker. If the key has no value, it commits nothing.
func (st *store) deleteLocked(b *bucket, name, key, id string) (deletion, error) {
	switch {
	case id != "":
		return st.deleteVersionLocked(b, name, key, id)
	case b.versioning == "" && b.current(key) == nil:
		return deletion{}, nil
	}
	if _, err := st.backend.DeleteObject(name, key); err != nil {
		return deletion{}, err
	}
	marker := &value{deleted: true}
	if b.versioning == "" {
		live := b.current(key)
		marker.gone = true
		st.appendLocked(b, key, marker)
		return deletion{}, st.retireLocked(b, name, key, live)
	}
	err := st.commitLocked(b, name, key, marker)
	return deletion{marker: true, version: marker.version}, err
}

// deleteVersionLocked removes a version. If that changes the live value of the key, the history
// gets the new live value.
func (st *store) deleteVersionLocked(b *bucket, name, key, id string) (deletion, error) {
	if err := checkVersionID(id); err != nil {
		return deletion{}, err
	}
	v := b.version(key, id)
	if v == nil {
		return deletion{version: id}, nil
	}
	before := b.current(key)
	if v == b.latest(key) && !v.deleted {
		// The backend needs a newer state of the key before dropLocked.
		if _, err := st.backend.DeleteObject(name, key); err != nil {
			return deletion{}, err
		}
	}
	if err := st.retireLocked(b, name, key, v); err != nil {
		return deletion{}, err
	}
	if after := b.current(key); after != before {
		state := &value{deleted: true}
		if after != nil {
			copied := *after
			state = &copied
		}
		state.gone, state.uncovered, state.pins = true, true, 0
		st.appendLocked(b, key, state)
	}
	d := deletion{marker: v.deleted, version: id}
	if b.versioning == "" {
		d.version = ""
	}
	return d, nil
}

// setVersion tells the client which version a response is about.
func setVersion(h http.Header, versionID string) {
	if versionID != "" {
		h.Set(headerVersionID, versionID)
	}
}
