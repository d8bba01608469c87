package fakes3

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/s3err"
)

// checkRead decides the preconditions of a GET or HEAD, in the order of RFC 9110 section 13.2.2,
// which S3 follows.
func checkRead(h http.Header, v *value) error {
	return check(h, "", v)
}

// check decides preconditions whose header names begin with prefix.
func check(h http.Header, prefix string, v *value) error {
	modified := v.at.Truncate(time.Second)
	if match := h.Get(prefix + "If-Match"); match != "" {
		if !matches(match, v.etag) {
			return failedCondition(prefix + "If-Match")
		}
	} else if since, ok := parseDate(h.Get(prefix + "If-Unmodified-Since")); ok && modified.After(since) {
		return failedCondition(prefix + "If-Unmodified-Since")
	}
	var unchanged bool
	condition := prefix + "If-None-Match"
	if match := h.Get(condition); match != "" {
		unchanged = matches(match, v.etag)
	} else {
		condition = prefix + "If-Modified-Since"
		since, ok := parseDate(h.Get(condition))
		unchanged = ok && !modified.After(since)
	}
	switch {
	case !unchanged:
		return nil
	case prefix != "": // a copy has no 304
		return failedCondition(condition)
	}
	return s3err.New(s3err.NotModified).
		WithHeader("Etag", v.etag).
		WithHeader("Last-Modified", modified.UTC().Format(http.TimeFormat))
}

// checkWrite decides the preconditions of a write over v, which is nil when the key has no value.
func checkWrite(h http.Header, key string, v *value) error {
	if match := h.Get("If-Match"); match != "" {
		if v == nil {
			return noSuchKey(key)
		}
		if !matches(match, v.etag) {
			return failedCondition("If-Match")
		}
	}
	if h.Get("If-None-Match") != "" && v != nil {
		return failedCondition("If-None-Match")
	}
	return nil
}

// checkDelete decides the preconditions of a delete of v, which may be nil. The preconditions on
// size and time are those of directory buckets and general ones.
func checkDelete(h http.Header, key string, v *value) error {
	if match := h.Get("If-Match"); match != "" && match != "*" || match == "*" && v == nil {
		return checkWrite(http.Header{"If-Match": {match}}, key, v)
	}
	if v == nil {
		return nil
	}
	if text := h.Get("X-Amz-If-Match-Size"); text != "" && text != strconv.FormatInt(v.size, 10) {
		return failedCondition("x-amz-if-match-size")
	}
	if at, ok := parseDate(h.Get("X-Amz-If-Match-Last-Modified-Time")); ok && !at.Equal(v.at.Truncate(time.Second)) {
		return failedCondition("x-amz-if-match-last-modified-time")
	}
	return nil
}

// checkWriteHeaders refuses the preconditions that S3 has not got: a write takes If-None-Match with
// a star only.
func checkWriteHeaders(h http.Header) error {
	if match := h.Get("If-None-Match"); match != "" && match != "*" {
		return s3err.New(s3err.NotImplemented).With("Header", "If-None-Match")
	}
	return nil
}

func failedCondition(name string) error {
	return s3err.New(s3err.PreconditionFailed).With("Condition", name)
}

// matches says whether a list of entity tags, or a star, holds etag.
func matches(list, etag string) bool {
	for candidate := range strings.SplitSeq(list, ",") {
		candidate = strings.TrimPrefix(strings.TrimSpace(candidate), "W/")
		if candidate == "*" || strings.Trim(candidate, `"`) == strings.Trim(etag, `"`) {
			return true
		}
	}
	return false
}

func parseDate(text string) (time.Time, bool) {
	if text == "" {
		return time.Time{}, false
	}
	t, err := http.ParseTime(text)
	return t, err == nil
}
