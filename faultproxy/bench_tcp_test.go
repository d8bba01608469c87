package faultproxy_test

import (
	"bytes"
	"io"
	"net"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/faultproxy"
)

// The exchange is a GET of 1 KiB on kept-alive TCP connections, with the system calls of the proxy,
// the client and the upstream.
func BenchmarkExchangeOverTCP(b *testing.B) {
	answer := []byte("HTTP/1.1 200 OK\r\nContent-Length: 1024\r\n\r\n" + string(make([]byte, 1024)))
	up, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(b, err)
	defer up.Close()
	go func() {
		c, err := up.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		buf := make([]byte, 4096)
		for {
			n, err := c.Read(buf)
			if err != nil {
				return
			}
			if !bytes.HasSuffix(buf[:n], []byte("\r\n\r\n")) {
				panic("a request in parts")
			}
			_, _ = c.Write(answer)
		}
	}()
	p, err := faultproxy.New(faultproxy.Config{Upstream: up.Addr().String(), JournalLimit: 1000})
	require.NoError(b, err)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(b, err)
	served := make(chan error, 1)
	go func() { served <- p.Serve(l) }()
	c, err := net.Dial("tcp", l.Addr().String())
	require.NoError(b, err)
	request, got := []byte(get), make([]byte, len(answer))
	b.ReportAllocs()
	for b.Loop() {
		_, err = c.Write(request)
		require.NoError(b, err)
		_, err = io.ReadFull(c, got)
		require.NoError(b, err)
	}
	b.StopTimer()
	_ = c.Close()
	require.NoError(b, p.Close())
	require.ErrorIs(b, <-served, faultproxy.ErrClosed)
}
