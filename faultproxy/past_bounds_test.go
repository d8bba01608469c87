package faultproxy

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// What is put back is what came, wherever the pieces end and whatever is behind.
func TestPeekLeavesEverythingAsItWas(t *testing.T) {
	const head = "POST /x HTTP/1.1\r\n\r\n"
	for name, tc := range map[string]struct {
		body, content string
		f             framing
		limit         int
		whole         bool
		err           string
	}{
		"none":     {"", "", framing{}, 100, true, ""},
		"length":   {"hello", "hello", framing{byLength, 5}, 100, true, ""},
		"at limit": {"hello", "hello", framing{byLength, 5}, 5, true, ""},
		"chunks":   {"3;x=y\r\nhel\r\n2\r\nlo\r\n0\r\nX-T: v\r\n\r\n", "hello", framing{kind: byChunks}, 100, true, ""},
		"large":    {strings.Repeat("0123456789", 5000), strings.Repeat("0123456789", 5000), framing{byLength, 50_000}, 50_000, true, ""},
		"too much": {strings.Repeat("0123456789", 5000), "", framing{byLength, 50_000}, 49_000, false, ""},
		"cut":      {"hel", "hel", framing{byLength, 50_000}, 100_000, false, "unexpected EOF"},
		"to close": {"hello", "hello", framing{kind: byClose}, 100, true, ""},
	} {
		for _, next := range []string{"", "GET / HTTP/1.1\r\n", strings.Repeat("n", 20_000)} {
			if next != "" && (tc.f.kind == byClose || tc.err != "") {
				continue
			}
			t.Run(fmt.Sprint(name, len(next)), func(t *testing.T) {
				all := head + tc.body + next
				for _, src := range []io.Reader{strings.NewReader(all), iotest.OneByteReader(strings.NewReader(all)), iotest.HalfReader(strings.NewReader(all))} {
					in := newReader(src)
					n, err := in.head()
					require.NoError(t, err)
					content := new(keep)
					whole, err := in.peek(n, tc.f, tc.limit, newDigest(false, false, content))
					assert.Equal(t, tc.whole, whole)
					if tc.err != "" {
						require.EqualError(t, err, tc.err)
					} else {
						require.NoError(t, err)
					}
					if tc.whole {
						assert.Equal(t, tc.content, string(content.content))
					}
					assert.Less(t, in.w, len(in.buf), "there must be room to notice that a client leaves")
					in.trim()
					assert.LessOrEqual(t, len(in.buf), max(maxHead, len(in.buffered())+bufferSize))
					var got bytes.Buffer
					for err = nil; err == nil; err = in.fill() {
						got.Write(in.buffered())
						in.advance(len(in.buffered()))
						in.trim()
					}
					require.ErrorIs(t, err, io.EOF)
					assert.True(t, all == got.String(), "something else was put back")
					assert.LessOrEqual(t, len(in.buf), maxHead)
				}
			})
		}
	}
}

// Changes of nothing but names take memory too.
func TestWhatIsKeptOfThePastIsBounded(t *testing.T) {
	h, r := &history{}, newRecall()
	v := newVersion(404, "")
	assert.Equal(t, 1<<10, v.weight())
	v.body = make([]byte, 1<<20-1<<10) // the same one again and again
	const most = allPasts >> 20
	for i := range most + 100 {
		at := place{"demo", fmt.Sprint(i)}
		h.add([]change{{place: at, at: time.Duration(i), before: v}})
		r.put(at, v)
	}
	assert.Len(t, h.changes, most)
	assert.Equal(t, "100", h.changes[0].key, "the oldest are forgotten")
	assert.Len(t, r.known, most)
	assert.Equal(t, allPasts, h.size)
	assert.Equal(t, allPasts, r.size)
	for at := range r.known {
		r.put(at, nil)
	}
	assert.Zero(t, r.size)
}

// What many requests hold of the past while the upstream is at work is bounded together, and given back.
func TestWhatIsLookedAtIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lab := newInnerLab(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodGet {
				if !strings.HasSuffix(r.URL.Path, "b") {
					_, _ = io.WriteString(w, "content")
					return
				}
				const more = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n" // is content, and no answer
				w.Header().Set("Content-Length", fmt.Sprint(20+len(more)))
				_, _ = io.WriteString(w, strings.Repeat("x", 20))
				w.(http.Flusher).Flush()
				time.Sleep(time.Second)
				_, _ = io.WriteString(w, more)
				return
			}
			_, _ = io.Copy(io.Discard, r.Body)
			_, _ = io.WriteString(w, "<DeleteResult/>")
		}))
		var log bytes.Buffer
		lab.proxy.cfg.Logger = slog.New(slog.NewTextHandler(&log, nil))
		lab.rule("GetObject", Stale(0))
		lab.proxy.looked.Store(allPasts - 20) // others hold that much
		post := func() {
			body := "<Delete><Quiet>true</Quiet><Object><Key>a</Key></Object><Object><Key>b</Key></Object><Object><Key>c</Key></Object></Delete>"
			resp, err := lab.client.Post("http://s3.test"+"/demo?delete", "", strings.NewReader(body))
			require.NoError(t, err)
			require.NoError(t, resp.Body.Close())
			synctest.Wait()
		}
		post()
		assert.Contains(t, log.String(), `key=b objects=1 error="more than 13B"`)
		assert.EqualValues(t, allPasts-20, lab.proxy.looked.Load())
		changes := lab.proxy.rules.histories()[0].changes
		require.Len(t, changes, 2)
		assert.Equal(t, []string{"a", "c"}, []string{changes[0].key, changes[1].key})
		lab.proxy.looked.Store(0)
		log.Reset()
		post()
		assert.Empty(t, log.String())
	})
}
