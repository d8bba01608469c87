package faultproxy_test

import (
	"bufio"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The client sees the upstream's response with one part that is not HTTP, and then a close.
func TestMalformedResponseOnTheWire(t *testing.T) {
	const (
		chunked = "HTTP/1.1 200 OK\r\nETag: \"e\"\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
		unsized = "ETag: \"e\"\r\nConnection: close\r\n\r\n0123456789"
	)
	const headers = "Content-Length: 10\r\nETag: \"e\"\r\n\r\n0123456789"
	for rule, want := range map[string]struct {
		got    string
		status int
		err    string // of net/http
	}{
		"malformed: {}": {"HTTP/1.1 OK\r\n" + headers, 0, "malformed HTTP status code"},
		"malformed: {as: header}": {
			"HTTP/1.1 200 OK\r\nthis line has no colon\r\n" + headers,
			200, "malformed MIME header",
		},
		"malformed: {as: content_length}": {
			"HTTP/1.1 200 OK\r\nContent-Length: many\r\n" + unsized,
			200, "bad Content-Length",
		},
		"malformed: {as: chunk_size}": {chunked + "size\r\n", 200, "invalid byte in chunk length"},
		"malformed: {as: chunk_size, after_bytes: 4}": {
			chunked + "4\r\n0123\r\nsize\r\n",
			200, "invalid byte in chunk length",
		},
		"malformed: {as: chunk_end, after_bytes: 4}": {
			chunked + "4\r\n0123\r\n6\r\n456789and more\r\n0\r\n\r\n",
			200, "malformed chunked encoding",
		},
	} {
		t.Run(rule, func(t *testing.T) {
			inRig(t, always(hello), []string{rule}, func(r *rig) {
				got, end, _ := r.talk(get)
				assert.Equal(t, want.got, got)
				assert.Equal(t, eof, end)
				rec := r.record()
				assert.Equal(t, "closed", rec.Ended)
				assert.Equal(t, want.status, rec.Status)
				assert.Equal(t, 200, rec.UpstreamStatus)
				assert.Equal(t, []int{1}, r.proxy.Rules().Fired())
				resp, err := http.ReadResponse(bufio.NewReader(strings.NewReader(got)), nil)
				if err == nil {
					_, err = io.ReadAll(resp.Body)
				}
				require.ErrorContains(t, err, want.err)
			})
		})
	}
}

// The upstream has handled a write whose response the client cannot read.
func TestMalformedResponseToAWriteIsCommitted(t *testing.T) {
	inRig(t, always(hello), []string{"malformed: {}"}, func(r *rig) {
		r.talk(put)
		assert.True(t, r.record().Committed)
	})
}

func TestMalformedChunkNeedsABodyLongEnough(t *testing.T) {
	for _, answer := range []string{"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", hello} {
		inRig(t, always(answer), []string{"malformed: {as: chunk_size, after_bytes: 10}"}, func(r *rig) {
			got, _, _ := r.talk(get)
			assert.Equal(t, answer, got)
			assert.Equal(t, []int{0}, r.proxy.Rules().Fired())
			assert.Empty(t, r.record().Rule)
		})
	}
	inRig(t, always(chunkedAnswer), []string{"malformed: {as: chunk_end, after_bytes: 10}"}, func(r *rig) {
		got, _, _ := r.talk(get)
		assert.Equal(t, "0123456789", payload(t, got))
		assert.Equal(t, []int{0}, r.proxy.Rules().Fired())
	})
}

// The packets of a pooled connection vanish. A new connection works.
func TestSilentIdleConnectionGivesNeitherAnswerNorEnd(t *testing.T) {
	inRig(t, always(hello), []string{"idle_close: {silent: true}"}, func(r *rig) {
		c := r.dial()
		got, _, _ := r.talkUntil(c, put, time.Second)
		assert.Equal(t, hello, got)
		got, end, _ := r.talkUntil(c, put, time.Hour)
		assert.Empty(t, got)
		assert.Equal(t, open, end)
		assert.Equal(t, 1, r.proxy.Journal().InFlight())
		require.NoError(t, c.Close())
		got, _, _ = r.talk(put)
		assert.Equal(t, hello, got)
		records := r.records()
		require.Len(t, records, 3)
		assert.Equal(t, "client_gone", records[1].Ended)
		assert.Zero(t, records[1].UpstreamStatus)
		assert.Equal(t, []int{1}, r.proxy.Rules().Fired())
		assert.Equal(t, 2, strings.Count(r.upstreamSaw(), "PUT "))
	})
}

func TestSilentConnectionIsResetWhenItsRuleIsRemoved(t *testing.T) {
	inRig(t, always(hello), []string{"idle_close: {silent: true}"}, func(r *rig) {
		c := r.dial()
		defer c.Close()
		r.talkUntil(c, get, time.Second)
		removed := time.AfterFunc(time.Minute, func() { assert.NoError(t, r.proxy.Rules().Replace(nil)) })
		defer removed.Stop()
		_, end, at := r.talkUntil(c, get, time.Hour)
		assert.Equal(t, reset, end)
		assert.Equal(t, time.Minute, at.Truncate(time.Second))
	})
}
