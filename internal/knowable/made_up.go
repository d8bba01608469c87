package knowable

import (
	"encoding/xml"
	"errors"
	"io"
	"net/url"
	"strconv"
	"strings"

	"github.com/s3chaos/s3chaos/faultproxy"
)

// This file reads the documents that rules spell out, as a client reads them.

// roots are the names of the documents that S3 sends as results.
var roots = map[string]string{
	"ListObjects": "ListBucketResult", "ListObjectsV2": "ListBucketResult", "ListObjectVersions": "ListVersionsResult",
	"ListMultipartUploads": "ListMultipartUploadsResult", "ListParts": "ListPartsResult",
	"ListBuckets": "ListAllMyBucketsResult", "CreateMultipartUpload": "InitiateMultipartUploadResult",
	"CompleteMultipartUpload": "CompleteMultipartUploadResult", "UploadPartCopy": "CopyPartResult",
	"CopyObject": "CopyObjectResult", "DeleteObjects": "DeleteResult",
}

// nextPage are the elements without which a truncated list has no next page.
var nextPage = map[string]string{
	"ListObjectsV2": "NextContinuationToken", "ListObjectVersions": "NextKeyMarker",
	"ListMultipartUploads": "NextKeyMarker", "ListParts": "NextPartNumberMarker",
}

// A document is what a made-up response says, as far as it can be wrong.
type document struct {
	root   string
	values map[string]string // of the elements below the root that have only text
	counts map[string]int    // of the elements below the root
	keys   []string          // of the objects of a list
}

// madeUp returns the sign of a response that a rule spells out: the ETag of a part, or the result
// of an operation. It returns Accepted if the response is no such result.
func madeUp(r faultproxy.Record) Sign {
	if kindOf(r.Fault) != "respond" {
		return Accepted
	}
	if r.Operation == "UploadPart" {
		if _, tagged := r.ResponseHeader["Etag"]; tagged {
			return Fabricated
		}
		return Accepted
	}
	d, err := parseDocument(bodyOf(r.Fault))
	switch {
	case err != nil || d.root == "" || d.root != roots[r.Operation]:
		return Accepted
	case d.counts["Error"] > 0:
		return ErrorInBody
	case d.contradictsItself(r):
		return Contradictory
	}
	return Fabricated
}

// contradictsItself reports whether no list of S3 is as this one, whatever the bucket holds.
func (d *document) contradictsItself(r faultproxy.Record) bool {
	entries := d.counts["Contents"] + d.counts["CommonPrefixes"]
	if d.values["IsTruncated"] == "true" {
		next := nextPage[r.Operation]
		if next != "" && d.values[next] == "" {
			return true
		}
		// the last entry of a page of ListObjects may be the marker of the next
		if r.Operation == "ListObjects" && d.values["NextMarker"] == "" && entries == 0 {
			return true
		}
	}
	token := d.values["NextContinuationToken"]
	if token != "" && strings.Contains(r.Target+"&", "continuation-token="+url.QueryEscape(token)+"&") {
		return true
	}
	if count, says := d.values["KeyCount"]; says && count != strconv.Itoa(entries) {
		return true
	}
	once := make(map[string]bool)
	for _, key := range d.keys {
		if once[key] {
			return true
		}
		once[key] = true
	}
	return false
}

// parseDocument reads a whole document. An error means that it is not well-formed.
func parseDocument(text string) (*document, error) {
	d := &document{values: map[string]string{}, counts: map[string]int{}}
	decoder := xml.NewDecoder(strings.NewReader(text))
	var path []string
	var value strings.Builder
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return d, nil
		}
		if err != nil {
			return nil, err
		}
		switch t := token.(type) {
		case xml.StartElement:
			path = append(path, t.Name.Local)
			value.Reset()
			if len(path) == 1 {
				d.root = t.Name.Local
			}
		case xml.CharData:
			value.Write(t)
		case xml.EndElement:
			switch {
			case len(path) == 2:
				d.values[path[1]] = value.String()
				d.counts[path[1]]++
			case len(path) == 3 && path[1] == "Contents" && path[2] == "Key":
				d.keys = append(d.keys, value.String())
			}
			path = path[:len(path)-1]
			value.Reset()
		}
	}
}

// bodyOf returns the body that the text of a fault spells out, and "" without one.
func bodyOf(fault string) string {
	_, after, found := strings.Cut(fault, "body: ")
	if !found {
		return ""
	}
	if quoted, err := strconv.QuotedPrefix(after); err == nil {
		if body, err := strconv.Unquote(quoted); err == nil {
			return body
		}
	}
	return after[:max(0, strings.LastIndexByte(after, '>')+1)]
}
