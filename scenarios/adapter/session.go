package adapter

import (
	"fmt"
	"strconv"
	"strings"
)

// A Call is one step, as a session reads it: a line of JSON.
type Call struct {
	Verb         Verb     `json:"verb"`
	Bucket       string   `json:"bucket,omitempty"`
	Key          string   `json:"key,omitempty"`
	File         string   `json:"file,omitempty"`  // absolute path: of the content to store, or where to write
	First        *int64   `json:"first,omitempty"` // of ranged: the first byte; absent in a suffix range
	Last         *int64   `json:"last,omitempty"`  // of ranged: the last byte, inclusive; absent: to the end
	Suffix       int64    `json:"suffix,omitempty"`
	Dir          string   `json:"dir,omitempty"`      // absolute path of the directory to transfer
	Prefix       string   `json:"prefix,omitempty"`   // of a directory's objects: it ends with a slash, or is empty
	MaxKeys      int      `json:"max_keys,omitempty"` // page size of list; absent: the client's own
	Keys         []string `json:"keys,omitempty"`     // of delete_many
	SourceBucket string   `json:"source_bucket,omitempty"`
	SourceKey    string   `json:"source_key,omitempty"`
	PartSize     int64    `json:"part_size,omitempty"` // bytes of each part of a large upload; absent: the client's own
}

// An Answer is how a session ends a step: a line of JSON.
type Answer struct {
	OK     bool     `json:"ok"`
	Error  string   `json:"error,omitempty"`  // text for people
	Code   string   `json:"code,omitempty"`   // of S3, such as NoSuchKey
	Keys   []string `json:"keys,omitempty"`   // of list
	Found  bool     `json:"found,omitempty"`  // of exists
	Size   int64    `json:"size,omitempty"`   // of stat
	Failed []string `json:"failed,omitempty"` // of delete_many: keys that are not deleted
}

// Values returns the placeholders of the call.
func (c *Call) Values() Values {
	v := Values{
		"bucket": c.Bucket, "key": c.Key, "file": c.File, "prefix": c.Prefix, "keys": strings.Join(c.Keys, "\n"),
		"source_bucket": c.SourceBucket, "source_key": c.SourceKey, "dir": c.Dir, "max_keys": "",
	}
	if c.MaxKeys > 0 {
		v["max_keys"] = strconv.Itoa(c.MaxKeys)
	}
	switch {
	case c.Suffix > 0:
		v["range"] = fmt.Sprintf("bytes=-%d", c.Suffix)
	case c.First != nil && c.Last != nil:
		v["range"] = fmt.Sprintf("bytes=%d-%d", *c.First, *c.Last)
		v["first"], v["last"] = strconv.FormatInt(*c.First, 10), strconv.FormatInt(*c.Last, 10)
		v["count"] = strconv.FormatInt(*c.Last-*c.First+1, 10)
	case c.First != nil:
		v["range"] = fmt.Sprintf("bytes=%d-", *c.First)
	}
	return v
}
