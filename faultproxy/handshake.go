package faultproxy

import (
	"context"
	"crypto/tls"
	"io"
	"time"

	"github.com/s3chaos/s3chaos/faultproxy/internal/wire"
)

// handshakeTimeout is how long a client may take for a TLS handshake.
const handshakeTimeout = 10 * time.Second

// handshake puts TLS on the connection, with the certificate of a fault; "handshake" cuts it after
// the first bytes.
func (c *conn) handshake(fault string) error {
	ctx, cancel := context.WithTimeout(c.ctx, handshakeTimeout)
	defer cancel()
	if fault == "handshake" {
		_ = c.nc.SetReadDeadline(time.Now().Add(handshakeTimeout))
		_ = c.in.Fill() // the client's hello
		wire.ResetConn(c.nc)
		return io.ErrUnexpectedEOF
	}
	tc := tls.Server(c.nc, c.p.cfg.TLS.serverConfig(fault))
	if err := tc.HandshakeContext(ctx); err != nil {
		return err
	}
	if fault != "" {
		// With TLS 1.3 the server is done before the client has judged the certificate: what it
		// says next tells.
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
