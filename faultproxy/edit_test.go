package faultproxy_test

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const summed = "HTTP/1.1 200 OK\r\nETag: \"e\"\r\nx-amz-checksum-crc32: NhCmhg==\r\nX-Amz-Checksum-Sha1: AAAA\r\n" +
	"x-amz-checksum-type: FULL_OBJECT\r\netag: second\r\nContent-Length: 10\r\n\r\n0123456789"

// The head is changed as the rule says, and all else stays byte for byte.
func TestEditChangesTheHeadOnly(t *testing.T) {
	const (
		etags     = "ETag: \"e\"\r\n"
		second    = "etag: second\r\n"
		checksums = "x-amz-checksum-crc32: NhCmhg==\r\nX-Amz-Checksum-Sha1: AAAA\r\n"
		kind      = "x-amz-checksum-type: FULL_OBJECT\r\n"
		length    = "Content-Length: 10\r\n"
	)
	for rule, changes := range map[string][]string{ // old, new, old, new…
		"edit: {status: 503}": {"200 OK", "503 Service Unavailable"},
		"edit: {headers: {set: {etag: new, X-A: b}}}": {
			etags, "etag: new\r\n", second, "", length, length + "X-A: b\r\n",
		},
		"edit: {headers: {remove: [ETAG, X-None]}}": {etags, "", second, ""},
		"edit: {checksum: missing}":                 {checksums + kind, ""},
		"edit: {checksum: wrong}": {
			checksums, "x-amz-checksum-crc32: AhCmhg==\r\nx-amz-checksum-sha1: BAAA\r\n",
		},
		"edit: {status: 404, headers: {set: {Content-Type: a}, remove: [etag]}, checksum: missing}": {
			"200 OK", "404 Not Found", etags, "", second, "", checksums + kind, "",
			length, length + "Content-Type: a\r\n",
		},
	} {
		want := strings.NewReplacer(changes...).Replace(summed)
		inRig(t, always(summed), []string{"times: 1, " + rule}, func(r *rig) {
			got, end, _ := r.talk(get + get)
			assert.Equal(t, want+summed, got, rule)
			assert.Equal(t, open, end, rule)
			rec := r.records()[0]
			assert.Equal(t, "#1", rec.Rule, rule)
			assert.Equal(t, want[9:12], strconv.Itoa(rec.Status), rule)
			assert.Equal(t, 200, rec.UpstreamStatus, rule)
			assert.Equal(t, sha256Of("0123456789"), rec.ResponseSHA256, rule)
		})
	}
}

// A response without a body gets a length if its new status has a body, or the client would wait
// for one.
func TestEditGivesABodilessResponseALength(t *testing.T) {
	head := strings.Replace(get, "GET", "HEAD", 1)
	const ok = "HTTP/1.1 200 OK\r\nETag: e\r\n"
	for name, c := range map[string]struct{ request, upstream, want string }{
		"204": {get, "HTTP/1.1 204 No Content\r\nETag: e\r\n\r\n", ok + "Content-Length: 0\r\n\r\n"},
		"304": {
			get, "HTTP/1.1 304 Not Modified\r\nContent-Length: 10\r\nETag: e\r\n\r\n",
			ok + "Content-Length: 0\r\n\r\n",
		},
		"HEAD": {
			head, "HTTP/1.1 304 Not Modified\r\nETag: e\r\nContent-Length: 10\r\n\r\n",
			ok + "Content-Length: 10\r\n\r\n",
		},
	} {
		inRig(t, always(c.upstream), []string{"edit: {status: 200}"}, func(r *rig) {
			got, end, _ := r.talk(c.request)
			assert.Equal(t, c.want, got, name)
			assert.Equal(t, open, end, name)
		})
	}
}

// Chunks and their trailer stay as they are.
func TestEditKeepsChunks(t *testing.T) {
	inRig(t, always(chunkedAnswer), []string{"edit: {headers: {remove: [etag]}}"}, func(r *rig) {
		got, end, _ := r.talk(get)
		assert.Equal(t, strings.Replace(chunkedAnswer, "ETag: \"e\"\r\n", "", 1), got)
		assert.Equal(t, open, end)
	})
}

// Edits add up with other faults, also on a response that a rule makes.
func TestEditIsChainedWithOtherFaults(t *testing.T) {
	rules := []string{
		"chain: true, edit: {headers: {set: {X-A: a}}}", "chain: true, latency: {delay: 3s}",
		"chain: true, edit: {status: 500, headers: {set: {X-B: b}}}",
	}
	inRig(t, always(hello), append(rules, "match: {key: b}, respond: {status: 403}"), func(r *rig) {
		got, _, at := r.talk(get)
		assert.True(t, strings.HasPrefix(got, "HTTP/1.1 500 Internal Server Error\r\n"), got)
		assert.Contains(t, got, "\r\nX-A: a\r\nX-B: b\r\n\r\n0123456789")
		assert.Equal(t, 3*time.Second, at.Truncate(time.Second))
		got, _, _ = r.talk(strings.Replace(get, "a.bin", "b", 1))
		assert.True(t, strings.HasPrefix(got, "HTTP/1.1 500 Internal Server Error\r\n"), got)
		assert.Contains(t, got, "<Code>AccessDenied</Code>")
		assert.Equal(t, []int{2, 2, 2, 1}, r.proxy.Rules().Fired())
		assert.Len(t, r.records()[1].Fired, 4)
	})
}

// A rule that changes nothing has not fired.
func TestEditWithoutAChangeHasNotFired(t *testing.T) {
	for _, rule := range []string{
		"edit: {status: 200}", "edit: {headers: {remove: [X-None]}}", "edit: {checksum: wrong}",
		"edit: {headers: {set: {ETag: '\"e\"'}}}",
	} {
		inRig(t, always(hello), []string{rule}, func(r *rig) {
			got, _, _ := r.talk(get)
			assert.Equal(t, hello, got)
			assert.Empty(t, r.record().Rule)
			status := r.proxy.Rules().List()[0]
			assert.Zero(t, status.Fired)
			assert.Equal(t, "the response had nothing to change", status.IdleReason)
		})
	}
	require.Contains(t, hello, "ETag: \"e\"")
}
