package faultproxy_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

// A final response to a request that waits for 100 Continue is followed by a close, and says so.
func TestFinalResponseToExpectSaysClose(t *testing.T) {
	const expects = "PUT /demo/a HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n"
	for answer, want := range map[string]string{
		"HTTP/1.1 403 Forbidden\r\nContent-Length: 4\r\n\r\nnope": "HTTP/1.1 403 Forbidden\r\nContent-Length: " +
			"4\r\nConnection: close\r\n\r\nnope",
		"HTTP/1.1 412 P\r\nconnection: keep-alive\r\n" +
			"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n": "HTTP/1.1 412 P\r\n" +
			"Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n0\r\n\r\n",
	} {
		inRig(t, nil, nil, func(r *rig) {
			stop := r.early(answer)
			got, end, _ := r.talk(expects)
			stop()
			assert.Equal(t, want, got)
			assert.Equal(t, eof, end)
		})
	}
	// A client that gets its 100 keeps the connection.
	inRig(t, always(hello), nil, func(r *rig) {
		c := r.dial()
		defer c.Close()
		got, end, _ := r.talkUntil(c, expects, time.Second)
		assert.Equal(t, "HTTP/1.1 100 Continue\r\n\r\n", got)
		assert.Equal(t, open, end)
		got, end, _ = r.talkUntil(c, "hello"+get, time.Second)
		assert.Equal(t, hello+hello, got)
		assert.Equal(t, open, end)
	})
}
