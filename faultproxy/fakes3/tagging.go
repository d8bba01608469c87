package fakes3

import (
	"encoding/xml"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"

	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/s3err"
)

const (
	headerTagging = "X-Amz-Tagging"

	maxObjectTags = 10
	maxBucketTags = 50
	maxTagKey     = 128 // UTF-16 code units, as S3 counts
	maxTagValue   = 256
)

// tag is one entry of a tag set.
type tag struct {
	Key   string `xml:"Key"`
	Value string `xml:"Value"`
}

// tagText is what keys and values of tags may hold, from the S3 user guide.
var tagText = regexp.MustCompile(`^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$`)

type tagSet struct {
	XMLName xml.Name `xml:"Tagging"`
	Xmlns   string   `xml:"xmlns,attr,omitempty"`
	Tags    []tag    `xml:"TagSet>Tag"`
}

// checkTags refuses a tag set that S3 does not keep.
func checkTags(tags []tag, most int, what string) error {
	if len(tags) > most {
		return s3err.Errorf(s3err.BadRequest, "%s cannot be greater than %d", what, most)
	}
	seen := map[string]bool{}
	for _, t := range tags {
		n := len(utf16.Encode([]rune(t.Key)))
		switch {
		case n == 0 || n > maxTagKey || !tagText.MatchString(t.Key):
			return s3err.Errorf(s3err.InvalidTag, "The TagKey you have provided is invalid").With("TagKey", t.Key)
		case len(utf16.Encode([]rune(t.Value))) > maxTagValue || !tagText.MatchString(t.Value):
			return s3err.Errorf(s3err.InvalidTag, "The TagValue you have provided is invalid").
				With("TagKey", t.Key).With("TagValue", t.Value)
		case seen[t.Key]:
			return s3err.Errorf(s3err.InvalidTag, "Cannot provide multiple Tags with the same key").With("TagKey", t.Key)
		}
		seen[t.Key] = true
	}
	return nil
}

func checkObjectTags(tags []tag) error { return checkTags(tags, maxObjectTags, "Object tags") }

func checkBucketTags(tags []tag) error { return checkTags(tags, maxBucketTags, "Bucket tag count") }

// headerTags reads the tags that a write brings in x-amz-tagging.
func headerTags(h http.Header) ([]tag, error) {
	text := h.Get(headerTagging)
	malformed := s3err.Argument("x-amz-tagging", text,
		"The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name duplicates.")
	var tags []tag
	for pair := range strings.SplitSeq(text, "&") {
		if pair == "" {
			continue
		}
		name, value, _ := strings.Cut(pair, "=")
		key, err := url.QueryUnescape(name)
		if err != nil || key == "" || slices.ContainsFunc(tags, func(t tag) bool { return t.Key == key }) {
			return nil, malformed
		}
		if value, err = url.QueryUnescape(value); err != nil {
			return nil, malformed
		}
		tags = append(tags, tag{key, value})
	}
	return tags, checkObjectTags(tags)
}

// readTags reads the tag set of a request's body.
func (s *Server) readTags(r *request, check func([]tag) error) ([]tag, error) {
	var in tagSet
	if err := s.readXML(r, &in); err != nil {
		return nil, err
	}
	return in.Tags, check(in.Tags)
}

func writeTags(w *response, tags []tag) error {
	return writeXML(w, tagSet{Xmlns: namespace, Tags: tags})
}

// writeTagCount tells a reader of the object how many tags it has.
func writeTagCount(h http.Header, tags []tag) {
	if len(tags) > 0 {
		h.Set("X-Amz-Tagging-Count", strconv.Itoa(len(tags)))
	}
}

func (s *Server) getBucketTagging(w *response, r *request) error {
	s.store.mu.RLock()
	defer s.store.mu.RUnlock()
	b := s.store.buckets[r.bucket]
	switch {
	case b == nil:
		return noSuchBucket(r.bucket)
	case b.tags == nil:
		return s3err.New(s3err.NoSuchTagSet).With("BucketName", r.bucket)
	}
	return writeTags(w, b.tags)
}

func (s *Server) putBucketTagging(w *response, r *request) error {
	tags, err := s.readTags(r, checkBucketTags)
	if err != nil {
		return err
	}
	if tags == nil {
		tags = []tag{}
	}
	return s.setBucketTags(w, r, tags)
}

func (s *Server) deleteBucketTagging(w *response, r *request) error {
	return s.setBucketTags(w, r, nil)
}

func (s *Server) setBucketTags(w *response, r *request, tags []tag) error {
	s.store.mu.Lock()
	defer s.store.mu.Unlock()
	b := s.store.buckets[r.bucket]
	if b == nil {
		return noSuchBucket(r.bucket)
	}
	b.tags = tags
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (s *Server) getObjectTagging(w *response, r *request) error {
	s.store.mu.RLock()
	defer s.store.mu.RUnlock()
	b, v, err := s.store.findLocked(r.bucket, r.key, r.versionID())
	if err != nil {
		return err
	}
	setVersion(w.Header(), b.shownVersion(v))
	return writeTags(w, v.tags)
}

func (s *Server) putObjectTagging(w *response, r *request) error {
	tags, err := s.readTags(r, checkObjectTags)
	if err != nil {
		return err
	}
	return s.setObjectTags(w, r, tags, http.StatusOK)
}

func (s *Server) deleteObjectTagging(w *response, r *request) error {
	return s.setObjectTags(w, r, nil, http.StatusNoContent)
}

// setObjectTags changes the tags of a version, which is no new version.
func (s *Server) setObjectTags(w *response, r *request, tags []tag, status int) error {
	s.store.mu.Lock()
	defer s.store.mu.Unlock()
	b, v, err := s.store.findLocked(r.bucket, r.key, r.versionID())
	if err != nil {
		return err
	}
	v.tags = tags
	setVersion(w.Header(), b.shownVersion(v))
	w.WriteHeader(status)
	return nil
}
