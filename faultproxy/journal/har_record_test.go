package journal

import (
	"bytes"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/faultproxy/internal/identity"
	"github.com/s3chaos/s3chaos/faultproxy/internal/redact"
)

const ms = time.Millisecond

var harStart = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// byHand returns records of all kinds, a second apart.
func byHand() []Record {
	host := map[string]string{"Host": "s3.local:9000"}
	xml := map[string]string{
		"Content-Type": "application/xml", "Content-Length": "243",
		"X-Amz-Request-Id": "4442587FB7D0A2F9",
	}
	records := []Record{
		{
			Method: "GET", Target: "/demo/a.txt?x-id=GetObject&prefix=a%20b+c", Done: true, Received: 1 * ms,
			Answered: 251 * ms, End: 1251 * ms, Status: 200, BytesSent: 1200, Ended: "complete",
			RequestHeader: map[string]string{
				"Host": "s3.local:9000", "Authorization": redact.Redacted,
				"User-Agent": "tést",
			},
			ResponseHeader: map[string]string{
				"Content-Type": "text/plain; charset=utf-8", "Content-Length": "1000",
				"Etag": `"e"`, "Accept-Ranges": "bytes",
			},
		},
		{
			Method: "PUT", Target: "/demo/up", Done: true, Received: 2000 * ms, Answered: 2500 * ms, End: 2600 * ms,
			Status: 200, BytesReceived: 5100, BytesSent: 120, Ended: "complete", Committed: true,
			RequestHeader:  map[string]string{"Host": "s3.local:9000", "Content-Length": "5000"},
			ResponseHeader: map[string]string{"Content-Length": "0"},
		},
		{
			Method: "PUT", Target: "/demo/early", Done: true, Received: 900 * ms, Answered: 300 * ms, End: 1000 * ms,
			Status: 503, Ended: "complete", Fault: "respond: {status: 503, early: true}", Rule: "r",
			RequestHeader:  map[string]string{"Host": "s3.local:9000", "Transfer-Encoding": "chunked"},
			ResponseHeader: xml, BytesSent: 400,
		},
		{
			Method: "PUT", Target: "/demo/unread", Done: true, Answered: 300 * ms, End: 700 * ms, Status: 503,
			Ended: "complete", Fault: "respond: {status: 503, early: true}",
			RequestHeader: map[string]string{"Content-Length": "5000"}, ResponseHeader: xml, BytesSent: 400,
		},
		{
			Method: "GET", Target: "/demo/cut", Done: true, Received: 0, Answered: 100 * ms, End: 400 * ms,
			Status: 200, BytesSent: 500, Ended: "reset", Fault: "reset_peer: {after_bytes: 3}", Conn: 7,
			RequestHeader:  host,
			ResponseHeader: map[string]string{"Content-Length": "1000", "Content-Type": "application/octet-stream"},
		},
		{
			Method: "GET", Target: "/demo/never", Done: true, Received: 2 * ms, End: 30 * time.Second, Ended: "timeout",
			Fault: "timeout: 30s", RequestHeader: host,
		},
		{
			Method: "HEAD", Target: "/demo/head", Done: true, Received: 0, Answered: 5 * ms, End: 5 * ms, Status: 200,
			BytesSent: 300, Ended: "complete", RequestHeader: host,
			ResponseHeader: map[string]string{"Content-Length": "1000"},
		},
		{
			Method: "GET", Target: "/demo/chunked", Done: true, Answered: 5 * ms, End: 9 * ms, Status: 200,
			BytesSent: 777, Ended: "complete", RequestHeader: host,
			ResponseHeader: map[string]string{"Transfer-Encoding": "chunked"},
		},
		{
			Method: "GET", Target: "/demo/moved", Done: true, Answered: 5 * ms, End: 5 * ms, Status: 307,
			BytesSent: 777, Ended: "complete", RequestHeader: host,
			ResponseHeader: map[string]string{"Location": "https://other.test/demo/moved?X-Amz-Signature=" +
				redact.Redacted, "Content-Length": "0"},
		},
		{Method: "GET", Target: "/demo/flying", Received: 1 * ms, RequestHeader: host},
		{
			Method: "GET", Target: "/demo/half", Received: 1 * ms, Answered: 2 * ms, Status: 200, RequestHeader: host,
			ResponseHeader: map[string]string{"Content-Length": "9"},
		},
		{
			Kind: KindConnection, Method: "GET", Target: "/demo/refused", Done: true, End: 40 * ms, Ended: "refused",
			Fault: "refuse: {}", RequestHeader: host,
		},
		{Kind: KindConnection, Done: true, Ended: "refused", Fault: "refuse: {}"},
		{
			Done: true, Answered: 3 * ms, End: 4 * ms, Status: 400, BytesSent: 400, Ended: "bad_request",
			ResponseHeader: xml,
		},
		{Method: "OPTIONS", Target: "*", Done: true, Answered: 1 * ms, End: 1 * ms, Status: 599, Ended: "complete"},
		{
			Method: "DELETE", Target: "http://x.test/demo/%D0%BA%D0%BB%D1%8E%D1%87", Done: true, Answered: 1 * ms,
			End: 1 * ms, Status: 204, Ended: "complete", BytesSent: 99,
		},
	}
	for i := range records {
		r := &records[i]
		r.Seq, r.At = i+1, time.Duration(i)*time.Second
		if r.Kind == "" {
			r.Kind = KindExchange
		}
		for _, at := range []*time.Duration{&r.End, &r.Answered, &r.Received} {
			if *at != 0 {
				*at += r.At
			}
		}
	}
	return records
}

// The HAR entries of these records: sizes, texts and times in milliseconds. -1 means unknown.
func TestHAROfRecords(t *testing.T) {
	want := []struct {
		text                         string
		sent, size                   int64
		connect, send, wait, receive float64
	}{
		{"OK", 0, 1000, 0, 1, 250, 1000},
		{"OK", 5000, 0, 0, 2000, 500, 100},
		{"Service Unavailable", -1, 243, 0, 300, 0, 700}, // the response came before the end of the request
		{"Service Unavailable", -1, 243, 0, 300, 0, 400}, // the request was not read to its end
		{"OK (reset)", 0, -1, 0, 0, 100, 300},
		{"(timeout)", 0, -1, 0, 2, 29998, 0},
		{"OK", 0, 0, 0, 0, 5, 0},
		{"OK", 0, -1, 0, 0, 5, 4},
		{"Temporary Redirect", 0, 0, 0, 0, 5, 0},
		{"(in flight)", 0, -1, 0, 0, 0, 0},
		{"OK (in flight)", 0, -1, 0, 0, 0, 0},
		{"(refused)", 0, -1, 40, 0, 0, 0},
		{"(refused)", -1, -1, 0, 0, 0, 0},
		{"Bad Request (bad_request)", -1, -1, 0, 3, 0, 1},
		{"", 0, -1, 0, 0, 1, 0},
		{"No Content", 0, 0, 0, 0, 1, 0},
	}
	for i, r := range byHand() {
		e, w := harOf(harStart, "http", r), want[i]
		name := fmt.Sprintf("%d: %s %s", i, r.Method, r.Target)
		assert.Equal(t, w.text, e.Response.StatusText, name)
		assert.Equal(t, w.sent, e.Request.BodySize, name)
		assert.Equal(t, w.size, e.Response.BodySize, name)
		assert.Equal(t, w.size, e.Response.Content.Size, name)
		assert.Equal(t, r.BytesSent, e.Response.TransferSize, name)
		assert.Equal(t, [4]float64{w.connect, w.send, w.wait, w.receive},
			[4]float64{e.Timings.Connect, e.Timings.Send, e.Timings.Wait, e.Timings.Receive}, name)
		assert.Equal(t, w.connect+w.send+w.wait+w.receive, e.Time, name)
		assert.Equal(t, e.Timings.Blocked+w.connect+w.send+w.wait+w.receive, e.Time, name)
	}
	assert.Equal(t, "https://other.test/demo/moved?X-Amz-Signature="+redact.Redacted,
		harOf(harStart, "http", byHand()[8]).Response.RedirectURL)
}

// In a bubble scenario time starts at zero, so an instant of zero does not always mean never.
func TestHARAtTimeZero(t *testing.T) {
	r := Record{
		Kind: KindExchange, Method: "PUT", Done: true, End: 3 * time.Second, Status: 200, Ended: "complete",
		RequestHeader: map[string]string{"Content-Length": "5"},
	}
	r.Answered = 2 * time.Second
	assert.Equal(t, harTimings{Blocked: atOnce, Wait: 2000, Receive: 1000}, harPhases(r))
	r.Answered = 0
	assert.Equal(t, harTimings{Blocked: atOnce, Receive: 3000}, harPhases(r))
	r.Status = 0
	assert.Equal(t, harTimings{Blocked: atOnce, Wait: 3000}, harPhases(r))
	r.At, r.End = 1, 1000001
	assert.Equal(t, harTimings{Blocked: atOnce, Send: 1}, harPhases(r))
	r.At, r.End = 2, 1
	assert.Equal(t, harTimings{}, harPhases(r))
}

func TestHAR(t *testing.T) {
	w, tr := NewWriter(0, "http"), identity.NewTracker(0)
	w.Start(harStart)
	e := arrive(w, KindExchange, req(tr, "GET", "/demo/k?x-id=GetObject", "Host: s3.local:9000"), 4, 1500*ms)
	w.Complete(e, "", func(r *Record) {
		r.End, r.Ended, r.Status, r.BytesSent, r.Fault = 1750*ms, "reset", 200, 77, "reset_peer: {}"
	})
	arrive(w, KindExchange, req(tr, "GET", "/demo/flying"), 4, 2*time.Second)
	var out bytes.Buffer
	require.NoError(t, w.Journal().WriteHAR(&out))
	var doc struct {
		Log map[string]json.RawMessage `json:"log"`
	}
	require.NoError(t, json.Unmarshal(out.Bytes(), &doc))
	assert.JSONEq(t, `"1.2"`, string(doc.Log["version"]))
	assert.JSONEq(t, `{"name": "s3chaos", "version": "1"}`, string(doc.Log["creator"]))
	assert.JSONEq(t, `[]`, string(doc.Log["pages"]), "Firefox's panel reads it")
	var entries []json.RawMessage
	require.NoError(t, json.Unmarshal(doc.Log["entries"], &entries))
	require.Len(t, entries, 2)
	assert.JSONEq(t, `{"startedDateTime": "2026-01-02T03:04:06.500000Z", "time": 250,
		"request": {"method": "GET", "url": "http://s3.local:9000/demo/k?x-id=GetObject", "httpVersion": "HTTP/1.1",
			"cookies": [], "headers": [{"name": "Host", "value": "s3.local:9000"}],
			"queryString": [{"name": "x-id", "value": "GetObject"}], "headersSize": -1, "bodySize": 0},
		"response": {"status": 200, "statusText": "OK (reset)", "httpVersion": "HTTP/1.1", "cookies": [],
			"headers": [{"name": "X-S3chaos-Fault", "value": "reset_peer: {}"}],
			"content": {"size": -1, "mimeType": "x-unknown"}, "redirectURL": "",
			"headersSize": -1, "bodySize": -1, "_transferSize": 77, "_error": "reset"},
		"cache": {}, "timings": {"blocked": 1e-30, "send": 0, "wait": 250, "receive": 0},
		"connection": "4", "_connectionId": "4", "_resourceType": "fetch", "comment": "reset_peer: {}",
		"_operation": "GetObject", "_attempt": 1, "_fault": "reset_peer: {}", "_committed": false,
		"_ended": "reset"}`, string(entries[0]))
	assert.Contains(t, string(entries[1]), `"_error": "in flight"`)

	empty := &bytes.Buffer{}
	require.NoError(t, NewWriter(0, "http").Journal().WriteHAR(empty))
	assert.Contains(t, empty.String(), `"entries": []`)
}
