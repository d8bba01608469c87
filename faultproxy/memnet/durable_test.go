package memnet_test

import (
	"context"
	"io"
	"net"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/faultproxy/memnet"
)

// Each of these blocks until the network is told to let go, an hour later: a call that does not
// count as blocked would keep virtual time from passing, and the test would never end.
var blocking = map[string]func(t *testing.T, n *memnet.Network, l net.Listener) (block func(), release func()){
	"read": func(t *testing.T, n *memnet.Network, l net.Listener) (func(), func()) {
		a, b := both(t, n, l)
		return func() { _ = read(a) }, func() { _ = b.Close() }
	},
	"write": func(t *testing.T, n *memnet.Network, l net.Listener) (func(), func()) {
		a, b := both(t, n, l)
		return func() { _, _ = a.Write(make([]byte, 1<<20)) }, func() { _, _ = io.CopyN(io.Discard, b, 1<<20) }
	},
	"read, ended by a deadline set meanwhile": func(t *testing.T, n *memnet.Network, l net.Listener) (func(), func()) {
		a, _ := both(t, n, l)
		return func() { _ = read(a) }, func() { _ = a.SetReadDeadline(past) }
	},
	"write, ended by a deadline set meanwhile": func(t *testing.T, n *memnet.Network, l net.Listener) (func(), func()) {
		a, _ := both(t, n, l)
		return func() { _, _ = a.Write(make([]byte, 1<<20)) }, func() { _ = a.SetWriteDeadline(past) }
	},
	"read, ended by its own close": func(t *testing.T, n *memnet.Network, l net.Listener) (func(), func()) {
		a, _ := both(t, n, l)
		return func() { _ = read(a) }, func() { _ = a.Close() }
	},
	"write, ended by the peer's half-close of reads": func(t *testing.T, n *memnet.Network, l net.Listener) (func(),
		func(),
	) {
		a, b := both(t, n, l)
		return func() { _, _ = a.Write(make([]byte, 1<<20)) }, func() { _ = b.(*memnet.Conn).CloseRead() }
	},
	"accept": func(_ *testing.T, _ *memnet.Network, l net.Listener) (func(), func()) {
		return func() { _, _ = l.Accept() }, func() { _ = l.Close() }
	},
	"dial to a full backlog": func(t *testing.T, n *memnet.Network, l net.Listener) (func(), func()) {
		for range 4096 {
			c, err := n.DialContext(context.Background(), "tcp", address)
			require.NoError(t, err)
			t.Cleanup(func() { _ = c.Close() })
		}
		return func() { _, _ = n.DialContext(context.Background(), "tcp", address) }, func() { _ = l.Close() }
	},
	"the peer's end": func(t *testing.T, n *memnet.Network, l net.Listener) (func(), func()) {
		a, b := both(t, n, l)
		return func() { <-a.(*memnet.Conn).PeerClosed() }, func() { _ = b.Close() }
	},
}

func TestWhoeverIsBlockedLetsVirtualTimePass(t *testing.T) {
	for name, setup := range blocking {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := memnet.New()
				l, err := n.Listen(address)
				require.NoError(t, err)
				defer l.Close()
				block, release := setup(t, n, l)
				start := time.Now()
				time.AfterFunc(time.Hour, release)
				block()
				require.Equal(t, time.Hour, time.Since(start), "blocked for as long as nothing happened")
			})
		})
	}
}

// both returns the ends of a new connection, closed when the test ends.
func both(t *testing.T, n *memnet.Network, l net.Listener) (a, b net.Conn) {
	t.Helper()
	a, err := n.DialContext(context.Background(), "tcp", address)
	require.NoError(t, err)
	b, err = l.Accept()
	require.NoError(t, err)
	t.Cleanup(func() { _, _ = a.Close(), b.Close() })
	return a, b
}

// Everything that can be called at the same time is; the race detector and the end of the bubble
// are the judges.
func TestEverythingAtOnceEndsWithTheConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := memnet.New()
		l, err := n.Listen(address)
		require.NoError(t, err)
		var group sync.WaitGroup
		for i := range 32 {
			a, b := both(t, n, l)
			group.Go(func() { _, _ = io.Copy(b, b) })
			group.Go(func() { _, _ = io.Copy(io.Discard, a) })
			for range 2 {
				group.Go(func() {
					for write(a) == nil {
						time.Sleep(time.Millisecond)
					}
				})
			}
			group.Go(func() {
				for a.SetDeadline(time.Now().Add(time.Minute)) == nil {
					time.Sleep(time.Millisecond)
				}
			})
			group.Go(func() {
				time.Sleep(time.Duration(i) * time.Millisecond)
				if i%2 == 0 {
					_ = a.Close()
				} else {
					_ = b.(*memnet.Conn).Reset()
				}
			})
			group.Go(func() {
				<-a.(*memnet.Conn).PeerClosed()
				_ = a.Close()
			})
			group.Go(func() {
				<-b.(*memnet.Conn).PeerClosed()
				_ = b.Close()
			})
		}
		group.Wait()
		require.NoError(t, l.Close())
		require.Zero(t, n.Conns())
	})
}
