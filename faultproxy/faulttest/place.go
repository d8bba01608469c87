package faulttest

// Where a lab listens: a network in memory, or TCP.

import (
	"context"
	"errors"
	"net"

	"github.com/s3chaos/s3chaos/faultproxy/memnet"
)

// A place is where the proxy and the upstream of a lab listen.
type place struct {
	names    []string // of the proxy, for its certificate; below the first one are virtual-hosted buckets
	upstream net.Listener
	proxy    []net.Listener
}

// errTCPInBubble means that a lab on TCP was made in a bubble.
var errTCPInBubble = errors.New("a lab on TCP in a synctest bubble, where virtual time stands still while a " +
	"goroutine waits for a socket: want NewLab, or no bubble")

// place opens the listeners of a lab, and sets the lab's network and URL.
func (cfg LabConfig) place(l *Lab) (*place, error) {
	scheme, port := "http://", ":80"
	if cfg.TLS {
		scheme, port = "https://", ":443"
	}
	if cfg.TCP {
		if l.bubbled {
			return nil, errTCPInBubble
		}
		p := &place{names: []string{"localhost", "127.0.0.1"}}
		loopback := func(string) (net.Listener, error) {
			return new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
		}
		err := p.listen(loopback, "upstream", "proxy")
		if err == nil {
			l.url = scheme + p.proxy[0].Addr().String()
		}
		return p, err
	}
	l.network, l.url = memnet.New(), scheme+labHost
	p := &place{names: []string{labHost, "*." + labHost}}
	return p, p.listen(l.network.Listen, labUpstream, labHost+port, "*."+labHost+port)
}

// listen opens the upstream and the ports of the proxy, or none of them.
func (p *place) listen(listen func(addr string) (net.Listener, error), upstream string, proxy ...string) error {
	var err error
	if p.upstream, err = listen(upstream); err != nil {
		return err
	}
	for _, addr := range proxy {
		listener, err := listen(addr)
		if err != nil {
			p.close()
			return err
		}
		p.proxy = append(p.proxy, listener)
	}
	return nil
}

func (p *place) close() {
	for _, listener := range append(p.proxy, p.upstream) {
		_ = listener.Close()
	}
}
