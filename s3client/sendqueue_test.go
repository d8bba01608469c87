package s3client_test

import (
	"context"
	"errors"
	"io"
	"net"
	"runtime"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/retry"
	"github.com/s3chaos/s3chaos/s3client"
)

// endOf returns when ctx ends, counted from now, and the cause.
func endOf(ctx context.Context) (time.Duration, error) {
	start := time.Now()
	<-ctx.Done()
	return time.Since(start), context.Cause(ctx)
}

func TestSendQueueThatDrainsIsProgress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		ctx, stop := s3client.WatchQueue(30*time.Second, func() (int64, bool) {
			return max(0, 40-int64(time.Since(start)/(20*time.Second))), true
		})
		defer stop()
		after, cause := endOf(ctx)
		var stall *s3client.StallError
		require.ErrorAs(t, cause, &stall)
		// The queue is empty after 800 s. The server then has as long again for its response.
		require.Greater(t, after, 1600*time.Second)
		require.Less(t, after, 1610*time.Second)
	})
}

func TestSendQueueThatDoesNotMoveIsAStall(t *testing.T) {
	for name, queue := range map[string]func() (int64, bool){
		"full":   func() (int64, bool) { return 1 << 20, true },
		"empty":  func() (int64, bool) { return 0, true },
		"closed": func() (int64, bool) { return 0, false },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, stop := s3client.WatchQueue(30*time.Second, queue)
				defer stop()
				after, cause := endOf(ctx)
				require.Equal(t, 30*time.Second, after)
				require.ErrorIs(t, cause, retry.ErrAttemptTimeout)
			})
		})
	}
}

func TestSendQueueOfATCPConnectionHoldsWhatThePeerHasNotRead(t *testing.T) {
	if runtime.GOOS != "linux" && runtime.GOOS != "darwin" {
		t.Skip("this system does not tell the length of a send queue")
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	accepted := make(chan net.Conn, 1)
	go func() {
		conn, _ := listener.Accept()
		accepted <- conn
	}()
	conn, err := net.Dial("tcp", listener.Addr().String())
	require.NoError(t, err)
	peer := <-accepted
	require.NotNil(t, peer)
	require.NoError(t, listener.Close())

	queue := s3client.SocketQueue(wrappedConn{conn})
	require.NotNil(t, queue)
	n, ok := queue()
	require.True(t, ok)
	require.Zero(t, n)
	// More than both kernels hold: the write ends when the peer is read.
	const size = 32 << 20
	written := make(chan error, 1)
	go func() {
		_, err := conn.Write(make([]byte, size))
		written <- err
	}()
	for n == 0 {
		n, ok = queue()
		require.True(t, ok)
		runtime.Gosched()
	}
	_, err = io.CopyN(io.Discard, peer, size)
	require.NoError(t, err)
	require.NoError(t, <-written)
	for n != 0 {
		n, ok = queue()
		require.True(t, ok)
		runtime.Gosched()
	}
	require.NoError(t, conn.Close())
	_, ok = queue()
	require.False(t, ok, "the connection is closed")
	require.NoError(t, peer.Close())
}

// wrappedConn is a connection over another one, as a *tls.Conn is.
type wrappedConn struct{ net.Conn }

func (w wrappedConn) NetConn() net.Conn { return w.Conn }

func TestSocketWithoutAQueueGetsASmallSendBuffer(t *testing.T) {
	conn := new(opaqueConn)
	require.Nil(t, s3client.SocketQueue(wrappedConn{conn}))
	require.Equal(t, 256<<10, conn.sendBuffer)
}

// opaqueConn is a socket of which the system tells nothing.
type opaqueConn struct {
	net.Conn
	sendBuffer int
}

func (c *opaqueConn) SyscallConn() (syscall.RawConn, error) { return opaqueSocket{}, nil }

func (c *opaqueConn) SetWriteBuffer(bytes int) error {
	c.sendBuffer = bytes
	return nil
}

func TestConnectionWithoutASocketHasNoSendQueue(t *testing.T) {
	conn, peer := net.Pipe()
	require.Nil(t, s3client.SocketQueue(conn))
	require.NoError(t, errors.Join(conn.Close(), peer.Close()))
}

type opaqueSocket struct{ syscall.RawConn }

func (opaqueSocket) Control(func(fd uintptr)) error { return errors.ErrUnsupported }
