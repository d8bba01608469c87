package memnet_test

import (
	"context"
	"fmt"
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/faultproxy/memnet"
)

// BenchmarkTransfer moves 32 KiB at a time one way, read by pieces of different sizes.
func BenchmarkTransfer(b *testing.B) {
	for _, piece := range []int{512, 4 << 10, 32 << 10} {
		b.Run(fmt.Sprintf("read=%d", piece), func(b *testing.B) {
			client, server := connect(b, memnet.New())
			chunk := make([]byte, 32<<10)
			b.SetBytes(int64(len(chunk)))
			b.ReportAllocs()
			failed := make(chan error, 1)
			go func() {
				for range b.N {
					if _, err := client.Write(chunk); err != nil {
						failed <- err
						return
					}
				}
				failed <- client.CloseWrite()
			}()
			buf := make([]byte, piece)
			for {
				if _, err := server.Read(buf); err != nil {
					require.Equal(b, io.EOF, err)
					break
				}
			}
			require.NoError(b, <-failed)
		})
	}
}

// BenchmarkPingPong sends one byte there and back.
func BenchmarkPingPong(b *testing.B) {
	client, server := connect(b, memnet.New())
	b.ReportAllocs()
	failed := make(chan error, 1)
	go func() {
		_, err := io.Copy(server, server)
		failed <- err
	}()
	buf := make([]byte, 1)
	for b.Loop() {
		_, err := client.Write(buf)
		require.NoError(b, err)
		_, err = client.Read(buf)
		require.NoError(b, err)
	}
	require.NoError(b, client.CloseWrite())
	require.NoError(b, <-failed)
}

// BenchmarkDial makes a connection, says a few bytes and closes it: its memory is what a small
// drill pays.
func BenchmarkDial(b *testing.B) {
	n := memnet.New()
	l, err := n.Listen(address)
	require.NoError(b, err)
	defer l.Close()
	buf := make([]byte, 512)
	b.ReportAllocs()
	for b.Loop() {
		client, err := n.DialContext(context.Background(), "tcp", address)
		require.NoError(b, err)
		server, err := l.Accept()
		require.NoError(b, err)
		_, err = client.Write(buf)
		require.NoError(b, err)
		_, err = io.ReadFull(server, buf)
		require.NoError(b, err)
		require.NoError(b, client.Close())
		require.NoError(b, server.Close())
	}
}
