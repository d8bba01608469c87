package faultproxy_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// The client gets a response that fits itself, and the connection stays open.
func TestShortenedBodyFitsItsHead(t *testing.T) {
	const ranged = "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 4-13/20\r\nContent-Length: 10\r\n\r\n" +
		"0123456789"
	short := func(answer, length, body string) string {
		answer = strings.Replace(answer, "Content-Length: 10", "Content-Length: "+length, 1)
		return strings.Replace(answer, "0123456789", body, 1)
	}
	for name, c := range map[string]struct{ rule, request, answer, want string }{
		"to a size":    {"shorten: {to: 4B}", get, hello, short(hello, "4", "0123")},
		"to a share":   {"shorten: {to: 50%}", get, hello, short(hello, "5", "01234")},
		"to nothing":   {"shorten: {}", get, hello, short(hello, "0", "")},
		"of an upload": {"shorten: {to: 1}", put, hello, short(hello, "1", "0")},
		"of a range": {
			"shorten: {to: 4B}", get, ranged, strings.Replace(short(ranged, "4", "0123"), "4-13", "4-7", 1),
		},
		"of a HEAD": {
			"shorten: {to: 4B}", strings.Replace(get, "GET", "HEAD", 1), strings.TrimSuffix(hello, "0123456789"),
			short(hello, "4", ""),
		},
	} {
		inRig(t, always(c.answer), []string{"times: 1, " + c.rule}, func(r *rig) {
			got, end, _ := r.talk(c.request + c.request)
			assert.Equal(t, c.want+c.answer, got, name)
			assert.Equal(t, open, end, name)
			rec := r.records()[0]
			assert.Equal(t, "complete", rec.Ended, name)
			assert.Equal(t, "#1", rec.Rule, name)
			_, body, _ := strings.Cut(c.want, "\r\n\r\n")
			assert.Equal(t, sha256Of(body), rec.ResponseSHA256, name)
		})
	}
}

// A short body of many pieces is cut at the right byte.
func TestShortenedLargeBodyEndsAtItsByte(t *testing.T) {
	head := strings.Index(bigAnswer, "\r\n\r\n") + 4
	inRig(t, always(bigAnswer), []string{"times: 1, shorten: {to: 3MiB}"}, func(r *rig) {
		got, end, _ := r.talk(get + get)
		want := strings.Replace(bigAnswer[:head+3<<20], "Content-Length: 5242880", "Content-Length: 3145728", 1)
		assert.True(t, got == want+bigAnswer, "%d bytes", len(got))
		assert.Equal(t, open, end)
	})
}

// A body that is short already, or whose length is unknown, passes, and the rule has not fired.
func TestShortenPassesWhatItCannotShorten(t *testing.T) {
	empty := strings.Replace(hello, "10\r\nETag: \"e\"\r\n\r\n0123456789", "0\r\n\r\n", 1)
	for rule, answer := range map[string]string{
		"shorten: {to: 10B}":                 hello,
		"shorten: {to: 1KiB}":                hello,
		"shorten: {to: 4B}":                  chunkedAnswer,
		"shorten: {to: 50%}":                 chunkedAnswer,
		"optional: true, shorten: {}":        empty,
		"optional: true, shorten: {to: 50%}": "HTTP/1.1 204 No Content\r\n\r\n",
	} {
		inRig(t, always(answer), []string{rule}, func(r *rig) {
			got, _, _ := r.talk(get)
			assert.Equal(t, answer, got, rule)
			assert.Empty(t, r.record().Rule, rule)
			assert.Equal(t, "the responses were no longer than that, or had no length",
				r.proxy.Rules().List()[0].IdleReason, rule)
		})
	}
}

// A short body can be slow, too, and a response that a rule makes can be shortened.
func TestShortenIsChainedWithOtherFaults(t *testing.T) {
	rules := []string{
		"chain: true, shorten: {to: 60%}", "chain: true, shorten: {to: 50%}",
		"match: {key: b}, respond: {status: 200, body: abcdefghij}",
	}
	inRig(t, always(hello), rules, func(r *rig) {
		got, _, _ := r.talk(get)
		assert.Contains(t, got, "Content-Length: 3\r\n")
		assert.True(t, strings.HasSuffix(got, "\r\n\r\n012"), got)
		got, end, _ := r.talk(strings.Replace(get, "a.bin", "b", 1))
		assert.True(t, strings.HasSuffix(got, "Content-Length: 3\r\n\r\nabc"), got)
		assert.Equal(t, open, end)
	})
}
