package scenarios

import (
	"context"
	"fmt"
	"net"
	"strings"
	"sync"
	"time"
)

// A Style is how a client writes the address of a bucket.
type Style string

// The styles: the bucket is the first element of the path, or a label of the host name.
const (
	PathStyle    Style = "path"
	VirtualStyle Style = "virtual"
)

// hostName is the name of the endpoint in real time, for virtual-hosted addresses. Names below it
// belong to the loopback interface (RFC 6761, section 6.3).
const hostName = "localhost"

// bases returns the host names below which the world has its buckets.
func (w *world) bases() []string {
	if !w.virtualHosted {
		return nil
	}
	return []string{hostName, proxyName + ".test"}
}

// dialed returns the address to connect to for an address of the endpoint or below its name.
func (w *world) dialed(addr string) string {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return addr
	}
	for _, base := range w.bases() {
		if host == base || strings.HasSuffix(host, "."+base) {
			return w.address
		}
	}
	return addr
}

// hostsFile returns the text of a file that gives every bucket of the drill a host name.
func (w *world) hostsFile() []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "127.0.0.1 %s\n", hostName)
	for _, bucket := range w.scenario.Buckets {
		fmt.Fprintf(&b, "127.0.0.1 %s.%s\n", bucket, hostName)
	}
	return []byte(b.String())
}

// resolvesNames reports whether this system finds the loopback interface below the name localhost,
// as RFC 6761 asks.
var resolvesNames = sync.OnceValue(func() bool {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	addresses, err := net.DefaultResolver.LookupHost(ctx, "bucket."+hostName)
	return err == nil && len(addresses) > 0 && net.ParseIP(addresses[0]).IsLoopback()
})

// unresolved returns why a program cannot reach a virtual-hosted address here, or "".
func unresolved() string {
	if resolvesNames() {
		return ""
	}
	if err := namespaces(); err != nil {
		return fmt.Sprintf("the name bucket.%s has no address here, and programs get no names of their own: %v",
			hostName, err)
	}
	return ""
}
