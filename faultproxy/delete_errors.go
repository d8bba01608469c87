package faultproxy

import (
	"bytes"
	"cmp"
	"crypto/md5" //nolint:gosec // S3's header, not for security
	"encoding/base64"
	"encoding/xml"
	"fmt"
	"regexp"
	"strings"

	"github.com/s3chaos/s3chaos/faultproxy/internal/s3api"
	"github.com/s3chaos/s3chaos/faultproxy/internal/wire"
	"github.com/s3chaos/s3chaos/internal/glob"
)

// The documents of DeleteObjects: which keys a request names, the request for the others, and the
// errors in the response.

// refusedKey is a key that stays, in the form that the request has it in.
type refusedKey struct{ key, version string } // elements, with their tags; version may be empty

var (
	objectBlock    = regexp.MustCompile(`(?s)\s*<Object>.*?</Object>`)
	objectKey      = regexp.MustCompile(`(?s)<Key>.*?</Key>`)
	objectVersion  = regexp.MustCompile(`(?s)<VersionId>.*?</VersionId>`)
	endOfDeletions = regexp.MustCompile(`</DeleteResult\s*>\s*$|\s*/>\s*$`)
)

// split returns the keys that the pattern matches, and the document without them. The document is
// nil if it would name no key.
func (f *deleteErrors) split(content []byte) (refused []refusedKey, rest []byte) {
	pattern := glob.Compile(cmp.Or(f.Keys, "*"))
	kept := 0
	rest = objectBlock.ReplaceAllFunc(content, func(block []byte) []byte {
		var object struct{ Key string }
		if xml.Unmarshal(bytes.TrimSpace(block), &object) != nil || !pattern.Match(object.Key) {
			kept++
			return block
		}
		refused = append(refused, refusedKey{
			string(objectKey.Find(block)), string(objectVersion.Find(block)),
		})
		return nil
	})
	if kept == 0 {
		return refused, nil
	}
	return refused, rest
}

// withErrors returns the upstream's document with an error for each refused key, or a document of
// errors alone if the upstream has sent none.
func (f *deleteErrors) withErrors(content []byte, refused []refusedKey) []byte {
	code := cmp.Or(f.Code, "InternalError")
	var b bytes.Buffer
	for _, r := range refused {
		fmt.Fprintf(&b, "<Error>%s%s<Code>%s</Code><Message>%s</Message></Error>", r.key, r.version, escape(code),
			escape(cmp.Or(f.Message, s3api.ErrorMessage(code))))
	}
	const start = `<?xml version="1.0" encoding="UTF-8"?>` + "\n" +
		`<DeleteResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"`
	if content == nil {
		content = []byte(start + "/>")
	}
	end := endOfDeletions.FindIndex(content)
	if end == nil {
		return content
	}
	if !bytes.HasPrefix(content[end[0]:], []byte("</")) { // the result is an empty element
		b.WriteString("</DeleteResult>")
		return append(append(content[:end[0]:end[0]], '>'), b.Bytes()...)
	}
	return append(append(content[:end[0]:end[0]], b.Bytes()...), "</DeleteResult>"...)
}

// unsignedDelete returns a request with the same target and headers and another body. It leaves out
// what belongs to the old body: its framing, its checksums and its signature.
func unsignedDelete(head, body []byte) []byte {
	sum := md5.Sum(body) //nolint:gosec // S3's header, not for security
	lines := fmt.Sprintf("Content-MD5: %s\r\nContent-Length: %d\r\n", base64.StdEncoding.EncodeToString(sum[:]),
		len(body))
	return append(replaceLines(head, ofTheBody, lines), body...)
}

// ofTheBody reports whether a header, in lower case, belongs to one body only.
func ofTheBody(name string) bool {
	switch name {
	case "authorization", "expect", "content-md5", "content-encoding", "x-amz-content-sha256", "x-amz-trailer",
		"x-amz-decoded-content-length", "x-amz-security-token", "x-amz-sdk-checksum-algorithm":
		return true
	}
	return wire.IsFramingHeader(name) || strings.HasPrefix(name, "x-amz-checksum-")
}
