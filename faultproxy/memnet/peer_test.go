package memnet_test

import (
	"context"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/faultproxy/memnet"
)

type nameKey struct{}

func TestAnEndKnowsWhenItsPeerIsGoneAndWhatItWasDialedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := memnet.New()
		l, err := n.Listen("s3.test:80")
		require.NoError(t, err)
		nc, err := n.DialContext(context.WithValue(t.Context(), nameKey{}, "backup"), "tcp", "s3.test:80")
		require.NoError(t, err)
		ac, err := l.Accept()
		require.NoError(t, err)
		client, server := nc.(*memnet.Conn), ac.(*memnet.Conn)
		require.Equal(t, "backup", server.Dialed().Value(nameKey{}))

		_, err = client.Write([]byte("unread"))
		require.NoError(t, err)
		require.NoError(t, client.CloseWrite())
		select {
		case <-server.PeerClosed():
			t.Fatal("a half-closed peer counts as gone")
		default:
		}
		require.NoError(t, client.Close())
		<-server.PeerClosed()
		require.NoError(t, server.Close())
		require.NoError(t, l.Close())
	})
}
