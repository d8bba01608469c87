package faultproxy_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const sha256Hello = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"

func TestExchangeWithoutRulePassesByteForByte(t *testing.T) {
	chunked := "PUT /demo/a%20b HTTP/1.1\r\nhost:s3.test\r\nX-Odd:  two  spaces \r\ntransfer-encoding: " +
		"Chunked\r\n\r\n5;ext=1\r\nhello\r\n0\r\nx-trailer: 1\r\n\r\n"
	for name, tc := range map[string]struct{ request, answer string }{
		"length":  {put, hello},
		"no body": {get, hello},
		"chunks": {
			chunked,
			"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nA;x=y\r\n0123456789\r\n0\r\nX-T: " +
				"1\r\n\r\n",
		},
		"until close": {get, "HTTP/1.1 200 OK\r\n\r\nno length"},
		"head": {
			"HEAD /demo/a HTTP/1.1\r\nHost: s3.test\r\n\r\n",
			"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n",
		},
		"no content":      {"DELETE /demo/a HTTP/1.1\r\nHost: s3.test\r\n\r\n", "HTTP/1.1 204 No Content\r\n\r\n"},
		"not modified":    {get, "HTTP/1.1 304 Not Modified\r\nContent-Length: 10\r\n\r\n"},
		"lowest version":  {"GET /demo/a HTTP/1.0\r\n\r\n", "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok"},
		"absolute target": {"GET http://s3.test/demo/a%2Fb?x=%20 HTTP/1.1\r\nHost: s3.test\r\n\r\n", hello},
		"no reason":       {get, "HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n"},
		"large": {
			"PUT /demo/l HTTP/1.1\r\nHost: s3.test\r\nContent-Length: 300000\r\n\r\n" + strings.Repeat("0123456789",
				30000),
			"HTTP/1.1 200 OK\r\nContent-Length: 200000\r\n\r\n" + strings.Repeat("abcdefghij", 20000),
		},
	} {
		t.Run(name, func(t *testing.T) {
			inRig(t, always(tc.answer), nil, func(r *rig) {
				got, _, _ := r.talk(tc.request)
				assert.Equal(t, tc.answer, got)
				assert.Equal(t, tc.request, r.upstreamSaw())
				rec := r.record()
				assert.Equal(t, "complete", rec.Ended)
				assert.EqualValues(t, len(tc.request), rec.BytesReceived)
				assert.EqualValues(t, len(tc.answer), rec.BytesSent)
			})
		})
	}
}

func TestOnlyTheStepHeaderIsRemoved(t *testing.T) {
	inRig(t, always(hello), nil, func(r *rig) {
		got, _, _ := r.talk(
			"PUT /demo/a HTTP/1.1\r\nHost: s3.test\r\nx-S3Chaos-Step: upload 1\r\nContent-Length: 5\r\n\r\nhello")
		assert.Equal(t, hello, got)
		assert.Equal(t, "PUT /demo/a HTTP/1.1\r\nHost: s3.test\r\nContent-Length: 5\r\n\r\nhello", r.upstreamSaw())
		rec := r.record()
		assert.Equal(t, "upload 1", rec.Step)
		assert.Equal(t, sha256Hello, rec.RequestSHA256)
		assert.True(t, rec.Committed)
	})
}

func TestPipelinedRequestsAreAnsweredInOrder(t *testing.T) {
	echoPath := func(req *http.Request, body string) string {
		text := req.URL.Path + body
		return fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(text), text)
	}
	inRig(t, echoPath, nil, func(r *rig) {
		got, end, _ := r.talk("GET /demo/1 HTTP/1.1\r\nHost: h\r\n\r\n" +
			"PUT /demo/2 HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\n22" +
			"PUT /demo/3 HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n3\r\n0\r\n\r\n" +
			"GET /demo/4 HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
		assert.Equal(t, eof, end)
		var bodies []string
		for _, part := range strings.Split(got, "HTTP/1.1 200 OK\r\n")[1:] {
			_, body, _ := strings.Cut(part, "\r\n\r\n")
			bodies = append(bodies, body)
		}
		assert.Equal(t, []string{"/demo/1", "/demo/222", "/demo/33", "/demo/4"}, bodies)
		assert.Len(t, r.records(), 4)
	})
}

func TestAHalfClosedClientGetsItsAnswer(t *testing.T) {
	slow := func(*http.Request, string) string { time.Sleep(30 * time.Second); return hello }
	inRig(t, slow, nil, func(r *rig) {
		c := r.dial()
		_, err := c.Write([]byte(get))
		require.NoError(t, err)
		require.NoError(t, c.CloseWrite())
		got, end, at := r.talkOver(c, "")
		assert.Equal(t, eof, end)
		assert.Equal(t, 30*time.Second, at.Truncate(time.Second))
		assert.Equal(t, hello, got)
		assert.Equal(t, "complete", r.record().Ended)
	})
}

func TestContinueComesFromTheUpstream(t *testing.T) {
	inRig(t, always(hello), nil, func(r *rig) {
		c := r.dial()
		defer c.Close()
		_, err := c.Write(
			[]byte("PUT /demo/a HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n"))
		require.NoError(t, err)
		buf := make([]byte, 1000)
		n, err := c.Read(buf)
		require.NoError(t, err)
		assert.Equal(t, "HTTP/1.1 100 Continue\r\n\r\n", string(buf[:n]))
		got, end, _ := r.talkOver(c, "hello"+get)
		assert.Equal(t, hello+hello, got)
		assert.Equal(t, open, end)
		assert.Equal(t, sha256Hello, r.records()[0].RequestSHA256)
	})
}

func TestLeavingClientIsNoticedAtOnce(t *testing.T) {
	never := func(*http.Request, string) string { time.Sleep(time.Hour); return "" }
	for name, request := range map[string]string{
		"waiting for the upstream": get,
		"after a large body": "PUT /demo/a HTTP/1.1\r\nHost: h\r\nContent-Length: 100000\r\n\r\n" +
			strings.Repeat("x", 100000),
		"in the middle of a body": "PUT /demo/a HTTP/1.1\r\nHost: h\r\nContent-Length: 100000\r\n\r\nhello",
	} {
		t.Run(name, func(t *testing.T) {
			inRig(t, never, nil, func(r *rig) {
				c := r.dial()
				_, err := c.Write([]byte(request))
				require.NoError(t, err)
				time.Sleep(20 * time.Second)
				left := time.Since(r.proxy.Start())
				require.NoError(t, c.Close())
				time.Sleep(time.Second)
				rec := r.record()
				assert.Equal(t, "client_gone", rec.Ended)
				assert.Equal(t, left, rec.End)
				time.Sleep(time.Hour)
			})
		})
	}
}

func TestUnreachableUpstreamGivesBadGateway(t *testing.T) {
	inRig(t, nil, nil, func(r *rig) {
		got, end, _ := r.talk(put)
		assert.True(t, strings.HasPrefix(got, "HTTP/1.1 502 Bad Gateway\r\n"), got)
		assert.Contains(t, got, "<Error><Code>BadGateway</Code>")
		assert.Equal(t, eof, end)
		rec := r.record()
		assert.Equal(t, "upstream_error", rec.Ended)
		assert.Equal(t, 502, rec.Status)
		assert.Zero(t, rec.UpstreamStatus)
		assert.False(t, rec.Committed)
	})
}

func TestBrokenResponseClosesTheClientsConnection(t *testing.T) {
	inRig(t, always("HTTP/1.1 200 OK\r\nContent-Length: 10\r\nConnection: close\r\n\r\n01234"), nil, func(r *rig) {
		got, end, _ := r.talk(get)
		assert.Equal(t, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\nConnection: close\r\n\r\n01234", got)
		assert.Equal(t, eof, end)
		assert.Equal(t, "upstream_error", r.record().Ended)
	})
	for name, answer := range map[string]string{
		"nothing":               "",
		"half a head":           "HTTP/1.1 200 OK\r\nContent-Le",
		"two lengths":           "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
		"a switch of protocols": "HTTP/1.1 101 Switching Protocols\r\nContent-Length: 0\r\n\r\n",
		"no HTTP":               "220 ready\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			inRig(t, always(answer), nil, func(r *rig) {
				got, _, _ := r.talk(get)
				assert.True(t, strings.HasPrefix(got, "HTTP/1.1 502 "), got)
			})
		})
	}
}

func TestAnIdleUpstreamConnectionThatDiedIsReplaced(t *testing.T) {
	n := 0
	flaky := func(*http.Request, string) string {
		if n++; n == 2 {
			return "" // closes without a response
		}
		return hello
	}
	inRig(t, flaky, nil, func(r *rig) {
		c := r.dial()
		defer c.Close()
		got, end, _ := r.talkOver(c, put+put)
		assert.Equal(t, hello+hello, got)
		assert.Equal(t, open, end)
		assert.Equal(t, put+put+put, r.upstreamSaw())
	})
}

func TestAnEarlyAnswerReachesAClientThatIsStillSending(t *testing.T) {
	inRig(t, nil, nil, func(r *rig) {
		up, err := r.network.Listen("up:80")
		require.NoError(t, err)
		defer up.Close()
		done := make(chan struct{})
		go func() {
			defer close(done)
			c, err := up.Accept()
			if err != nil {
				return
			}
			defer c.Close()
			_, _ = c.Read(make([]byte, 100))
			_, _ = c.Write([]byte("HTTP/1.1 403 Forbidden\r\nContent-Length: 4\r\n\r\nnope"))
			time.Sleep(time.Hour) // the upstream reads no more
		}()
		got, _, at := r.talk("PUT /demo/a HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\n" +
			strings.Repeat("x", 1000000))
		assert.Equal(t, "HTTP/1.1 403 Forbidden\r\nContent-Length: 4\r\n\r\nnope", got)
		assert.Less(t, at, time.Minute)
		assert.Equal(t, 403, r.record().Status)
		<-done
	})
}

func TestTooManyInterimResponsesGiveBadGateway(t *testing.T) {
	inRig(t, always(strings.Repeat("HTTP/1.1 103 Early Hints\r\n\r\n", 100000)+hello), nil, func(r *rig) {
		got, _, _ := r.talk(get)
		assert.Equal(t, 100, strings.Count(got, "103 Early Hints"))
		assert.Contains(t, got, "HTTP/1.1 502 ")
	})
	inRig(t, always(strings.Repeat("HTTP/1.1 103 Early Hints\r\n\r\n", 100)+hello), nil, func(r *rig) {
		got, _, _ := r.talk(get)
		assert.Equal(t, strings.Repeat("HTTP/1.1 103 Early Hints\r\n\r\n", 100)+hello, got)
	})
}
