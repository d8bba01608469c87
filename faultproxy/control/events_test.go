package control_test

import (
	"bufio"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/faultproxy"
	"github.com/s3chaos/s3chaos/faultproxy/control"
)

// following is a client of the stream of events.
type following struct {
	t     *testing.T
	lines *bufio.Scanner
	body  io.Closer
}

func (r *rig) follow(query string) *following {
	r.t.Helper()
	req, err := http.NewRequestWithContext(r.t.Context(), "GET", r.api+"/v1/journal/events"+query, nil)
	require.NoError(r.t, err)
	req.Header.Set("Authorization", "Bearer "+token)
	resp, err := r.client.Do(req)
	require.NoError(r.t, err)
	require.Equal(r.t, http.StatusOK, resp.StatusCode)
	require.Equal(r.t, "text/event-stream", resp.Header.Get("Content-Type"))
	r.t.Cleanup(func() { _ = resp.Body.Close() })
	f := &following{r.t, bufio.NewScanner(resp.Body), resp.Body}
	require.Equal(r.t, ": following", f.line())
	require.Empty(r.t, f.line())
	return f
}

func (f *following) line() string {
	f.t.Helper()
	require.True(f.t, f.lines.Scan(), "the stream ended: %v", f.lines.Err())
	return f.lines.Text()
}

// event is the next one, with its record.
func (f *following) event() (string, faultproxy.Record) {
	f.t.Helper()
	name, ok := strings.CutPrefix(f.line(), "event: ")
	require.True(f.t, ok)
	data, ok := strings.CutPrefix(f.line(), "data: ")
	require.True(f.t, ok)
	var rec faultproxy.Record
	require.NoError(f.t, json.Unmarshal([]byte(data), &rec))
	require.Empty(f.t, f.line())
	return name, rec
}

func TestEventsFollowTheJournal(t *testing.T) {
	r := newRig(t, "match: {key: b}, respond: {status: 503}")
	r.get("before")
	r.settled(1)
	f := r.follow("")
	r.get("a")
	name, rec := f.event()
	assert.Equal(t, "arrived", name)
	assert.Equal(t, "a", rec.Key)
	assert.False(t, rec.Done)
	name, rec = f.event()
	assert.Equal(t, "completed", name)
	assert.Equal(t, 200, rec.Status)
	assert.Equal(t, "complete", rec.Ended)
	r.get("b")
	_, _ = f.event()
	name, rec = f.event()
	assert.Equal(t, "completed", name)
	assert.Equal(t, "#1", rec.Rule)
	assert.Equal(t, 503, rec.Status)
}

func TestEventsBeginWithTheHistoryAndRepeatNothing(t *testing.T) {
	r := newRig(t, "match: {key: stalled}, timeout: {}")
	own := r.proxy.Journal().Follow()
	defer own.Close()
	r.get("before")
	conn, err := net.Dial("tcp", strings.TrimPrefix(r.s3, "http://"))
	require.NoError(t, err)
	defer conn.Close()
	_, err = io.WriteString(conn, "GET /demo/stalled HTTP/1.1\r\nHost: s3\r\n\r\n")
	require.NoError(t, err)
	for range 3 {
		_, err = own.Next(t.Context())
		require.NoError(t, err)
	}
	f := r.follow("?history=true")
	for _, want := range []struct{ name, key string }{{"completed", "before"}, {"arrived", "stalled"}} {
		name, rec := f.event()
		assert.Equal(t, want.name, name)
		assert.Equal(t, want.key, rec.Key)
	}
	require.True(t, r.proxy.Rules().Remove(1))
	name, rec := f.event()
	assert.Equal(t, "completed", name)
	assert.Equal(t, "stalled", rec.Key)
}

func TestEventsEndWithTheHandler(t *testing.T) {
	r := newRig(t)
	f := r.follow("")
	r.get("a")
	r.settled(1)
	require.NoError(t, r.handler.Close())
	for _, want := range []string{"arrived", "completed", "end"} {
		name, _ := f.event()
		assert.Equal(t, want, name)
	}
	assert.False(t, f.lines.Scan())
	require.NoError(t, f.lines.Err(), "the stream ends in order")
	assert.JSONEq(t, `{"status":"stopping"}`, r.callWith("", "GET", "/healthz", "").body)
}

func TestASilentStreamSaysThatItIsStillThere(t *testing.T) {
	proxy, err := faultproxy.New(faultproxy.Config{Upstream: "127.0.0.1:1"})
	require.NoError(t, err)
	handler, err := control.New(control.Config{Proxy: proxy, Token: token, Heartbeat: time.Millisecond})
	require.NoError(t, err)
	defer handler.Close()
	api := httptest.NewServer(handler)
	defer api.Close()
	r := &rig{t: t, api: api.URL, client: api.Client()}
	f := r.follow("")
	for range 3 {
		assert.Equal(t, ": still there", f.line())
		assert.Empty(t, f.line())
	}
	require.NoError(t, f.body.Close())
}

func TestTheJournalIsHandedOut(t *testing.T) {
	r := newRig(t, "match: {key: b}, respond: {status: 503}")
	own := r.proxy.Journal().Follow()
	defer own.Close()
	req, err := http.NewRequestWithContext(t.Context(), "GET", r.s3+"/demo/a?X-Amz-Signature=5ec2e7", nil)
	require.NoError(t, err)
	req.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=AKIASECRET/x, Signature=5ec2e7")
	r.send(req)
	r.get("b")
	for range 4 {
		_, err := own.Next(t.Context())
		require.NoError(t, err)
	}
	a := r.call("GET", "/v1/journal", "")
	assert.Equal(t, "application/x-ndjson", a.header.Get("Content-Type"))
	lines := strings.Split(strings.TrimSpace(a.body), "\n")
	require.Len(t, lines, 2)
	for i, key := range []string{"a", "b"} {
		var rec faultproxy.Record
		require.NoError(t, json.Unmarshal([]byte(lines[i]), &rec))
		assert.Equal(t, key, rec.Key)
		assert.True(t, rec.Done)
	}
	var har struct {
		Log struct {
			Entries []struct{ Response struct{ Status int } }
		}
	}
	b := r.call("GET", "/v1/journal?format=har", "")
	assert.Equal(t, "application/json", b.header.Get("Content-Type"))
	require.NoError(t, json.Unmarshal([]byte(b.body), &har))
	require.Len(t, har.Log.Entries, 2)
	assert.Equal(t, 503, har.Log.Entries[1].Response.Status)
	for _, text := range []string{a.body, b.body, r.call("GET", "/metrics", "").body} {
		assert.NotContains(t, text, "5ec2e7")
		assert.NotContains(t, text, "AKIASECRET")
		assert.NotContains(t, text, token)
	}
}

// hooked runs something at the first flush of an answer.
type hooked struct {
	*httptest.ResponseRecorder
	hook func()
}

func (h *hooked) Flush() {
	if hook := h.hook; hook != nil {
		h.hook = nil
		hook()
	}
	h.ResponseRecorder.Flush()
}

func TestWhatHappensAsTheHistoryIsReadIsToldOnce(t *testing.T) {
	r := newRig(t)
	own := r.proxy.Journal().Follow()
	defer own.Close()
	// The stream flushes first when it follows already and has not yet read the history.
	w := &hooked{httptest.NewRecorder(), func() {
		r.get("a")
		for range 2 {
			_, err := own.Next(t.Context())
			require.NoError(t, err)
		}
		require.NoError(t, r.handler.Close())
	}}
	req := httptest.NewRequestWithContext(t.Context(), "GET", "/v1/journal/events?history=true", nil)
	req.Header.Set("Authorization", "Bearer "+token)
	r.handler.ServeHTTP(w, req)
	var names []string
	for line := range strings.Lines(w.Body.String()) {
		if name, ok := strings.CutPrefix(line, "event: "); ok {
			names = append(names, strings.TrimSpace(name))
		}
	}
	assert.Equal(t, []string{"completed", "end"}, names)
}
