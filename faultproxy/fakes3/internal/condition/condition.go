// Package condition decides the preconditions of a request: [Read], [Copy], [Write] and [Delete]
// say whether a request may act on a [State].
package condition

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/s3err"
)

// State is what preconditions ask about: an object as it is. A nil State means that the key has no
// value.
type State struct {
	ETag     string // with its quotes
	Modified time.Time
	Size     int64 // in bytes
}

// Read decides the preconditions of a GET or HEAD, in the order of RFC 9110 section 13.2.2, which
// S3 follows.
func Read(h http.Header, s *State) error {
	return check(h, "", s)
}

// Copy decides the preconditions on the source of a copy.
func Copy(h http.Header, s *State) error { return check(h, "X-Amz-Copy-Source-", s) }

// check decides preconditions whose header names begin with prefix.
func check(h http.Header, prefix string, s *State) error {
	modified := s.Modified.Truncate(time.Second)
	if match := h.Get(prefix + "If-Match"); match != "" {
		if !matches(match, s.ETag) {
			return failed(prefix + "If-Match")
		}
	} else if since, ok := parseDate(h.Get(prefix + "If-Unmodified-Since")); ok && modified.After(since) {
		return failed(prefix + "If-Unmodified-Since")
	}
	var unchanged bool
	condition := prefix + "If-None-Match"
	if match := h.Get(condition); match != "" {
		unchanged = matches(match, s.ETag)
	} else {
		condition = prefix + "If-Modified-Since"
		since, ok := parseDate(h.Get(condition))
		unchanged = ok && !modified.After(since)
	}
	switch {
	case !unchanged:
		return nil
	case prefix != "": // a copy has no 304
		return failed(condition)
	}
	return s3err.New(s3err.NotModified).
		WithHeader("Etag", s.ETag).
		WithHeader("Last-Modified", modified.UTC().Format(http.TimeFormat))
}

// Write decides the preconditions of a write over s.
func Write(h http.Header, key string, s *State) error {
	if match := h.Get("If-Match"); match != "" {
		if s == nil {
			return s3err.New(s3err.NoSuchKey).With("Key", key)
		}
		if !matches(match, s.ETag) {
			return failed("If-Match")
		}
	}
	if h.Get("If-None-Match") != "" && s != nil {
		return failed("If-None-Match")
	}
	return nil
}

// Delete decides the preconditions of a delete of s. The preconditions on size and time are those
// of directory buckets and general ones.
func Delete(h http.Header, key string, s *State) error {
	if match := h.Get("If-Match"); match != "" && match != "*" || match == "*" && s == nil {
		return Write(http.Header{"If-Match": {match}}, key, s)
	}
	if s == nil {
		return nil
	}
	if text := h.Get("X-Amz-If-Match-Size"); text != "" && text != strconv.FormatInt(s.Size, 10) {
		return failed("x-amz-if-match-size")
	}
	at, ok := parseDate(h.Get("X-Amz-If-Match-Last-Modified-Time"))
	if ok && !at.Equal(s.Modified.Truncate(time.Second)) {
		return failed("x-amz-if-match-last-modified-time")
	}
	return nil
}

// CheckWrite refuses what S3 does not support: If-None-Match of a write takes a star only.
func CheckWrite(h http.Header) error {
	if match := h.Get("If-None-Match"); match != "" && match != "*" {
		return s3err.New(s3err.NotImplemented).With("Header", "If-None-Match")
	}
	return nil
}

// failed is the error of a precondition that does not hold.
func failed(name string) error {
	return s3err.New(s3err.PreconditionFailed).With("Condition", name)
}

// Abort decides the precondition of the abort of an upload.
func Abort(h http.Header, initiated time.Time) error {
	const name = "x-amz-if-match-initiated-time"
	if at, ok := parseDate(h.Get(name)); ok && !at.Equal(initiated.Truncate(time.Second)) {
		return failed(name)
	}
	return nil
}

// RangeHolds decides If-Range, RFC 9110 section 13.1.5: a Range is for the object that the client
// has seen, or the client gets the whole.
func RangeHolds(h http.Header, s *State) bool {
	text := h.Get("If-Range")
	if text == "" {
		return true
	}
	if since, ok := parseDate(text); ok {
		return !s.Modified.Truncate(time.Second).After(since)
	}
	return text == s.ETag
}

// matches reports whether a list of entity tags, or a star, holds etag.
func matches(list, etag string) bool {
	for candidate := range strings.SplitSeq(list, ",") {
		candidate = strings.TrimPrefix(strings.TrimSpace(candidate), "W/")
		if candidate == "*" || strings.Trim(candidate, `"`) == strings.Trim(etag, `"`) {
			return true
		}
	}
	return false
}

// parseDate reads a date of HTTP. A date that is not valid is ignored, as RFC 9110 demands.
func parseDate(text string) (time.Time, bool) {
	if text == "" {
		return time.Time{}, false
	}
	t, err := http.ParseTime(text)
	return t, err == nil
}
