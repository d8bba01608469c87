package memory

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/faultproxy/memnet"
)

func TestSnapshotsOfAllKindsAreBounded(t *testing.T) {
	h, r := &History{}, newLastSeen()
	v := newVersion(404, "")
	assert.Equal(t, 1<<10, v.size(), "a change of nothing but a name takes memory too")
	v.Body = make([]byte, 1<<20-1<<10) // the same one again and again
	const most = maxTotal >> 20
	for i := range most + 100 {
		at := place{"demo", fmt.Sprint(i)}
		h.add([]change{{place: at, at: time.Duration(i), before: v}})
		r.put(at, v)
	}
	assert.Len(t, h.changes, most)
	assert.Equal(t, "100", h.changes[0].key, "the oldest are forgotten")
	assert.Len(t, r.known, most)
	assert.Equal(t, maxTotal, h.size)
	assert.Equal(t, maxTotal, r.size)
	for at := range r.known {
		r.put(at, nil)
	}
	assert.Zero(t, r.size)
}

// upstream serves handler in memory, in a bubble, and returns how to dial it.
func upstream(t *testing.T, handler http.HandlerFunc) func(context.Context) (net.Conn, error) {
	network := memnet.New()
	l, err := network.Listen("upstream.test:80")
	require.NoError(t, err)
	server := &http.Server{Handler: handler}
	done := make(chan error, 1)
	go func() { done <- server.Serve(l) }()
	t.Cleanup(func() {
		require.NoError(t, server.Close())
		require.ErrorIs(t, <-done, http.ErrServerClosed)
		time.Sleep(time.Second) // http.Server lingers
	})
	return func(ctx context.Context) (net.Conn, error) {
		return network.DialContext(ctx, "tcp", "upstream.test:80")
	}
}

// remember is a Memory in front of an upstream, which fills h and logs to log.
func remember(dial func(context.Context) (net.Conn, error), h *History, log io.Writer) *Memory {
	start := time.Now()
	return New(Config{
		Dial: dial, Histories: func() []*History { return []*History{h} },
		Now:    func() time.Duration { return time.Since(start) },
		Logger: slog.New(slog.NewTextHandler(log, nil)),
	})
}

// What many requests hold of the past while the upstream is at work is bounded together, and given
// back.
func TestSnapshotsThatWaitForAResponseAreBoundedTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dial := upstream(t, func(w http.ResponseWriter, r *http.Request) {
			if !strings.HasSuffix(r.URL.Path, "b") {
				_, _ = io.WriteString(w, "content")
				return
			}
			const more = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n" // is content, and no response
			w.Header().Set("Content-Length", fmt.Sprint(20+len(more)))
			_, _ = io.WriteString(w, strings.Repeat("x", 20))
			w.(http.Flusher).Flush()
			time.Sleep(time.Second)
			_, _ = io.WriteString(w, more)
		})
		var log bytes.Buffer
		h := new(History)
		m := remember(dial, h, &log)
		post := func() {
			e := m.Follow(Request{Operation: "DeleteObjects", Bucket: "demo", Path: "/demo", Host: "s3.test"})
			require.True(t, e.TakesBody())
			e.SetBody([]byte("<Delete><Quiet>true</Quiet>"+
				"<Object><Key>a</Key></Object><Object><Key>b</Key></Object><Object><Key>c</Key></Object></Delete>"),
				nil)
			require.True(t, e.ReadsObjects())
			e.Before(t.Context())
			e.Answered(Response{
				Succeeded: true,
				Body:      func(int) ([]byte, error) { return []byte("<DeleteResult/>"), nil },
			})
			e.Over(Outcome{Status: 200, SentWhole: true, ReceivedSame: true})
		}
		m.held.Store(maxTotal - 20) // others hold that much
		post()
		assert.Contains(t, log.String(), `key=b objects=1 error="more than 13 bytes"`)
		assert.EqualValues(t, maxTotal-20, m.held.Load())
		require.Len(t, h.changes, 2)
		assert.Equal(t, []string{"a", "c"}, []string{h.changes[0].key, h.changes[1].key})
		m.held.Store(0)
		log.Reset()
		post()
		assert.Empty(t, log.String())
	})
}

func TestPutBeforeAnotherIsKnownFromTheUpstreamOrFromWhatPassed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		status := http.StatusOK
		dial := upstream(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("ETag", `"e"`)
			w.WriteHeader(status)
			_, _ = io.WriteString(w, "old")
		})
		var log bytes.Buffer
		h := new(History)
		m := remember(dial, h, &log)
		put := func(content string) {
			e := m.Follow(Request{
				Operation: "PutObject", Bucket: "demo", Key: "a", Path: "/demo/a", Host: "s3.test",
				Header: "Content-Type: text/x\r\nx-amz-meta-v: 1\r\n",
			})
			e.Before(t.Context())
			request, response := e.Copy()
			require.Nil(t, response)
			request([]byte(content))
			e.Answered(Response{Succeeded: true, Header: []byte("ETag: \"n\"\r\nDate: x\r\n")})
			e.Over(Outcome{Status: 200, SentWhole: true})
			time.Sleep(time.Second)
		}
		put("one")
		assert.Equal(t, &Version{
			Status: 200, ContentType: "text/plain; charset=utf-8",
			Headers: map[string]string{"ETag": `"e"`}, Body: []byte("old"),
		}, h.Object("demo", "a", LastChange))
		status = http.StatusForbidden
		put("two")
		assert.Equal(t, &Version{
			Status: 200, ContentType: "text/x",
			Headers: map[string]string{"ETag": `"n"`, "x-amz-meta-v": "1"}, Body: []byte("one"),
		},
			h.Object("demo", "a", LastChange))
		assert.Equal(t, "old", string(h.Object("demo", "a", -1).Body))
		assert.Nil(t, h.Object("demo", "a", time.Minute))
		assert.Len(t, h.Changed("demo", LastChange), 1)
		assert.Empty(t, log.String())
	})
}

func TestRelistShowsKeysAsTheyWere(t *testing.T) {
	const list = "<ListBucketResult><KeyCount>2</KeyCount>" +
		"<Contents><Key>a</Key><Size>9</Size></Contents>" +
		"<Contents><Key>new</Key><Size>9</Size></Contents></ListBucketResult>"
	past := map[string]*Version{
		"a": {Status: 200, Headers: map[string]string{
			"ETag":          `"e"`,
			"Last-Modified": "Sat, 01 Jan 2000 00:00:00 GMT",
		}, Body: []byte("one")},
		"b&":   {Status: 200},
		"new":  {Status: 404},
		"x/y":  {Status: 200},
		"9low": {Status: 200},
	}
	got := string(Relist([]byte(list), Listing{Delimiter: "/", After: "9low"}, past))
	assert.Contains(t, got, "<KeyCount>2</KeyCount><Contents><Key>a</Key>"+
		"<LastModified>2000-01-01T00:00:00.000Z</LastModified><ETag>&quot;e&quot;</ETag><Size>3</Size>")
	assert.Contains(t, got, "<Key>b&amp;</Key>")
	for _, key := range []string{"new", "x/y", "9low"} {
		assert.NotContains(t, got, "<Key>"+key)
	}
}
