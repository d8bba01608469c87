package memnet_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/faultproxy/memnet"
)

func TestReadableTellsBytesAndEnds(t *testing.T) {
	for name, c := range map[string]struct {
		do   func(peer *memnet.Conn) error
		want bool
	}{
		"nothing":    {func(*memnet.Conn) error { return nil }, false},
		"a byte":     {func(peer *memnet.Conn) error { _, err := peer.Write([]byte("x")); return err }, true},
		"half close": {func(peer *memnet.Conn) error { return peer.CloseWrite() }, true},
		"close":      {func(peer *memnet.Conn) error { return peer.Close() }, true},
		"reset":      {func(peer *memnet.Conn) error { return peer.Reset() }, true},
	} {
		t.Run(name, func(t *testing.T) {
			n := memnet.New()
			l, err := n.Listen("s3.test:80")
			require.NoError(t, err)
			defer l.Close()
			nc, err := n.DialContext(t.Context(), "tcp", "s3.test:80")
			require.NoError(t, err)
			defer nc.Close()
			peer, err := l.Accept()
			require.NoError(t, err)
			defer peer.Close()
			require.NoError(t, c.do(peer.(*memnet.Conn)))
			assert.Equal(t, c.want, nc.(*memnet.Conn).Readable())
		})
	}
}
