package harimport

// From a recorded request to an S3 operation and the step that asks for it.

import (
	"net/url"
	"regexp"
	"strings"
)

// A call is a recorded request with its operation.
type call struct {
	entry       *entry
	operation   string
	bucket, key string
	step        string // the step's word; empty: the call belongs to a multipart upload
	query       url.Values
	from        string   // of a copy: bucket/key
	keys        []string // of a deletion of many
}

// id names what is asked for: requests with the same id are attempts of one another.
func (c *call) id() string {
	id := c.operation + " " + c.bucket + "/" + c.key
	if c.operation == "ListObjectsV2" {
		id += "?" + c.query.Get("prefix") + "&" + c.query.Get("continuation-token") + "&" + c.query.Get("marker")
	}
	return id + "#" + c.query.Get("partNumber")
}

// reading is the queries that may be part of reading an object or a list.
var reading = map[string]bool{
	"list-type": true, "prefix": true, "delimiter": true, "max-keys": true, "continuation-token": true, "marker": true,
	"start-after": true, "encoding-type": true, "fetch-owner": true, "x-id": true, "partNumber": true,
	"versionId": true,
}

// plain reports whether a query asks for no subresource. A presigned request is plain.
func plain(query url.Values) bool {
	for name := range query {
		lower := strings.ToLower(name)
		if !reading[name] && !strings.HasPrefix(lower, "x-amz-") && !strings.HasPrefix(lower, "response-") {
			return false
		}
	}
	return true
}

// deletedKey finds the keys in the body of DeleteObjects.
var deletedKey = regexp.MustCompile(`<Key>([^<&]+)</Key>`)

// callOf returns the call of a recorded request, or false if no step asks for it.
func callOf(e *entry) (*call, bool) {
	bucket, key, query, ok := e.target()
	if !ok {
		return nil, false
	}
	c := &call{entry: e, bucket: bucket, key: key, query: query}
	switch method := e.Request.Method; {
	case key == "" && method == "GET" && plain(query):
		c.operation, c.step = "ListObjectsV2", "list"
	case key == "" && method == "POST" && query.Has("delete"):
		c.operation, c.step = "DeleteObjects", "delete_many"
		for _, found := range deletedKey.FindAllStringSubmatch(e.Request.PostData.Text, 1000) {
			c.keys = append(c.keys, found[1])
		}
		return c, len(c.keys) > 0
	case key == "":
		return nil, false
	case method == "GET" && plain(query):
		c.operation, c.step = "GetObject", "download"
	case method == "HEAD" && plain(query):
		c.operation, c.step = "HeadObject", "exists"
	case method == "DELETE" && plain(query):
		c.operation, c.step = "DeleteObject", "delete"
	case method == "PUT" && query.Has("uploadId") && valueOf(e.Request.Headers, "x-amz-copy-source") == "":
		c.operation = "UploadPart"
	case method == "PUT" && plain(query):
		return putOf(c)
	case method == "POST" && query.Has("uploads"):
		c.operation = "CreateMultipartUpload"
	case method == "POST" && query.Has("uploadId"):
		c.operation = "CompleteMultipartUpload"
	default:
		return nil, false
	}
	return c, true
}

// putOf tells an upload from a copy.
func putOf(c *call) (*call, bool) {
	source := valueOf(c.entry.Request.Headers, "x-amz-copy-source")
	if source == "" {
		c.operation, c.step = "PutObject", "upload"
		return c, true
	}
	source, _, _ = strings.Cut(source, "?")
	from, err := url.PathUnescape(strings.TrimPrefix(source, "/"))
	bucket, _, found := strings.Cut(from, "/")
	c.operation, c.step, c.from = "CopyObject", "copy", from
	return c, err == nil && found && bucketName.MatchString(bucket)
}
