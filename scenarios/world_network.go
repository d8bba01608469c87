package scenarios

import (
	"context"
	"io"
	"log"
	"net"
	"strings"

	"github.com/s3chaos/s3chaos/faultproxy/memnet"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

// silent discards the log of net/http's server, which reports the connections that faults break.
var silent = log.New(io.Discard, "", 0)

// networks returns the network between the client and the proxy, and the one between the proxy and
// the fake S3. They are separate, so that a connection fault never affects the proxy's connections.
func networks(clock script.Clock) (front, back network) {
	if clock == script.Real {
		return loopback{}, loopback{}
	}
	return memory{memnet.New()}, memory{memnet.New()}
}

// proxyName is the proxy's host name in the network in memory, below .test.
const proxyName = "proxy"

// memory is the network of drills in virtual time.
type memory struct{ *memnet.Network }

func (m memory) listen(name string) (net.Listener, error) { return m.Listen(name + ".test:80") }

// dial connects to an address. Names are the same in any case, and each name below the proxy's is
// the proxy's, as with a DNS record for buckets in the host name.
func (m memory) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	host, port, err := net.SplitHostPort(strings.ToLower(addr))
	if proxy := proxyName + ".test"; err == nil && (host == proxy || strings.HasSuffix(host, "."+proxy)) {
		addr = net.JoinHostPort(proxy, port)
	}
	return m.DialContext(ctx, network, addr)
}

// loopback is TCP on this machine, for drills in real time.
type loopback struct{}

func (loopback) listen(string) (net.Listener, error) {
	return new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
}

func (loopback) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	return new(net.Dialer).DialContext(ctx, network, addr)
}
