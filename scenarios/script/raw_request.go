package script

import (
	"bytes"
	"net/url"
	"regexp"
	"strconv"
	"strings"
)

// This file finds the requests in the bytes of a raw step, as the proxy frames them.

// A rawRequest is the head of a request that a raw step sends.
type rawRequest struct {
	at                   int // where it begins in what the step sends
	method, target, host string
}

// Methods returns the methods of the requests that the step sends, in order, up to the first bytes
// that are no request.
func (r *Raw) Methods() []string {
	requests, _ := framed(r.bytes())
	methods := make([]string, len(requests))
	for i, request := range requests {
		methods[i] = request.method
	}
	return methods
}

// bytes returns all that the step sends.
func (r *Raw) bytes() []byte {
	var all []byte
	for i := range r.Send {
		all = append(all, r.Send[i].Bytes()...)
	}
	return all
}

// requestLine matches the first line of a request.
var requestLine = regexp.MustCompile(`^([A-Z]+) ([^ \r\n]+)(?:[ \r\n]|$)`)

// headEnd matches the end of a head.
var headEnd = regexp.MustCompile(`\n\r?\n`)

// framed returns the requests in a text, of which the last may lack the end of its head or of its
// body. rest is what follows bytes that are no request, or a body whose length is not clear.
func framed(text []byte) (requests []rawRequest, rest []byte) {
	whole := len(text)
	for {
		text = bytes.TrimLeft(text, "\r\n")
		line := requestLine.FindSubmatch(text)
		if line == nil {
			return requests, text
		}
		head, body := text, []byte(nil)
		end := headEnd.FindIndex(text)
		if end != nil {
			head, body = text[:end[0]], text[end[1]:]
		}
		header := headerOf(head)
		requests = append(requests, rawRequest{
			whole - len(text), string(line[1]), string(line[2]), strings.Join(header["host"], ""),
		})
		if end == nil {
			return requests, nil
		}
		next, sure := afterBody(header, body)
		if !sure {
			return requests, body
		}
		text = next
	}
}

// headerOf returns the values of a head's headers by their names in lower case.
func headerOf(head []byte) map[string][]string {
	header := make(map[string][]string)
	for line := range strings.SplitSeq(string(head), "\n") {
		if name, value, found := strings.Cut(line, ":"); found {
			name = strings.ToLower(strings.TrimSpace(name))
			header[name] = append(header[name], strings.TrimSpace(value))
		}
	}
	return header
}

// afterBody returns what follows the body of a request. It reports false if the headers do not say
// clearly how long the body is.
func afterBody(header map[string][]string, body []byte) (next []byte, sure bool) {
	lengths, codings := header["content-length"], header["transfer-encoding"]
	switch {
	case len(lengths) == 0 && len(codings) == 0:
		return body, true
	case len(lengths)+len(codings) > 1:
		return nil, false
	case len(codings) == 1:
		if !strings.EqualFold(codings[0], "chunked") {
			return nil, false
		}
		return AfterChunks(body)
	}
	n, err := strconv.ParseUint(lengths[0], 10, 63)
	if err != nil {
		return nil, false
	}
	return body[min(n, uint64(len(body))):], true
}

// AfterChunks returns what follows a body in chunks and its trailer, and nothing if the body is not
// whole. It reports false for bytes that are no chunks.
func AfterChunks(body []byte) (next []byte, sound bool) {
	for {
		line, after, whole := bytes.Cut(body, []byte("\n"))
		if !whole {
			return nil, true
		}
		size, _, _ := strings.Cut(string(line), ";")
		n, err := strconv.ParseUint(strings.TrimSpace(size), 16, 63)
		switch {
		case err != nil:
			return nil, false
		case n == 0:
			return afterTrailer(after), true
		case n >= uint64(len(after)):
			return nil, true
		}
		if after = bytes.TrimPrefix(after[n:], []byte("\r")); len(after) > 0 && after[0] != '\n' {
			return nil, false
		}
		body = bytes.TrimPrefix(after, []byte("\n"))
	}
}

// afterTrailer returns what follows a trailer, which ends with an empty line.
func afterTrailer(text []byte) []byte {
	for len(text) > 0 {
		line, after, _ := bytes.Cut(text, []byte("\n"))
		text = after
		if len(bytes.TrimSuffix(line, []byte("\r"))) == 0 {
			break
		}
	}
	return text
}

// anyWrite matches the first line of a request that changes something, wherever it stands.
var anyWrite = regexp.MustCompile(`(?m)^(PUT|POST|DELETE) ([^ \r\n]+)`)

// mayBe returns the requests in bytes that the proxy may frame in another way. They begin at an
// offset in what the step sends.
func mayBe(rest []byte, at int) (requests []rawRequest) {
	for _, found := range anyWrite.FindAllSubmatchIndex(rest, -1) {
		requests = append(requests, rawRequest{
			at: at + found[0], method: string(rest[found[2]:found[3]]), target: string(rest[found[4]:found[5]]),
		})
	}
	return requests
}

// writes reports whether the request may change something.
func (r *rawRequest) writes() bool {
	return r.method == "PUT" || r.method == "POST" || r.method == "DELETE"
}

// buckets returns the buckets that the request may be about: the first element of its path, and the
// first label of its host.
func (r *rawRequest) buckets() []string {
	path, host := strings.TrimPrefix(r.target, "${"+PlaceEndpoint+"}"), r.host
	if _, after, absolute := strings.Cut(path, "://"); absolute {
		host, path, _ = strings.Cut(after, "/")
	}
	path, _, _ = strings.Cut(path, "?")
	if decoded, err := url.PathUnescape(path); err == nil {
		path = decoded
	}
	first, _, _ := strings.Cut(strings.TrimLeft(path, "/"), "/")
	if label, _, below := strings.Cut(strings.ToLower(host), "."); below {
		return []string{first, label}
	}
	return []string{first}
}
