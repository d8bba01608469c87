package framing_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/framing"
	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/s3err"
	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/sigv4"
)

func read(body string, headers ...string) (*framing.Body, error) {
	r := httptest.NewRequest(http.MethodPut, "/demo/k", strings.NewReader(body))
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return framing.Read(r, nil, 100)
}

func TestBodyIsRead(t *testing.T) {
	b, err := read("hello")
	require.NoError(t, err)
	require.Equal(t, "hello", string(b.Content))
	require.Nil(t, b.SHA256)

	const sum = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"
	b, err = read("hello", sigv4.HeaderPayload, sum)
	require.NoError(t, err)
	require.NotNil(t, b.SHA256)

	b, err = read("5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n",
		sigv4.HeaderPayload, sigv4.StreamingUnsignedTrailer, "X-Amz-Decoded-Content-Length", "5",
		"X-Amz-Trailer", "X-Amz-Checksum-Crc32")
	require.NoError(t, err)
	require.Equal(t, "hello", string(b.Content))
	require.Equal(t, map[string]string{"x-amz-checksum-crc32": "NhCmhg=="}, b.Trailer)
}

func TestWrongBodyIsRefused(t *testing.T) {
	streamed := []string{sigv4.HeaderPayload, sigv4.StreamingUnsignedTrailer, "X-Amz-Decoded-Content-Length"}
	for name, c := range map[string]struct {
		body    string
		headers []string
		code    s3err.Code
	}{
		"above the limit": {strings.Repeat("x", 101), nil, s3err.EntityTooLarge},
		"another sum": {
			"hello",
			[]string{sigv4.HeaderPayload, strings.Repeat("0", 64)},
			s3err.XAmzContentSHA256Mismatch,
		},
		"no sum":                  {"hello", []string{sigv4.HeaderPayload, "sum"}, s3err.InvalidArgument},
		"decoded above the limit": {"", append(streamed, "101"), s3err.EntityTooLarge},
		"no decoded length":       {"", append(streamed, ""), s3err.MissingContentLength},
		"no framing":              {"hello", append(streamed, "5"), s3err.IncompleteBody},
	} {
		_, err := read(c.body, c.headers...)
		require.NotNil(t, s3err.As(err), name)
		require.Equal(t, c.code, s3err.As(err).Code, name)
	}
}
