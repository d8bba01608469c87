// Package tagging holds the tags of objects and buckets: [FromHeader] and [Set] read them, and
// [CheckObject] and [CheckBucket] refuse what S3 does not keep.
package tagging

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

// Tag is one entry of a tag set.
type Tag struct {
	Key   string `xml:"Key"`
	Value string `xml:"Value"`
}

// tagText is what keys and values of tags may hold, from the S3 user guide.
var tagText = regexp.MustCompile(`^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$`)

// Set is a tag set as XML.
type Set struct {
	XMLName xml.Name `xml:"Tagging"`
	Xmlns   string   `xml:"xmlns,attr,omitempty"`
	Tags    []Tag    `xml:"TagSet>Tag"`
}

func check(tags []Tag, most int, what string) error {
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
			return s3err.Errorf(s3err.InvalidTag, "Cannot provide multiple Tags with the same key").With("TagKey",
				t.Key)
		}
		seen[t.Key] = true
	}
	return nil
}

// CheckObject refuses the tags of an object that S3 does not keep.
func CheckObject(tags []Tag) error { return check(tags, maxObjectTags, "Object tags") }

// CheckBucket refuses the tags of a bucket that S3 does not keep.
func CheckBucket(tags []Tag) error { return check(tags, maxBucketTags, "Bucket tag count") }

// FromHeader reads the tags that a write brings in x-amz-tagging.
func FromHeader(h http.Header) ([]Tag, error) {
	text := h.Get(headerTagging)
	malformed := s3err.Argument("x-amz-tagging", text,
		"The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name duplicates.")
	var tags []Tag
	for pair := range strings.SplitSeq(text, "&") {
		if pair == "" {
			continue
		}
		name, value, _ := strings.Cut(pair, "=")
		key, err := url.QueryUnescape(name)
		if err != nil || key == "" || slices.ContainsFunc(tags, func(t Tag) bool { return t.Key == key }) {
			return nil, malformed
		}
		if value, err = url.QueryUnescape(value); err != nil {
			return nil, malformed
		}
		tags = append(tags, Tag{key, value})
	}
	return tags, CheckObject(tags)
}

// WriteCount writes the number of tags into x-amz-tagging-count. An object without tags gets no
// such header.
func WriteCount(h http.Header, tags []Tag) {
	if len(tags) > 0 {
		h.Set("X-Amz-Tagging-Count", strconv.Itoa(len(tags)))
	}
}
