package wire

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestParseRequestFindsFramingAndLines(t *testing.T) {
	const raw = "PUT /demo/a HTTP/1.1\r\nHost: h\r\nX-Own:  step 1 \r\nConnection: close, x\r\nExpect: " +
		"100-Continue\r\nContent-Length: 12\r\n\r\n"
	var lines []Line
	h, err := ParseRequest([]byte(raw), "x-own", &lines)
	require.NoError(t, err)
	assert.Equal(t, []string{"PUT", "/demo/a"}, []string{h.Method.Of(raw), h.Target.Of(raw)})
	assert.Equal(t, Framing{Kind: ByLength, Length: 12}, h.Framing())
	assert.Equal(t, []bool{true, true, false, false}, []bool{h.Close, h.Expect, h.Persistent(), h.Old})
	assert.Equal(t, "X-Own:  step 1 \r\n", h.Own.Of(raw))
	assert.Equal(t, "Host: h\r\n", raw[h.Lines:h.Own.From])
	require.Len(t, lines, 5)
	assert.Equal(t, []string{"X-Own", "step 1"}, []string{lines[1].Name.Of(raw), lines[1].Value.Of(raw)})
}

func TestParseRequestRejectsWhatTwoReadersReadDifferently(t *testing.T) {
	for _, c := range [][2]string{
		{"GET / HTTP/1.1\r\n\r\n", "0 Host lines: want 1"},
		{"GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", "2 Host lines: want 1"},
		{"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n", "two Content-Length lines"},
		{
			"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
			"both Transfer-Encoding and Content-Length",
		},
		{"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: +1\r\n\r\n", "a Content-Length that is not a number"},
		{"GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n", "a Transfer-Encoding other than chunked"},
		{"GET / HTTP/1.1\r\nHost : a\r\n\r\n", "an invalid header name"},
		{"GET / HTTP/1.1\r\nHost: a\r\nX: a\x00b\r\n\r\n", "a control character in a header value"},
		{"GET / HTTP/1.1\r\nHost: a\r\nX-Own: 1\r\nx-own: 2\r\n\r\n", "two x-own lines"},
		{"CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n", "a method that cannot be forwarded"},
		{"GET a HTTP/1.1\r\nHost: a\r\n\r\n", "a target that is neither a path nor a URL"},
		{"GET / HTTP/2.0\r\nHost: a\r\n\r\n", "a version other than HTTP/1.0 and HTTP/1.1"},
	} {
		head, want := c[0], c[1]
		_, err := ParseRequest([]byte(head), "x-own", nil)
		var m *MalformedError
		require.ErrorAs(t, err, &m, head)
		assert.Equal(t, "malformed HTTP: "+want, err.Error(), head)
	}
}

func TestAwaitHeadReturnsWholeHeadsAndConsumesNothing(t *testing.T) {
	const head = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
	in := NewReader(iotest.OneByteReader(strings.NewReader(head + "rest")))
	defer in.Release()
	n, err := in.AwaitHead()
	require.NoError(t, err)
	assert.Equal(t, head, string(in.Buffered()[:n]))

	for bytes, want := range map[string]error{
		"GET / HTTP/1.1\nHost: a\n\n":                           new(MalformedError),
		"\r\nGET / HTTP/1.1\r\n\r\n":                            new(MalformedError),
		"GET / HTTP/1.1\r\nX: " + strings.Repeat("x", MaxHead):  ErrHeadTooLarge,
		"GET / HTTP/1.1\r\n" + strings.Repeat("X: y\r\n", 1000): ErrHeadTooLarge,
		"GET / HTTP/1.1\r\nHost: a\r\n":                         io.EOF,
	} {
		in := NewReader(strings.NewReader(bytes))
		_, err := in.AwaitHead()
		if m := new(*MalformedError); errors.As(want, m) {
			require.ErrorAs(t, err, m)
		} else {
			require.ErrorIs(t, err, want)
		}
		in.Release()
	}
}

func TestBodyKeepsChunkFramingApartFromContent(t *testing.T) {
	const chunks = "3;x=y\r\nhel\r\n2\r\nlo\r\n0\r\nX-T: v\r\n\r\n"
	in := NewReader(iotest.HalfReader(strings.NewReader(chunks + "next")))
	defer in.Release()
	var b Body
	b.Reset(in, Framing{Kind: ByChunks})
	var all, content bytes.Buffer
	for {
		piece, payload, err := b.Next()
		if err != nil {
			require.ErrorIs(t, err, io.EOF)
			break
		}
		all.Write(piece)
		if payload {
			content.Write(piece)
		}
	}
	assert.Equal(t, []string{chunks, "hello"}, []string{all.String(), content.String()})

	for body, want := range map[string]string{
		"3\r\nhell\r\n0\r\n\r\n":         "malformed HTTP: a chunk longer than its size",
		"x\r\n":                          "malformed HTTP: a chunk size that is not a number",
		"0\r\nContent-Length: 1\r\n\r\n": "malformed HTTP: an invalid trailer line",
		"3\nhel":                         "malformed HTTP: a line that does not end in CRLF",
		"3\r\nhe":                        "unexpected EOF",
	} {
		in := NewReader(strings.NewReader(body))
		b.Reset(in, Framing{Kind: ByChunks})
		var err error
		for err == nil {
			_, _, err = b.Next()
		}
		require.EqualError(t, err, want)
		in.Release()
	}
}

func TestAWSDecoderReturnsContentHoweverItIsCut(t *testing.T) {
	const encoded = "5;chunk-signature=ab\r\nhello\r\n1\r\n!\r\n" +
		"0;chunk-signature=cd\r\nx-amz-checksum-crc32:AAAA\r\n\r\n"
	for size := 1; size <= len(encoded); size++ {
		var content bytes.Buffer
		d := NewAWSDecoder(&content)
		for rest := encoded; rest != ""; {
			n := min(size, len(rest))
			assert.False(t, d.Whole() && content.String() != "hello!")
			d.Feed([]byte(rest[:n]))
			rest = rest[n:]
		}
		assert.Equal(t, "hello!", content.String())
		assert.True(t, d.Whole())
	}
	d := NewAWSDecoder(io.Discard)
	d.Feed([]byte("hello\r\n"))
	assert.False(t, d.Whole())
}

func TestWriterSendsInOrderAndCounts(t *testing.T) {
	var got bytes.Buffer
	w := NewWriter(&got)
	require.NoError(t, w.Gather([]byte("a")))
	require.NoError(t, w.Hold([]byte("b")))
	assert.Equal(t, []string{"", "ab"}, []string{got.String(), string(w.Pending())})
	require.NoError(t, w.Send([]byte("c")))
	require.NoError(t, w.Hold([]byte("d")))
	require.NoError(t, w.Gather([]byte("e")))
	require.NoError(t, w.Flush())
	require.NoError(t, w.Gather([]byte("f")))
	w.Drop()
	require.NoError(t, w.Flush())
	assert.Equal(t, "abcde", got.String())
	assert.EqualValues(t, 5, w.Sent)
}
