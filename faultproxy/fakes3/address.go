package fakes3

import (
	"maps"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/s3err"
	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/sigv4"
)

// request is an HTTP request that has been parsed: its bucket, its key and its query are known.
type request struct {
	*http.Request
	bucket, key string
	query       url.Values
	path        string           // as received, still encoded, without the query
	signature   *sigv4.Signature // nil unless the server verifies signatures
}

// has reports whether the query names a subresource or parameter, with or without a value.
func (r *request) has(name string) bool {
	_, ok := r.query[name]
	return ok
}

// versionID is the version that a request names, or empty for the live one.
func (r *request) versionID() string { return r.query.Get("versionId") }

// takeQueryHeaders turns the x-amz- parameters of a presigned query into headers, because a
// presigned URL has no headers of its own. The parameters of the signature stay in the query. A
// header of the request takes precedence over a parameter.
func (r *request) takeQueryHeaders() {
	if !r.has("X-Amz-Signature") {
		return
	}
	header := r.Header.Clone()
	for _, name := range slices.Sorted(maps.Keys(r.query)) { // names may differ in case only
		canonical := http.CanonicalHeaderKey(name)
		switch canonical {
		case "X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-Expires", "X-Amz-Signature",
			"X-Amz-Signedheaders":
			continue
		}
		if strings.HasPrefix(canonical, "X-Amz-") && header[canonical] == nil {
			header[canonical] = r.query[name]
		}
	}
	r.Request.Header = header
}

// address reads which bucket and key a request is for. It refuses a key that leaves its bucket.
func (s *Server) address(r *http.Request) (*request, error) {
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, s3err.New(s3err.InvalidURI)
	}
	req := &request{Request: r, query: query, path: receivedPath(r)}
	path := strings.TrimPrefix(r.URL.Path, "/")
	if bucket, ok := s.bucketOfHost(r.Host); ok {
		req.bucket, req.key = bucket, path
	} else {
		req.bucket, req.key, _ = strings.Cut(path, "/")
	}
	return req, checkPath(req.key)
}

// bucketOfHost takes the bucket from a virtual-hosted address.
func (s *Server) bucketOfHost(host string) (string, bool) {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.ToLower(host)
	for _, base := range s.options.BaseHosts {
		base = strings.ToLower(strings.Trim(base, "."))
		if host == base {
			return "", false
		}
		if bucket, ok := strings.CutSuffix(host, "."+base); ok && bucket != "" {
			return bucket, true
		}
	}
	return "", false
}

// receivedPath is the path exactly as the request line had it. A signature covers this text: the
// server would miss a change if it decoded the path and encoded it again.
func receivedPath(r *http.Request) string {
	target := r.RequestURI
	if target == "" {
		return r.URL.EscapedPath()
	}
	if !strings.HasPrefix(target, "/") {
		if _, rest, ok := strings.Cut(target, "://"); ok {
			slash := strings.IndexAny(rest, "/?")
			if slash < 0 {
				return "/"
			}
			target = rest[slash:]
		}
	}
	path, _, _ := strings.Cut(target, "?")
	if path == "" {
		return "/"
	}
	return path
}

// checkKey refuses a key that is longer than S3 allows, or that leaves its bucket.
func checkKey(key string) error {
	if len(key) > maxKeyLength {
		return s3err.New(s3err.KeyTooLongError).
			With("Size", strconv.Itoa(len(key))).
			With("MaxSizeAllowed", strconv.Itoa(maxKeyLength))
	}
	return checkPath(key)
}

// checkPath refuses a key whose elements ".." lead out of the bucket: at some place, more of them
// than of other elements stand to its left. S3 refuses such a key in every request, before it looks
// at anything else.
func checkPath(key string) error {
	depth := 0
	for element := range strings.SplitSeq(key, "/") {
		switch element {
		case "", ".":
		case "..":
			depth--
		default:
			depth++
		}
		if depth < 0 {
			e := s3err.Errorf(s3err.BadRequest, "key %q: its elements .. lead out of the bucket", key)
			e.NoBody = true
			return e
		}
	}
	return nil
}
