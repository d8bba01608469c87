package scenarios

import (
	"cmp"
	"context"
	"crypto/tls"
	"net"
	"sync"

	"github.com/s3chaos/s3chaos/scenarios/script"
)

// This file performs `raw` steps, which send bytes that no HTTP client would send.

// raw opens a connection, sends the bytes of the step, and reads meanwhile. It fails only if the
// drill ends before the connection does: what comes back is for the `expect` of the step to judge.
func (p *player) raw(ctx context.Context, n *node, r *script.Raw) error {
	result := &rawResult{methods: r.Methods(), ended: script.RawLeft}
	defer func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		n.raw = result
	}()
	conn, ending := p.world.rawConn(ctx, r)
	if conn == nil {
		result.ended = ending
		return ctx.Err()
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()

	reader := &rawReader{conn: conn, idle: cmp.Or(r.Idle, script.DefaultRawIdle)}
	var reading sync.WaitGroup
	if r.Receives() {
		reading.Go(reader.run)
	}
	rawSend(ctx, conn, r) // an error shows in what the reader receives
	reader.sent()
	if r.Hold > 0 {
		if err := rest(ctx, r.Hold); err != nil {
			return err
		}
	}
	switch r.Then {
	case script.RawCloseWrite:
		if half, ok := conn.(interface{ CloseWrite() error }); ok {
			_ = half.CloseWrite() // the peer may have ended the connection
		}
	case script.RawClose:
		reader.leave()
		_ = conn.Close()
	case script.RawReset:
		reader.leave()
		resetConn(conn)
	}
	reading.Wait()
	result.received = reader.received
	if r.Receives() {
		result.ended = reader.ended
	}
	return ctx.Err()
}

// rawConn connects to the proxy, with TLS if the step or the endpoint wants it. If it fails, it
// returns nil and the ending of the step.
func (w *world) rawConn(ctx context.Context, r *script.Raw) (net.Conn, script.RawEnding) {
	dialing, cancel := context.WithTimeout(ctx, cmp.Or(r.Idle, script.DefaultRawIdle))
	defer cancel()
	conn, err := w.dial(dialing, "tcp", w.address)
	if err != nil {
		return nil, script.RawRefused
	}
	secure := w.authority != nil
	if r.TLS != nil {
		secure = *r.TLS
	}
	if !secure {
		return conn, ""
	}
	config := &tls.Config{ServerName: proxyName + ".test"}
	if w.authority != nil {
		config = w.authority.ClientConfig()
		config.ServerName, _, _ = net.SplitHostPort(w.address)
	}
	config.InsecureSkipVerify = r.Verify != nil && !*r.Verify //nolint:gosec // the file asks for it
	secured := tls.Client(conn, config)
	if err := secured.HandshakeContext(dialing); err != nil {
		_ = conn.Close()
		return nil, script.RawHandshake
	}
	return secured, ""
}

// rawSend writes the pieces of the step, with the rests between them. It returns at the first write
// that fails.
func rawSend(ctx context.Context, conn net.Conn, r *script.Raw) {
	first := true
	for i := range r.Send {
		piece, after := r.Send[i].Bytes(), cmp.Or(r.Send[i].After, r.Pause)
		if first {
			after = r.Send[i].After
		}
		for len(piece) > 0 {
			size := len(piece)
			if r.Piece > 0 {
				size = min(size, int(r.Piece))
			}
			if after > 0 && rest(ctx, after) != nil {
				return
			}
			if _, err := conn.Write(piece[:size]); err != nil {
				return
			}
			piece, after, first = piece[size:], r.Pause, false
		}
	}
}

// resetConn ends a connection with a reset.
func resetConn(conn net.Conn) {
	if secured, ok := conn.(interface{ NetConn() net.Conn }); ok {
		conn = secured.NetConn()
	}
	switch c := conn.(type) {
	case interface{ Reset() error }:
		_ = c.Reset()
	case *net.TCPConn:
		_ = c.SetLinger(0)
		_ = c.Close()
	}
}
