package memnet_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"os"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/s3chaos/s3chaos/faultproxy/memnet"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const address = "s3.test:80"

// connect returns both ends of a new connection, closed when the test ends.
func connect(t testing.TB, n *memnet.Network) (client, server *memnet.Conn) {
	t.Helper()
	l, err := n.Listen(address)
	require.NoError(t, err)
	dialed, err := n.DialContext(context.Background(), "tcp", address)
	require.NoError(t, err)
	accepted, err := l.Accept()
	require.NoError(t, err)
	require.NoError(t, l.Close())
	client, server = dialed.(*memnet.Conn), accepted.(*memnet.Conn)
	t.Cleanup(func() {
		_, _ = client.Close(), server.Close()
		require.Zero(t, n.Conns(), "connections left open")
	})
	return client, server
}

func TestResetDeliversWhatWasWrittenThenECONNRESET(t *testing.T) {
	client, server := connect(t, memnet.New())
	_, err := server.Write([]byte("half an ans"))
	require.NoError(t, err)
	require.NoError(t, server.Reset())

	got, err := io.ReadAll(client)
	require.Equal(t, "half an ans", string(got))
	require.ErrorIs(t, err, syscall.ECONNRESET)
	var op *net.OpError
	require.ErrorAs(t, err, &op)
	require.Equal(t, "read", op.Op)
	var call *os.SyscallError
	require.ErrorAs(t, err, &call)

	_, err = client.Write([]byte("more"))
	require.ErrorIs(t, err, syscall.ECONNRESET)
	_, err = server.Read(make([]byte, 1))
	require.ErrorIs(t, err, net.ErrClosed)
}

func TestResetWakesWhoIsBlocked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, server := connect(t, memnet.New())
		reads, writes := make(chan error, 1), make(chan error, 1)
		go func() { _, err := client.Read(make([]byte, 1)); reads <- err }()
		go func() { _, err := client.Write(make([]byte, 1<<20)); writes <- err }()
		synctest.Wait()
		require.NoError(t, server.Reset())
		require.ErrorIs(t, <-reads, syscall.ECONNRESET)
		require.ErrorIs(t, <-writes, syscall.ECONNRESET)
	})
}

func TestCloseEndsThePeersReadsAndWrites(t *testing.T) {
	client, server := connect(t, memnet.New())
	_, err := server.Write([]byte("bye"))
	require.NoError(t, err)
	require.NoError(t, server.Close())
	got, err := io.ReadAll(client)
	require.NoError(t, err)
	require.Equal(t, "bye", string(got))
	_, err = client.Write([]byte("x"))
	require.ErrorIs(t, err, syscall.EPIPE)
	require.ErrorIs(t, server.Close(), net.ErrClosed)
	_, err = server.Write([]byte("x"))
	require.ErrorIs(t, err, net.ErrClosed)
	require.ErrorIs(t, server.SetDeadline(time.Time{}), net.ErrClosed)
}

func TestHalfCloseLeavesTheOtherDirection(t *testing.T) {
	client, server := connect(t, memnet.New())
	require.NoError(t, client.CloseWrite())
	_, err := server.Read(make([]byte, 1))
	require.Equal(t, io.EOF, err)
	_, err = client.Write([]byte("x"))
	require.ErrorIs(t, err, syscall.EPIPE)
	_, err = server.Write([]byte("still here"))
	require.NoError(t, err)
	buf := make([]byte, 64)
	n, err := client.Read(buf)
	require.NoError(t, err)
	require.Equal(t, "still here", string(buf[:n]))

	require.NoError(t, client.CloseRead())
	_, err = client.Read(buf)
	require.Equal(t, io.EOF, err)
	_, err = server.Write(make([]byte, 1<<20))
	require.NoError(t, err, "bytes without a reader are discarded")
}

func TestDeadlinesEndBlockedCallsAndCanMove(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, _ := connect(t, memnet.New())
		start := time.Now()
		require.NoError(t, client.SetReadDeadline(start.Add(time.Hour)))
		time.AfterFunc(time.Second, func() { _ = client.SetReadDeadline(start.Add(time.Minute)) })
		_, err := client.Read(make([]byte, 1))
		require.ErrorIs(t, err, os.ErrDeadlineExceeded)
		var timeout net.Error
		require.ErrorAs(t, err, &timeout)
		require.True(t, timeout.Timeout())
		require.Equal(t, time.Minute, time.Since(start), "the later of two deadlines counts")

		require.NoError(t, client.SetWriteDeadline(time.Now().Add(time.Second)))
		n, err := client.Write(make([]byte, 1<<20))
		require.ErrorIs(t, err, os.ErrDeadlineExceeded)
		require.Equal(t, 64<<10, n, "the bound of the buffer")

		require.NoError(t, client.SetReadDeadline(time.Now().Add(-time.Second)))
		_, err = client.Read(make([]byte, 1))
		require.ErrorIs(t, err, os.ErrDeadlineExceeded)
		require.NoError(t, client.SetReadDeadline(time.Time{}))
		n, err = client.Read(nil)
		require.NoError(t, err)
		require.Zero(t, n)
	})
}

func TestEveryByteArrivesInOrderThroughTheBoundedBuffer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, server := connect(t, memnet.New())
		sent := make([]byte, 3<<20)
		for i := range sent {
			sent[i] = byte(i * 7 / 3)
		}
		go func() {
			_, _ = client.Write(sent)
			_ = client.CloseWrite()
		}()
		got, err := io.ReadAll(iotestChunks{server, 1021})
		require.NoError(t, err)
		require.True(t, bytes.Equal(sent, got))
	})
}

// iotestChunks reads at most n bytes at once.
type iotestChunks struct {
	r io.Reader
	n int
}

func (c iotestChunks) Read(p []byte) (int, error) { return c.r.Read(p[:min(c.n, len(p))]) }

func TestDialErrorsAreThoseOfTheRealNetwork(t *testing.T) {
	n := memnet.New()
	_, err := n.DialContext(context.Background(), "tcp", address)
	require.ErrorIs(t, err, syscall.ECONNREFUSED)
	require.EqualError(t, err, "dial tcp s3.test:80: connect: connection refused")

	real, realErr := (&net.Dialer{}).DialContext(context.Background(), "tcp", "127.0.0.1:1")
	if realErr == nil {
		require.NoError(t, real.Close())
		t.Fatal("port 1 has a listener")
	}
	require.EqualError(t, realErr, "dial tcp 127.0.0.1:1: connect: connection refused", "the words are the kernel's")

	_, err = n.DialContext(context.Background(), "udp", address)
	var unknown net.UnknownNetworkError
	require.ErrorAs(t, err, &unknown)
	_, err = n.DialContext(context.Background(), "tcp", "no-port")
	var bad *net.AddrError
	require.ErrorAs(t, err, &bad)

	canceled, cancel := context.WithCancel(context.Background())
	cancel()
	_, err = n.DialContext(canceled, "tcp", address)
	require.ErrorIs(t, err, context.Canceled)
	require.EqualError(t, err, "dial tcp s3.test:80: operation was canceled")

	require.ErrorIs(t, memnet.Unreachable(address), syscall.ENETUNREACH)
	require.ErrorIs(t, memnet.NoRoute(address), syscall.EHOSTUNREACH)
	var timeout net.Error
	require.ErrorAs(t, memnet.TimedOut(address), &timeout)
	require.True(t, timeout.Timeout())
	var dns *net.DNSError
	require.ErrorAs(t, memnet.NXDomain("s3.test"), &dns)
	require.True(t, dns.IsNotFound)
	require.ErrorAs(t, memnet.DNSTemporary("s3.test"), &dns)
	require.True(t, dns.IsTemporary)
}

func TestTheDialHookDecides(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := memnet.New()
		l, err := n.Listen(address)
		require.NoError(t, err)
		defer l.Close()
		n.OnDial(func(_ context.Context, _, addr string) error { return memnet.NoRoute(addr) })
		_, err = n.DialContext(context.Background(), "tcp", address)
		require.ErrorIs(t, err, syscall.EHOSTUNREACH)

		n.OnDial(func(ctx context.Context, _, _ string) error { <-ctx.Done(); return nil })
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		_, err = n.DialContext(ctx, "tcp", address)
		require.ErrorIs(t, err, context.DeadlineExceeded)
	})
}

func TestAListenerThatClosesResetsWhatItDidNotAccept(t *testing.T) {
	n := memnet.New()
	l, err := n.Listen(address)
	require.NoError(t, err)
	_, err = n.Listen(address)
	require.ErrorIs(t, err, syscall.EADDRINUSE)
	c, err := n.DialContext(context.Background(), "tcp", address)
	require.NoError(t, err)
	require.NoError(t, l.Close())
	require.ErrorIs(t, l.Close(), net.ErrClosed)
	_, err = l.Accept()
	require.ErrorIs(t, err, net.ErrClosed)
	_, err = c.Read(make([]byte, 1))
	require.ErrorIs(t, err, syscall.ECONNRESET)
	require.NoError(t, c.Close())
	require.Zero(t, n.Conns())
	again, err := n.Listen(address)
	require.NoError(t, err, "the address is free again")
	require.NoError(t, again.Close())
}

func TestAFullBacklogBlocksDialsUntilTheirContextEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := memnet.New()
		l, err := n.Listen(address)
		require.NoError(t, err)
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		var dialed []net.Conn
		for {
			c, err := n.DialContext(ctx, "tcp", address)
			if err != nil {
				require.ErrorIs(t, err, context.DeadlineExceeded)
				break
			}
			dialed = append(dialed, c)
		}
		require.Len(t, dialed, 4096)
		require.NoError(t, l.Close())
		for _, c := range dialed {
			require.NoError(t, c.Close())
		}
		require.Zero(t, n.Conns())
	})
}

func TestAddressesAreUniqueAndWildcardsMatchSubdomains(t *testing.T) {
	n := memnet.New()
	exact, err := n.Listen("a.s3.test:80")
	require.NoError(t, err)
	defer exact.Close()
	wild, err := n.Listen("*.s3.test:80")
	require.NoError(t, err)
	defer wild.Close()
	free, err := n.Listen("127.0.0.1:0")
	require.NoError(t, err)
	defer free.Close()
	require.NotEqual(t, "127.0.0.1:0", free.Addr().String())

	accepted := func(l net.Listener, addr string) net.Conn {
		c, err := n.DialContext(context.Background(), "tcp", addr)
		require.NoError(t, err)
		s, err := l.Accept()
		require.NoError(t, err)
		require.Equal(t, c.LocalAddr(), s.RemoteAddr())
		require.Equal(t, addr, c.RemoteAddr().String())
		require.Equal(t, "tcp", c.RemoteAddr().Network())
		require.NoError(t, errors.Join(c.Close(), s.Close()))
		return c
	}
	first := accepted(exact, "a.s3.test:80")
	second := accepted(wild, "b.c.s3.test:80")
	accepted(free, free.Addr().String())
	require.NotEqual(t, first.LocalAddr(), second.LocalAddr())
}
