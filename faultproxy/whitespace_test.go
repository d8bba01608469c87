package faultproxy_test

import (
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	declaration = `<?xml version="1.0" encoding="UTF-8"?>`
	document    = "HTTP/1.1 200 OK\r\nContent-Type: application/xml\r\nETag: \"e\"\r\nContent-Length: 45\r\n\r\n" +
		declaration + "<a></a>"
	complete = "POST /demo/a.bin?uploadId=1 HTTP/1.1\r\nHost: s3.test\r\nContent-Length: 5\r\n\r\nhello"
)

// arrival is what a client has read at a time.
type arrival struct {
	at   time.Duration
	text string
}

// arrivals sends a request and returns what arrives within two minutes, with the times in whole
// seconds.
func (r *rig) arrivals(send string) (list []arrival) {
	c := r.dial()
	defer c.Close()
	start := time.Now()
	_, err := io.WriteString(c, send)
	require.NoError(r.t, err)
	require.NoError(r.t, c.SetReadDeadline(start.Add(2*time.Minute)))
	buf := make([]byte, 4096)
	for {
		n, err := c.Read(buf)
		if err != nil {
			return list
		}
		list = append(list, arrival{time.Since(start).Truncate(time.Second), string(buf[:n])})
	}
}

// The client gets the declaration at once, a character every 10 s, and the document at the end.
func TestWhitespaceComesBeforeTheDocument(t *testing.T) {
	for rule, c := range map[string]struct {
		rest  string
		code  string
		asked int
	}{
		"ok_with_error: {code: SlowDown, whitespace: 25s}": {"\n<Error><Code>SlowDown</Code>", "SlowDown", 0},
		"after_upstream: true, ok_with_error: {whitespace: 25s}": {
			"\n<Error><Code>InternalError</Code>", "InternalError", 1,
		},
		"whitespace: 25s": {"\r\n<a></a>\r\n0\r\n\r\n", "", 1},
	} {
		t.Run(rule, func(t *testing.T) {
			inRig(t, always(document), []string{rule}, func(r *rig) {
				got := r.arrivals(complete)
				require.Len(t, got, 4)
				assert.True(t, strings.HasPrefix(got[0].text, "HTTP/1.1 200 OK\r\n"), got[0].text)
				assert.Contains(t, got[0].text, "\r\nTransfer-Encoding: chunked\r\n")
				assert.NotContains(t, got[0].text, "Content-Length")
				assert.True(t, strings.HasSuffix(got[0].text, "\r\n\r\n26\r\n"+declaration+"\r\n"), got[0].text)
				assert.Zero(t, got[0].at)
				assert.Equal(t, arrival{10 * time.Second, "1\r\n \r\n"}, got[1])
				assert.Equal(t, arrival{20 * time.Second, "1\r\n \r\n"}, got[2])
				assert.Equal(t, 25*time.Second, got[3].at)
				assert.True(t, strings.HasPrefix(got[3].text, "1\r\n \r\n"), got[3].text)
				assert.Contains(t, got[3].text, c.rest)
				assert.True(t, strings.HasSuffix(got[3].text, "\r\n0\r\n\r\n"), got[3].text)

				rec := r.record()
				assert.Equal(t, c.code, rec.ErrorCode)
				assert.Equal(t, 200, rec.Status)
				assert.Equal(t, c.asked == 1, rec.Committed)
				assert.Equal(t, "complete", rec.Ended)
				assert.Zero(t, rec.Answered.Truncate(time.Second), "the head was sent at once")
				assert.Equal(t, 25*time.Second, rec.End.Truncate(time.Second))
				assert.Equal(t, c.asked, strings.Count(r.upstreamSaw(), " HTTP/1.1\r\n"))
			})
		})
	}
}

// The connection is good for another request after the white space.
func TestConnectionIsReusedAfterWhitespace(t *testing.T) {
	inRig(t, always(document), []string{"times: 1, whitespace: 25s"}, func(r *rig) {
		got, end, at := r.talk(complete + get)
		assert.True(t, strings.HasSuffix(got, "\r\n0\r\n\r\n"+document), got)
		assert.Equal(t, open, end)
		assert.Equal(t, 25*time.Second, at.Truncate(time.Second))
	})
}

// HTTP/1.0 has no chunks, so the end of the connection is the end of the document.
func TestWhitespaceForHTTP10EndsWithTheConnection(t *testing.T) {
	inRig(t, always(document), []string{"whitespace: 15s"}, func(r *rig) {
		got, end, _ := r.talk(strings.Replace(complete, "HTTP/1.1", "HTTP/1.0", 1))
		assert.True(t, strings.HasSuffix(got, "\r\nConnection: close\r\n\r\n"+declaration+"  <a></a>"), got)
		assert.Equal(t, eof, end)
	})
}

// Only a success with a document has white space before it.
func TestWhitespacePassesWhatIsNoDocument(t *testing.T) {
	object := strings.Replace(document, "\"e\"", "\"o\"", 1)
	missing := strings.Replace(document, "200 OK", "404 Not Found", 1)
	for name, c := range map[string]struct{ request, answer string }{
		"an object":  {get, object},
		"an error":   {complete, missing},
		"no XML":     {complete, hello},
		"no body":    {complete, "HTTP/1.1 204 No Content\r\n\r\n"},
		"an empty 2": {complete, "HTTP/1.1 200 OK\r\nContent-Type: application/xml\r\nContent-Length: 0\r\n\r\n"},
	} {
		t.Run(name, func(t *testing.T) {
			inRig(t, always(c.answer), []string{"whitespace: 25s"}, func(r *rig) {
				got, _, at := r.talk(c.request)
				assert.Equal(t, c.answer, got)
				assert.Zero(t, at.Truncate(time.Second))
				assert.Empty(t, r.record().Rule)
				assert.Equal(t, []int{0}, r.proxy.Rules().Fired())
			})
		})
	}
}

// A document that breaks off has no white space before it, and the rule has not fired.
func TestWhitespaceDoesNotFireIfTheDocumentBreaksOff(t *testing.T) {
	cut := strings.Replace(document, "Content-Length: 45", "Content-Length: 46\r\nConnection: close", 1)
	inRig(t, always(cut), []string{"whitespace: 25s"}, func(r *rig) {
		got, end, _ := r.talk(complete)
		assert.Empty(t, got)
		assert.Equal(t, eof, end)
		assert.Equal(t, "upstream_error", r.record().Ended)
		assert.Equal(t, []int{0}, r.proxy.Rules().Fired())
	})
}

// A client that leaves during the white space ends the exchange.
func TestClientThatLeavesDuringWhitespaceIsNoticed(t *testing.T) {
	for _, rule := range []string{"whitespace: 1h", "ok_with_error: {whitespace: 1h}"} {
		inRig(t, always(document), []string{rule}, func(r *rig) {
			c := r.dial()
			_, _, _ = r.talkUntil(c, complete, 5*time.Second)
			require.NoError(t, c.Close())
			time.Sleep(time.Second)
			assert.Equal(t, "client_gone", r.record().Ended)
		})
	}
}

// Without its rule the document comes at once.
func TestRemovedRuleEndsItsWhitespace(t *testing.T) {
	inRig(t, always(document), []string{"whitespace: 1h"}, func(r *rig) {
		c := r.dial()
		defer c.Close()
		_, _, _ = r.talkUntil(c, complete, 5*time.Second)
		r.proxy.Rules().Remove(1)
		got, _, at := r.talkUntil(c, "", 5*time.Second)
		assert.True(t, strings.HasSuffix(got, "\r\n<a></a>\r\n0\r\n\r\n"), got)
		assert.Zero(t, at.Truncate(time.Second))
	})
}
