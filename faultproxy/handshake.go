package faultproxy

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"strings"
	"time"

	"github.com/s3chaos/s3chaos/faultproxy/internal/wire"
)

// handshakeTimeout is how long a client may take for a TLS handshake.
const handshakeTimeout = 10 * time.Second

// handshake does the TLS handshake with the certificate of a mode of the fault `tls`, or with the
// valid one for "". In the mode "handshake" it resets the connection after the client's first
// message.
func (c *conn) handshake(fault string) error {
	ctx, cancel := context.WithTimeout(c.ctx, handshakeTimeout)
	defer cancel()
	if fault == "handshake" {
		_ = c.nc.SetReadDeadline(time.Now().Add(handshakeTimeout))
		_ = c.in.Fill() // the ClientHello
		wire.ResetConn(c.nc)
		return io.ErrUnexpectedEOF
	}
	tc := tls.Server(c.nc, c.p.cfg.TLS.serverConfig(fault))
	if err := tc.HandshakeContext(ctx); err != nil {
		if plainHTTP(err) {
			c.exchange(0, wire.Malformed(
				"plain HTTP on a port that speaks TLS: want https:// in the client's endpoint"))
		}
		return err
	}
	if fault != "" {
		// In TLS 1.3 the server's handshake ends before the client has verified the certificate.
		// The client's next bytes tell its verdict.
		c.in.Src = tc
		if err := c.in.Fill(); err != nil {
			return err
		}
	}
	c.mu.Lock()
	c.nc = tc
	c.mu.Unlock()
	c.in.Src = tc
	return nil
}

// plainHTTP reports whether a handshake failed because the client sent a request without TLS: the
// five bytes that should be a record's header are the start of a request line.
func plainHTTP(err error) bool {
	var re tls.RecordHeaderError
	if !errors.As(err, &re) || re.Conn == nil {
		return false
	}
	method, _, ok := bytes.Cut(re.RecordHeader[:], []byte{' '})
	for _, name := range []string{"GET", "HEAD", "PUT", "POST", "DELETE", "OPTIONS", "PATCH", "TRACE"} {
		if ok && string(method) == name || !ok && strings.HasPrefix(name, string(method)) {
			return true
		}
	}
	return false
}
