package memnet_test

import (
	"context"
	"errors"
	"net"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/faultproxy/memnet"
)

func TestALocalPortBelongsToOneOpenConnection(t *testing.T) {
	n := memnet.New()
	l, err := n.Listen(":80")
	require.NoError(t, err)
	defer l.Close()
	dial := func() net.Conn {
		c, err := n.DialContext(context.Background(), "tcp", "any.test:80")
		require.NoError(t, err)
		s, err := l.Accept()
		require.NoError(t, err)
		require.NoError(t, s.Close())
		return c
	}
	first := dial()
	require.Equal(t, "client:32768", first.LocalAddr().String())
	for range 65535 - 32768 {
		require.NoError(t, dial().Close())
	}
	next := dial()
	require.Equal(t, "client:32769", next.LocalAddr().String(), "the range begins anew, without the one in use")
	require.NoError(t, errors.Join(first.Close(), next.Close()))
}

func TestWhenEveryPortIsInUseDialsSaySo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := memnet.New()
		l, err := n.Listen(address)
		require.NoError(t, err)
		var open []net.Conn
		fill := func() error {
			for {
				ctx, cancel := context.WithTimeout(context.Background(), time.Second)
				c, err := n.DialContext(ctx, "tcp", address)
				cancel()
				if err != nil {
					return err
				}
				open = append(open, c)
			}
		}
		err = fill()
		for errors.Is(err, context.DeadlineExceeded) { // the backlog is full; a dial that fails keeps no port
			for range 4096 {
				s, err := l.Accept()
				require.NoError(t, err)
				require.NoError(t, s.Close())
			}
			err = fill()
		}
		require.ErrorIs(t, err, syscall.EADDRNOTAVAIL)
		require.Len(t, open, 65536-32768)
		_, err = n.Listen("s3.test:0")
		require.ErrorIs(t, err, syscall.EADDRINUSE)

		for _, c := range open {
			require.NoError(t, c.Close())
		}
		require.NoError(t, l.Close())
		require.Zero(t, n.Conns())
		l, err = n.Listen("s3.test:0")
		require.NoError(t, err, "ports come back")
		require.NoError(t, l.Close())
	})
}
