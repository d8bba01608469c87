package wire_test

import (
	"bytes"
	"crypto/tls"
	"net"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/faultproxy/internal/wire"
)

// held is a connection that sends what was written when flush is called.
type held struct {
	net.Conn
	holds bool
	buf   bytes.Buffer
}

func (h *held) Write(p []byte) (int, error) {
	if h.holds {
		return h.buf.Write(p)
	}
	return h.Conn.Write(p)
}

func (h *held) flush(t *testing.T) {
	_, err := h.Conn.Write(h.buf.Bytes())
	require.NoError(t, err)
	h.holds = false
}

// A TLS connection reads several records at once. The check also sees those that the kernel has
// delivered already.
func TestIdleCheckSeesRecordsThatTLSHasBuffered(t *testing.T) {
	server := httptest.NewUnstartedServer(nil)
	server.StartTLS() // for its certificate
	server.Close()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	for _, more := range []bool{false, true} {
		nc, err := net.Dial("tcp", l.Addr().String())
		require.NoError(t, err)
		ac, err := l.Accept()
		require.NoError(t, err)
		h := &held{Conn: ac}
		peer := tls.Server(h, &tls.Config{Certificates: server.TLS.Certificates})
		shaken := make(chan error, 1)
		go func() { shaken <- peer.Handshake() }()
		c := tls.Client(nc, &tls.Config{InsecureSkipVerify: true})
		require.NoError(t, c.Handshake())
		require.NoError(t, <-shaken)

		h.holds = true
		_, err = peer.Write([]byte("response"))
		require.NoError(t, err)
		if more {
			_, err = peer.Write([]byte("another"))
			require.NoError(t, err)
		}
		h.flush(t)
		check, in := wire.NewIdleCheck(c), wire.NewReader(c)
		require.NoError(t, in.Fill())
		require.Equal(t, "response", string(in.Buffered()))
		in.Advance(len("response"))
		assert.Equal(t, !more, check.Usable(in))
		if !more { // the check leaves the connection as it was
			_, err = peer.Write([]byte("next"))
			require.NoError(t, err)
			require.NoError(t, in.Fill())
			assert.Equal(t, "next", string(in.Buffered()))
		}
		in.Release()
		_ = c.Close()
		_ = ac.Close()
	}
}
