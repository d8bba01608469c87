package s3client_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/retry"
	"github.com/s3chaos/s3chaos/s3client"
)

func TestSuffixRangeOfAnEmptyObjectIsEmpty(t *testing.T) {
	partial := func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		w.Header().Set("Etag", `"d41d8cd98f00b204e9800998ecf8427e"`)
		w.Header().Set("Content-Range", "bytes 0--1/0")
		w.Header().Set("Content-Length", "0")
		w.WriteHeader(206)
	}
	for name, act := range map[string]action{"200": nil, "206": partial, "416": respond(416, "InvalidRange")} {
		t.Run(name, func(t *testing.T) {
			in(t, s3client.Config{}, func(w *world) {
				require.NoError(w, w.fake.Put("demo", "k", nil))
				if act != nil {
					w.on("GetObject", 0, act)
				}
				require.NoError(w, w.get(ranged("-5")))
				w.requireFile("out", nil)
				require.Equal(w, 1, w.count("GetObject"))
			})
		})
	}
}

func TestPartialResponseWithABadContentRangeIsRetried(t *testing.T) {
	set := func(value string) action {
		return answer(func(head http.Header, body []byte) []byte {
			head.Set("Content-Range", value)
			return body
		})
	}
	multi := answer(func(head http.Header, body []byte) []byte {
		head.Del("Content-Range")
		head.Set("Content-Type", "multipart/byteranges; boundary=x")
		return body
	})
	for name, act := range map[string]action{
		"missing": without("Content-Range"), "multipart": multi, "other start": set("bytes 1-100/300000"),
		"other end":     set("bytes 0-98/300000"),
		"unknown total": set("bytes 0-99/*"), "total too small": set("bytes 0-99/99"),
		"other unit": set("items 0-99/300000"),
	} {
		t.Run(name, func(t *testing.T) {
			seeded(t, s3client.Config{}, func(w *world, content []byte) {
				w.on("GetObject", 1, act)
				require.NoError(w, w.get(ranged("0-99")))
				w.requireFile("out", content[:100])
				require.Equal(w, 2, w.count("GetObject"))
			})
		})
	}
}

func TestResumeWithAnotherTotalIsRefused(t *testing.T) {
	seeded(t, s3client.Config{}, func(w *world, content []byte) {
		w.on("GetObject", 1, cut(1000)).on("GetObject", 1, answer(func(head http.Header, body []byte) []byte {
			head.Set("Content-Range", "bytes 1000-299999/300001")
			return body
		}))
		require.NoError(w, w.get(nil))
		w.requireFile("out", content)
		require.Equal(w, 3, w.count("GetObject"))
	})
}

func TestErrorBodiesAreReadUpToOneMebibyte(t *testing.T) {
	in(t, s3client.Config{}, func(w *world) {
		block := bytes.Repeat([]byte(" "), 1<<20)
		endless := func(rw http.ResponseWriter, r *http.Request, _ http.Handler) {
			_, _ = io.Copy(io.Discard, r.Body)
			rw.WriteHeader(503)
			for range 256 {
				if _, err := rw.Write(block); err != nil {
					return
				}
			}
		}
		w.on("GetObject", 0, endless).on("PutObject", 0, endless).on("ListObjectsV2", 0, endless)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		require.ErrorIs(w, w.get(nil), retry.ErrExhausted)
		require.ErrorIs(w, w.put("k", noise(10), nil), retry.ErrExhausted)
		_, err := collect(w.client.List(context.Background(), "", nil))
		require.ErrorIs(w, err, retry.ErrExhausted)
		runtime.ReadMemStats(&after)
		require.Less(w, after.TotalAlloc-before.TotalAlloc, uint64(192<<20), "9 attempts")
		for _, a := range w.attempts {
			require.LessOrEqual(w, a.Received, int64(1<<20+1))
		}
	})
}

func listing(inner string) action {
	return instead(`<?xml version="1.0"?><ListBucketResult><Name>demo</Name><Prefix>p/</Prefix>` + inner +
		`</ListBucketResult>`)
}

func TestListPageThatContradictsItselfIsRetried(t *testing.T) {
	entry := "<Contents><Key>p/a</Key><Size>1</Size></Contents>"
	for name, act := range map[string]action{
		"KeyCount":  listing("<KeyCount>2</KeyCount><IsTruncated>false</IsTruncated>" + entry),
		"duplicate": listing("<KeyCount>2</KeyCount><IsTruncated>false</IsTruncated>" + entry + entry),
		"token, not truncated": listing("<KeyCount>1</KeyCount><NextContinuationToken>t</NextContinuationToken>" +
			entry),
		"truncated, no token": listing("<KeyCount>1</KeyCount><IsTruncated>true</IsTruncated>" + entry),
		"other bucket": instead(
			`<ListBucketResult><Name>demo2</Name><Prefix>p/</Prefix><KeyCount>0</KeyCount></ListBucketResult>`),
		"other prefix": instead(
			`<ListBucketResult><Name>demo</Name><Prefix>q/</Prefix><KeyCount>0</KeyCount></ListBucketResult>`),
		"page that parses":   instead(`<html><head/><body>hello</body></html>`),
		"page with KeyCount": page(200, "text/html"),
		"document without end": instead("<ListBucketResult><Name>demo</Name>" + strings.Repeat(" ", 9<<20) +
			"</ListBucketResult>"),
		"page, list-like, html": htmlList,
	} {
		t.Run(name, func(t *testing.T) {
			in(t, s3client.Config{}, func(w *world) {
				require.NoError(w, w.fake.Put("demo", "p/a", noise(1)))
				require.NoError(w, w.fake.Put("demo", "p/b", noise(1)))
				w.on("ListObjectsV2", 1, act)
				list, err := collect(w.client.List(context.Background(), "p/", nil))
				require.NoError(w, err)
				require.Len(w, list, 2)
				require.Equal(w, 2, w.count("ListObjectsV2"))
			})
		})
	}
}

func htmlList(rw http.ResponseWriter, _ *http.Request, _ http.Handler) {
	rw.Header().Set("Content-Type", "text/html")
	_, _ = io.WriteString(rw, "<html><KeyCount>0</KeyCount><IsTruncated>false</IsTruncated></html>")
}

func TestListWithNewTokensForEverEnds(t *testing.T) {
	for name, entries := range map[string]string{"empty": "", "the same key": "<Contents><Key>k</Key></Contents>"} {
		t.Run(name, func(t *testing.T) {
			in(t, s3client.Config{}, func(w *world) {
				token := 0
				w.on("ListObjectsV2", 0, func(rw http.ResponseWriter, r *http.Request, up http.Handler) {
					token++
					_, _ = fmt.Fprintf(rw, "<ListBucketResult><Name>demo</Name><IsTruncated>true</IsTruncated>%s<NextContinuationToken>%d</NextContinuationToken></ListBucketResult>", entries, token)
				})
				_, err := collect(w.client.List(context.Background(), "", nil))
				require.ErrorIs(w, err, s3client.ErrIntegrity)
				require.LessOrEqual(w, token, s3client.MaxEmptyPages+1)
			})
		})
	}
}

func TestListWithTokensInACircleEnds(t *testing.T) {
	in(t, s3client.Config{}, func(w *world) {
		n := 0
		w.on("ListObjectsV2", 0, func(rw http.ResponseWriter, r *http.Request, up http.Handler) {
			n++
			_, _ = fmt.Fprintf(rw, "<ListBucketResult><Name>demo</Name><IsTruncated>true</IsTruncated><Contents><Key>%d</Key></Contents><NextContinuationToken>%s</NextContinuationToken></ListBucketResult>", n%5, strconv.Itoa(n%5))
		})
		_, err := collect(w.client.List(context.Background(), "", nil))
		require.ErrorIs(w, err, s3client.ErrIntegrity)
		require.Less(w, n, 20)
	})
}
