package faultproxy_test

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"

	"github.com/s3chaos/s3chaos/faultproxy"
	"github.com/s3chaos/s3chaos/faultproxy/memnet"
)

// Each request that can change an object, and requests that look similar.
func TestStaleKnowsWhichRequestsChangeAnObject(t *testing.T) {
	const (
		plain   = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nold"
		version = "HTTP/1.1 200 OK\r\nX-Amz-Version-Id: v3\r\nContent-Length: 3\r\n\r\nold"
		nothing = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
		marker  = "HTTP/1.1 404 Not Found\r\nx-amz-delete-marker: true\r\nx-amz-version-id: m4\r\nContent-Length: " +
			"0\r\n\r\n"
		private = "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"
		ok      = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
		done    = "HTTP/1.1 204 No Content\r\n\r\n"
	)
	request := func(method, target string, lines ...string) string {
		return method + " " + target + " HTTP/1.1\r\nHost: s3.test\r\n" + strings.Join(append(lines, "\r\n"), "\r\n")
	}
	hosted := func(request string) string {
		return strings.Replace(strings.Replace(request, "Host: ", "Host: demo.", 1), " /demo", " ", 1)
	}
	for name, tc := range map[string]struct {
		before, request, answer string
		changed                 string // which of the keys a and b get a snapshot
		warns                   string
	}{
		"PutObject": {plain, request("PUT", "/demo/a", "Content-Length: 0"), ok, "a", ""},
		"PutObject, hosted": {
			plain, hosted(request("PUT", "/demo/a", "Content-Length: 0")), ok, "a",
			"",
		},
		"PutObject, absolute": {
			plain, request("PUT", "http://s3.test/demo/a", "Content-Length: 0"), ok,
			"a", "",
		},
		"PutObject, presigned": {
			plain,
			request("PUT", "/demo/a?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=0&X-Amz-SignedHeaders=host",
				"Content-Length: 0"), ok, "a", "",
		},
		"PutObject, presigned, hosted": {
			plain,
			hosted(request("PUT", "/demo/a?X-Amz-Signature=0&x-id=PutObject", "Content-Length: 0")), ok, "a", "",
		},
		"PutObject of something new": {nothing, request("PUT", "/demo/a", "Content-Length: 0"), ok, "a", ""},
		"PutObject, refused": {
			plain, request("PUT", "/demo/a", "If-None-Match: *", "Content-Length: 0"),
			"HTTP/1.1 412 X\r\nContent-Length: 0\r\n\r\n", "", "",
		},
		"PutObject over the unknown": {
			private, request("PUT", "/demo/a", "Content-Length: 0"), ok, "",
			"state of an object before its change is unknown",
		},
		"CopyObject": {
			plain,
			request("PUT", "/demo/a", "x-amz-copy-source: /demo/b", "Content-Length: 0"), ok, "a", "",
		},
		"CompleteMultipartUpload": {
			plain, request("POST", "/demo/a?uploadId=u", "Content-Length: 0"), ok, "a",
			"",
		},
		"DeleteObject":                     {plain, request("DELETE", "/demo/a"), done, "a", ""},
		"DeleteObject, hosted":             {plain, hosted(request("DELETE", "/demo/a")), done, "a", ""},
		"DeleteObject, presigned":          {plain, request("DELETE", "/demo/a?X-Amz-Signature=0"), done, "a", ""},
		"DeleteObject of nothing":          {nothing, request("DELETE", "/demo/a"), done, "", ""},
		"DeleteObject, the version it has": {version, request("DELETE", "/demo/a?versionId=v3"), done, "a", ""},
		"DeleteObject, an older version":   {version, request("DELETE", "/demo/a?versionId=v2"), done, "", ""},
		"DeleteObject, the null version":   {plain, request("DELETE", "/demo/a?versionId=null"), done, "a", ""},
		"DeleteObject, no such version":    {plain, request("DELETE", "/demo/a?versionId=v2"), done, "", ""},
		"DeleteObject, nothing's version":  {nothing, request("DELETE", "/demo/a?versionId=null"), done, "", ""},
		"DeleteObject, its delete marker":  {marker, request("DELETE", "/demo/a?versionId=m4"), done, "a", ""},
		"DeleteObject behind its marker":   {marker, request("DELETE", "/demo/a?versionId=v3"), done, "", ""},
		"DeleteObject, one marker more":    {marker, request("DELETE", "/demo/a"), done, "", ""},
		"DeleteObject, a version unknown": {
			private, request("DELETE", "/demo/a?versionId=v2"), done, "",
			"state of an object before its change is unknown",
		},
		"DeleteObjects, hosted": {
			plain, hosted(request("POST", "/demo/?delete", fmt.Sprintf("Content-Length: %d", len(twoKeys)))) + twoKeys,
			lengthed(200, twoGone), "ab", "",
		},
		"DeleteObjects, presigned": {
			plain, request("POST", "/demo?delete=&X-Amz-Signature=0", fmt.Sprintf("Content-Length: %d", len(twoKeys))) +
				twoKeys, lengthed(200, twoGone), "ab", "",
		},
		"DeleteObjects, absolute": {
			plain, request("POST", "http://s3.test/demo?delete", fmt.Sprintf("Content-Length: %d", len(twoKeys))) +
				twoKeys, lengthed(200, twoGone), "ab", "",
		},
		"DeleteObjects over the unknown": {
			private, request("POST", "/demo?delete", fmt.Sprintf("Content-Length: %d", len(twoKeys))) + twoKeys,
			lengthed(200, twoGone), "", "key=a objects=2",
		},
		"RenameObject": {
			plain,
			request("PUT", "/demo/a?renameObject", "x-amz-rename-source: /b", "Content-Length: 0"), ok, "ab", "",
		},
		"RenameObject, by bucket": {
			plain,
			request("PUT", "/demo/a?renameObject", "x-amz-rename-source: demo/%62", "Content-Length: 0"), ok, "ab", "",
		},
		"RenameObject, hosted": {
			plain,
			hosted(request("PUT", "/demo/a?renameObject", "x-amz-rename-source: b", "Content-Length: 0")), ok, "ab",
			"",
		},
		"RenameObject, refused": {
			plain,
			request("PUT", "/demo/a?renameObject", "x-amz-rename-source: /b", "Content-Length: 0"), private, "", "",
		},
		"PostObject": {plain, request("POST", "/demo", "Content-Type: multipart/form-data; boundary=x",
			"Content-Length: 0"), done, "", "PostObject"},
		"PostObject, redirected": {
			plain, request("POST", "/demo", "Content-Length: 0"),
			"HTTP/1.1 303 See Other\r\nLocation: http://x/\r\nContent-Length: 0\r\n\r\n", "", "PostObject",
		},
		"PostObject, refused": {plain, request("POST", "/demo", "Content-Length: 0"), private, "", ""},
		"UploadPart": {
			plain, request("PUT", "/demo/a?partNumber=1&uploadId=u", "Content-Length: 0"), ok,
			"", "",
		},
		"UploadPartCopy": {
			plain,
			request("PUT", "/demo/a?partNumber=1&uploadId=u", "x-amz-copy-source: /demo/b", "Content-Length: 0"), ok,
			"", "",
		},
		"CreateMultipartUpload":  {plain, request("POST", "/demo/a?uploads", "Content-Length: 0"), ok, "", ""},
		"AbortMultipartUpload":   {plain, request("DELETE", "/demo/a?uploadId=u"), done, "", ""},
		"PutObjectTagging":       {plain, request("PUT", "/demo/a?tagging", "Content-Length: 0"), ok, "", ""},
		"DeleteObjectTagging":    {plain, request("DELETE", "/demo/a?tagging"), done, "", ""},
		"PutObjectAcl":           {plain, request("PUT", "/demo/a?acl", "Content-Length: 0"), ok, "", ""},
		"PutObjectRetention":     {plain, request("PUT", "/demo/a?retention", "Content-Length: 0"), ok, "", ""},
		"RestoreObject":          {plain, request("POST", "/demo/a?restore", "Content-Length: 0"), ok, "", ""},
		"UpdateObjectEncryption": {plain, request("PUT", "/demo/a?encryption", "Content-Length: 0"), ok, "", ""},
		"DeleteBucket":           {plain, request("DELETE", "/demo"), done, "", ""},
		"a method that S3 lacks": {plain, request("PATCH", "/demo/a", "Content-Length: 0"), ok, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			staleRig(t, showing(tc.before, always(tc.answer)), nil, func(r *rig, log *bytes.Buffer) {
				got, _, _ := r.talk(tc.request)
				assert.Equal(t, tc.answer, got)
				assert.True(t, strings.HasSuffix(r.upstreamSaw(), tc.request))
				for look := range strings.SplitSeq(strings.TrimSuffix(r.upstreamSaw(), tc.request), "\r\n\r\n") {
					if strings.Contains(tc.request, "Host: demo.") {
						look = strings.Replace(strings.Replace(look, "Host: demo.s3.test", "Host: s3.test", 1), "GET /",
							"GET /demo/", 1)
					}
					assert.Contains(t,
						[]string{"", "GET /demo/a HTTP/1.1\r\nHost: s3.test", "GET /demo/b HTTP/1.1\r\nHost: s3.test"},
						look)
				}
				assert.Equal(t, tc.changed, r.gone("ab"))
				if tc.warns == "" {
					assert.Empty(t, log.String())
				}
				assert.Contains(t, log.String(), tc.warns)
			})
		})
	}
}

// A read with a version id never gets a snapshot.
func TestReadOfAVersionIsNotStale(t *testing.T) {
	inRig(t, always(hello), []string{"stale: {}"}, func(r *rig) {
		r.talk(put)
		r.talk("GET /demo/a.bin?versionId=v1 HTTP/1.1\r\nHost: s3.test\r\n\r\n")
		r.talk("HEAD /demo/a.bin?versionId=v1 HTTP/1.1\r\nHost: s3.test\r\n\r\n")
		r.talk(get)
		var fired []string
		for _, rec := range r.records() {
			fired = append(fired, rec.Method+" "+rec.Fault)
		}
		assert.Equal(t, []string{"PUT ", "GET ", "HEAD ", "GET stale: {}"}, fired)
	})
}

// A duplicated conditional write changes the object with its first send, although the second is
// refused.
func TestDuplicatedConditionalWriteIsAChange(t *testing.T) {
	answers := []string{
		"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
		"HTTP/1.1 412 Precondition Failed\r\nContent-Length: 0\r\n\r\n",
	}
	deletionRig(t, []string{"match: {operation: PutObject}, duplicate: {}"}, func(*http.Request, string) string {
		answer := answers[0]
		answers = answers[1:]
		return answer
	}, func(r *rig, _ *bytes.Buffer) {
		got, _, _ := r.talk(
			"PUT /demo/a HTTP/1.1\r\nHost: s3.test\r\nIf-None-Match: *\r\nContent-Length: 5\r\n\r\nhello")
		assert.Contains(t, got, "412")
		assert.Equal(t, "a", r.gone("ab"))
	})
	staleRig(t, showing("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n", always(hello)),
		[]string{"duplicate: {}"}, func(r *rig, log *bytes.Buffer) {
			r.talk(put)
			assert.Equal(t, 1, strings.Count(log.String(), "state of an object before its change is unknown"),
				"one warning for both sends")
		})
}

// If the upstream rejects unsigned reads, the proxy knows an object only until a request may have
// changed it unseen.
func TestUnseenWriteDropsTheLastSeenObject(t *testing.T) {
	for name, tc := range map[string]struct {
		write string // sent between a PutObject of "one" and a PutObject of "three"
		past  string // the snapshot before the last change
	}{
		"nothing":          {"", "one"},
		"a form":           {"POST /demo HTTP/1.1\r\nHost: s3.test\r\nContent-Length: 0\r\n\r\n", "unknown"},
		"a form elsewhere": {"POST /other HTTP/1.1\r\nHost: s3.test\r\nContent-Length: 0\r\n\r\n", "one"},
		"a copy": {"PUT /demo/a HTTP/1.1\r\nHost: s3.test\r\nx-amz-copy-source: " +
			"/demo/x\r\nContent-Length: 0\r\n\r\n", "unknown"},
		"an append": {"PUT /demo/a HTTP/1.1\r\nHost: s3.test\r\nx-amz-write-offset-bytes: " +
			"3\r\nContent-Length: 3\r\n\r\ntwo", "unknown"},
		"a rename onto it": {"PUT /demo/a?renameObject HTTP/1.1\r\nHost: s3.test\r\nx-amz-rename-source: " +
			"/x\r\nContent-Length: 0\r\n\r\n", "unknown"},
		"a rename of it": {"PUT /demo/x?renameObject HTTP/1.1\r\nHost: s3.test\r\nx-amz-rename-source: " +
			"/a\r\nContent-Length: 0\r\n\r\n", "nothing"},
		"a deletion":          {"DELETE /demo/a HTTP/1.1\r\nHost: s3.test\r\n\r\n", "nothing"},
		"many deletions":      {deleteObjects(twoKeys), "nothing"},
		"an old version gone": {"DELETE /demo/a?versionId=v0 HTTP/1.1\r\nHost: s3.test\r\n\r\n", "one"},
		"its version gone":    {"DELETE /demo/a?versionId=v1 HTTP/1.1\r\nHost: s3.test\r\n\r\n", "unknown"},
		"a part": {"PUT /demo/a?partNumber=1&uploadId=u HTTP/1.1\r\nHost: s3.test\r\nContent-Length: " +
			"3\r\n\r\ntwo", "one"},
	} {
		t.Run(name, func(t *testing.T) {
			hidden := showing("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n",
				func(req *http.Request, _ string) string {
					if strings.Contains(req.URL.RawQuery, "delete") {
						return lengthed(200, twoGone)
					}
					return "HTTP/1.1 200 OK\r\nx-amz-version-id: v1\r\nContent-Length: 0\r\n\r\n"
				})
			staleRig(t, hidden, nil, func(r *rig, log *bytes.Buffer) {
				write := func(content string) {
					r.talk(fmt.Sprintf("PUT /demo/a HTTP/1.1\r\nHost: s3.test\r\nContent-Length: %d\r\n\r\n%s",
						len(content), content))
				}
				write("one")
				if tc.write != "" {
					r.talk(tc.write)
				}
				log.Reset()
				write("three")
				past := "unknown"
				if log.Len() == 0 {
					got, _, _ := r.talk("GET /demo/a HTTP/1.1\r\nHost: s3.test\r\n\r\n")
					_, past, _ = strings.Cut(got, "\r\n\r\n")
					if strings.Contains(past, "NoSuchKey") {
						past = "nothing"
					}
				}
				assert.Equal(t, tc.past, past)
			})
		})
	}
}

// The proxy reads objects even if the upstream closes the connection after each response.
func TestUnsignedReadsSurviveClosedConnections(t *testing.T) {
	for _, shown := range []string{
		"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: close\r\n\r\nold", "HTTP/1.1 200 OK\r\n\r\nold",
		"HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nold",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nold\r\n0\r\n\r\n",
		"HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nold", // the rig closes this connection without an announcement
	} {
		staleRig(t, showing(shown, always(lengthed(200, twoGone))), nil, func(r *rig, _ *bytes.Buffer) {
			r.talk(deleteObjects(twoKeys))
			assert.Equal(t, "ab", r.gone("ab"), shown)
		})
	}
	for shown, want := range map[string]int{
		// one connection for the reads, one for the request
		"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nold": 2,
		// the rig leaves this connection open
		"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nconnection: close\r\n\r\nold": 3,
	} {
		synctest.Test(t, func(t *testing.T) {
			r := &rig{t: t, network: memnet.New()}
			dials := 0
			r.run(faultproxy.Config{
				Upstream: "up:80", IdentityLatency: true, Rules: []faultproxy.Rule{{Fault: faultproxy.Stale(0)}},
				Dial: func(ctx context.Context, network, addr string) (net.Conn, error) {
					dials++
					return r.network.DialContext(ctx, network, addr)
				},
			}, showing(shown, always(lengthed(200, twoGone))), func(r *rig) {
				r.talk(deleteObjects(twoKeys))
				assert.Equal(t, want, dials)
			})
		})
	}
}

// The request passes, whatever the upstream responds to the unsigned read.
func TestRequestPassesIfTheUnsignedReadFails(t *testing.T) {
	for _, shown := range []string{
		"", "HTTP/1.1 200 OK\r\nContent-Length: 30\r\nConnection: close\r\n\r\nold", "nonsense\r\n\r\n",
		"HTTP/1.1 200 OK\nContent-Length: 3\n\nold",
		"HTTP/1.1 503 Slow Down\r\nContent-Length: 3\r\n\r\nno!",
		fmt.Sprintf("HTTP/1.1 403 Forbidden\r\nContent-Length: 1000000\r\n\r\n%01000000d", 0),
	} {
		staleRig(t, showing(shown, always(lengthed(200, twoGone))), nil, func(r *rig, log *bytes.Buffer) {
			got, _, _ := r.talk(deleteObjects(twoKeys))
			assert.Equal(t, lengthed(200, twoGone), got)
			assert.Contains(t, log.String(), "objects=2")
			assert.Equal(t, 2, strings.Count(r.upstreamSaw(), "GET /demo/"))
		})
	}
}
