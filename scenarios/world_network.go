package scenarios

import (
	"context"
	"io"
	"log"
	"net"

	"github.com/s3chaos/s3chaos/faultproxy/memnet"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

// silent takes what net/http's server complains of: that connections break is the purpose.
var silent = log.New(io.Discard, "", 0)

// networks are where the client meets the proxy, and where the proxy meets the fake S3. They are
// apart, so that faults of the client's connections never strike the proxy's.
func networks(clock script.Clock) (front, back network) {
	if clock == script.Real {
		return loopback{}, loopback{}
	}
	return memory{memnet.New()}, memory{memnet.New()}
}

// proxyName is the proxy's name in memory, below .test.
const proxyName = "proxy"

// memory is a network of virtual time.
type memory struct{ *memnet.Network }

func (m memory) listen(name string) (net.Listener, error) { return m.Listen(name + ".test:80") }

func (m memory) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	return m.DialContext(ctx, network, addr)
}

// loopback is TCP on this machine, for real time.
type loopback struct{}

func (loopback) listen(string) (net.Listener, error) {
	return new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
}

func (loopback) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	return new(net.Dialer).DialContext(ctx, network, addr)
}
