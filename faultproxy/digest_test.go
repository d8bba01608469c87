package faultproxy_test

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/faultproxy"
	"github.com/s3chaos/s3chaos/faultproxy/faulttest"
)

// The digest of a streaming upload is that of its decoded content, for all sizes of pieces, signed
// or with a trailer.
func TestTheDigestOfAStreamingUploadIsThatOfItsContent(t *testing.T) {
	const signature = ";chunk-signature=ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648"
	for name, tc := range map[string]struct{ kind, body, want string }{
		"signed": {
			"STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
			"3" + signature + "\r\nhel\r\n2" + signature + "\r\nlo\r\n0" + signature + "\r\n\r\n", sha256Hello,
		},
		"trailer": {
			"STREAMING-UNSIGNED-PAYLOAD-TRAILER", "5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n",
			sha256Hello,
		},
		"plain":    {"UNSIGNED-PAYLOAD", "hello", sha256Hello},
		"cut off":  {"STREAMING-UNSIGNED-PAYLOAD-TRAILER", "5\r\nhello\r\n", ""},
		"no chunk": {"STREAMING-UNSIGNED-PAYLOAD-TRAILER", "hello", ""},
		"too long": {"STREAMING-UNSIGNED-PAYLOAD-TRAILER", "5\r\nhello!\r\n0\r\n\r\n", ""},
	} {
		for _, chunk := range []int{1, 3, 1000} { // size of the HTTP chunks; 1000: no chunks
			t.Run(fmt.Sprint(name, chunk), func(t *testing.T) {
				var request strings.Builder
				request.WriteString("PUT /demo/a HTTP/1.1\r\nHost: h\r\nx-amz-content-sha256: " + tc.kind + "\r\n")
				if chunk == 1000 {
					request.WriteString(fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(tc.body), tc.body))
				} else {
					request.WriteString("Transfer-Encoding: chunked\r\n\r\n")
					for rest := tc.body; rest != ""; {
						n := min(chunk, len(rest))
						request.WriteString(fmt.Sprintf("%x\r\n%s\r\n", n, rest[:n]))
						rest = rest[n:]
					}
					request.WriteString("0\r\n\r\n")
				}
				inRig(t, always(hello), nil, func(r *rig) {
					r.talk(request.String())
					assert.Equal(t, tc.want, r.record().RequestSHA256)
					assert.Equal(t, request.String(), r.upstreamSaw())
				})
			})
		}
	}
}

func TestAnUpstreamThatSpeaksTLS(t *testing.T) {
	up := httptest.NewTLSServer(echo)
	defer up.Close()
	pool := x509.NewCertPool()
	pool.AddCert(up.Certificate())
	p, err := faultproxy.New(faultproxy.Config{
		Upstream:    up.Listener.Addr().String(),
		UpstreamTLS: &tls.Config{RootCAs: pool},
	})
	require.NoError(t, err)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	served := make(chan error, 1)
	go func() { served <- p.Serve(l) }()
	client := &http.Client{Transport: &http.Transport{}}
	large := strings.Repeat("x", 200_000)
	for _, body := range []string{"hello", large} {
		resp, err := client.Post("http://"+l.Addr().String()+"/demo/a", "", strings.NewReader(body))
		require.NoError(t, err)
		got, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		assert.Equal(t, body, string(got))
	}
	client.CloseIdleConnections()
	require.NoError(t, p.Close())
	require.ErrorIs(t, <-served, faultproxy.ErrClosed)
}

func TestRuleThatTheProxyCannotDoIsRejected(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lab := faulttest.NewLab(t, echo)
		_, err := lab.Proxy().Rules().Add(faultproxy.Rule{Fault: faultproxy.TLS("expired")})
		require.ErrorContains(t, err, "needs a proxy that speaks TLS")
		require.Empty(t, lab.Proxy().Rules().List())
	})
}
