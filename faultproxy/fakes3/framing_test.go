package fakes3_test

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/faultproxy/fakes3"
)

const unsignedTrailer = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"

// streaming is the headers of an upload in chunks that ends in a CRC32.
func streaming(length int) []string {
	return []string{
		"Content-Encoding", "aws-chunked",
		"X-Amz-Content-Sha256", unsignedTrailer,
		"X-Amz-Decoded-Content-Length", strconv.Itoa(length),
		"X-Amz-Trailer", "x-amz-checksum-crc32",
	}
}

func TestFramedBodyIsDecoded(t *testing.T) {
	w := serve(t, fakes3.Options{})
	body := "5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n"
	got := w.send(t, "PUT", "/demo/k", body, append(streaming(5), "Content-Encoding", "aws-chunked,gzip")...)
	got.wants(t, 200, "")
	require.Equal(t, "NhCmhg==", got.Header.Get("X-Amz-Checksum-Crc32"))
	object, _ := w.Object("demo", "k")
	require.Equal(t, "hello", string(object.Content))
	require.Equal(t, "gzip", object.Header["Content-Encoding"])
	require.Equal(t, "CRC32", object.ChecksumAlgorithm)
}

func TestWrongFramingStoresNothing(t *testing.T) {
	const trailer = "x-amz-checksum-crc32:NhCmhg==\r\n\r\n"
	cases := map[string]struct {
		length int
		body   string
		code   string
	}{
		"shorter than declared":  {6, "5\r\nhello\r\n0\r\n" + trailer, "IncompleteBody"},
		"longer than declared":   {4, "5\r\nhello\r\n0\r\n" + trailer, "IncompleteBody"},
		"cut in a chunk":         {5, "5\r\nhel", "IncompleteBody"},
		"cut after a chunk":      {5, "5\r\nhello\r\n", "IncompleteBody"},
		"cut before the trailer": {5, "5\r\nhello\r\n0\r\n", "IncompleteBody"},
		"cut in the trailer":     {5, "5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n", "IncompleteBody"},
		"no trailer":             {5, "5\r\nhello\r\n0\r\n\r\n", "MalformedTrailerError"},
		"another trailer": {
			5, "5\r\nhello\r\n0\r\nx-amz-checksum-crc32c:mnG7TA==\r\n\r\n",
			"MalformedTrailerError",
		},
		"a trailer of no kind":    {5, "5\r\nhello\r\n0\r\nhello\r\n\r\n", "MalformedTrailerError"},
		"more after the end":      {5, "5\r\nhello\r\n0\r\n" + trailer + "x", "IncompleteBody"},
		"no size":                 {5, "\r\nhello\r\n0\r\n" + trailer, "IncompleteBody"},
		"no number":               {5, "five\r\nhello\r\n0\r\n" + trailer, "IncompleteBody"},
		"a negative size":         {5, "-5\r\nhello\r\n0\r\n" + trailer, "IncompleteBody"},
		"an endless size":         {5, "7fffffffffffffff\r\nhello\r\n0\r\n" + trailer, "IncompleteBody"},
		"bare line feeds":         {5, "5\nhello\n0\n" + strings.ReplaceAll(trailer, "\r", ""), "IncompleteBody"},
		"an endless line":         {5, strings.Repeat("5", 9000) + "\r\nhello\r\n0\r\n" + trailer, "IncompleteBody"},
		"a short chunk before":    {10, "5\r\nhello\r\n5\r\nhello\r\n0\r\n" + trailer, "InvalidChunkSizeError"},
		"no framing":              {5, "hello", "IncompleteBody"},
		"a checksum that differs": {5, "5\r\nhellO\r\n0\r\n" + trailer, "BadDigest"},
		"no sum":                  {5, "5\r\nhello\r\n0\r\nx-amz-checksum-crc32:?\r\n\r\n", "InvalidRequest"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			w := serve(t, fakes3.Options{})
			got := w.send(t, "PUT", "/demo/k", c.body, streaming(c.length)...)
			require.Equal(t, c.code, got.Code, "%s", got.body)
			require.Empty(t, w.History("demo", "k"))
		})
	}
}

func TestLengthIsNeeded(t *testing.T) {
	w := serve(t, fakes3.Options{})
	w.send(t, "PUT", "/demo/k", "0\r\n\r\n", "X-Amz-Content-Sha256", unsignedTrailer).wants(t, 411,
		"MissingContentLength")
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPut, w.http.URL+"/demo/k",
		struct{ *strings.Reader }{strings.NewReader("x")})
	require.NoError(t, err)
	r.ContentLength = -1 // sent with Transfer-Encoding: chunked
	resp, err := w.http.Client().Do(r)
	require.NoError(t, err)
	read(t, resp).wants(t, 501, "NotImplemented")
	raw(t, w, "PUT /demo/k HTTP/1.1\r\nHost: x\r\n\r\n").wants(t, 411, "MissingContentLength")
	w.send(t, "PUT", "/demo/k", "", "X-Amz-Content-Sha256", unsignedTrailer, "X-Amz-Decoded-Content-Length",
		"5368709121").
		wants(t, 400, "EntityTooLarge")
	require.Empty(t, w.Keys("demo"))
}

// A client that dies sends half a body. A store that does not count bytes would keep half an
// object.
func TestCutBodyStoresNothing(t *testing.T) {
	w := serve(t, fakes3.Options{})
	put(t, w, "k", []byte("before"))
	for name, head := range map[string]string{
		"plain":   "",
		"chunked": "X-Amz-Content-Sha256: " + unsignedTrailer + "\r\nX-Amz-Decoded-Content-Length: 5\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			conn, err := net.Dial("tcp", strings.TrimPrefix(w.http.URL, "http://"))
			require.NoError(t, err)
			defer conn.Close()
			_, err = fmt.Fprintf(conn, "PUT /demo/k HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n%s\r\n5\r\nhello\r\n",
				head)
			require.NoError(t, err)
			require.NoError(t, conn.(*net.TCPConn).CloseWrite())
			resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
			require.NoError(t, err)
			read(t, resp).wants(t, 400, "IncompleteBody")
			require.Len(t, w.History("demo", "k"), 1)
		})
	}
}

func TestStreamedConfigurationIsRefused(t *testing.T) {
	w := serve(t, fakes3.Options{})
	for _, target := range []string{"/demo?tagging", "/demo?policy", "/fresh"} {
		w.send(t, "PUT", target, "5\r\nhello\r\n0\r\n\r\n", streaming(5)...).wants(t, 400, "InvalidRequest")
	}
	require.Equal(t, []string{"demo"}, w.Buckets())
}

func TestBodyBeyondItsLength(t *testing.T) {
	fake := fakes3.New()
	require.NoError(t, fake.CreateBucket("demo"))
	exchangeBody(t, fake, "PUT", "/demo/k", strings.NewReader("content"), 6).wants(t, 400, "IncompleteBody")
	require.Empty(t, fake.Keys("demo"))
}

// FuzzFraming checks that a stored object always has the declared length.
func FuzzFraming(f *testing.F) {
	f.Add("5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n", 5)
	f.Add("0\r\n\r\n", 0)
	f.Add("5;chunk-signature=0\r\nhello\r\n0;chunk-signature=0\r\n\r\n", 5)
	f.Fuzz(func(t *testing.T, body string, length int) {
		for _, kind := range []string{
			unsignedTrailer, "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
			"STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
		} {
			fake := fakes3.New()
			require.NoError(t, fake.CreateBucket("demo"))
			r := httptest.NewRequest(http.MethodPut, "/demo/k", strings.NewReader(body))
			r.Header.Set("X-Amz-Content-Sha256", kind)
			r.Header.Set("X-Amz-Decoded-Content-Length", strconv.Itoa(length))
			r.Header.Set("X-Amz-Trailer", "x-amz-checksum-crc32")
			recorder := httptest.NewRecorder()
			fake.ServeHTTP(recorder, r)
			object, ok := fake.Object("demo", "k")
			require.Equal(t, recorder.Code == 200, ok, "%s", recorder.Body)
			require.NotEqual(t, 500, recorder.Code)
			if ok {
				require.Len(t, object.Content, length)
			}
		}
	})
}
