package faultproxy

import (
	"context"
	"errors"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/faultproxy/memnet"
)

// innerLab is a proxy in front of a handler, for tests of this package's internals: they cannot use
// faulttest, which imports this package. It runs in a bubble only.
type innerLab struct {
	t       *testing.T
	proxy   *Proxy
	network *memnet.Network
	client  *http.Client
}

func newInnerLab(t *testing.T, handler http.Handler, rules ...Rule) *innerLab {
	l := &innerLab{t: t, network: memnet.New()}
	var err error
	l.proxy, err = New(Config{
		Upstream: "upstream.test:80", Dial: l.network.DialContext, Hosts: []string{"s3.test"},
		Digest: true, IdentityLatency: true, Rules: rules,
	})
	require.NoError(t, err)
	server := &http.Server{Handler: handler}
	served := make(chan error, 3)
	serve := func(serve func(net.Listener) error, addr string) {
		listener, err := l.network.Listen(addr)
		require.NoError(t, err)
		go func() { served <- serve(listener) }()
	}
	serve(server.Serve, "upstream.test:80")
	serve(l.proxy.Serve, "s3.test:80")
	serve(l.proxy.Serve, "*.s3.test:80")
	l.client = &http.Client{Transport: &Transport{Base: &http.Transport{DialContext: l.dial}}}
	t.Cleanup(func() {
		l.client.CloseIdleConnections()
		assert.NoError(t, l.proxy.Close())
		assert.NoError(t, server.Close())
		for range 3 {
			err := <-served
			assert.True(t, errors.Is(err, ErrClosed) || errors.Is(err, http.ErrServerClosed), "%v", err)
		}
		time.Sleep(time.Second) // http.Server lingers
		assert.NoError(t, l.proxy.Err())
	})
	return l
}

func (l *innerLab) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	if err := l.proxy.OnDial(ctx, network, addr); err != nil {
		return nil, err
	}
	return l.network.DialContext(ctx, network, addr)
}

// rule adds a rule as faulttest.Lab.Rule does.
func (l *innerLab) rule(operation string, parts ...RulePart) {
	l.t.Helper()
	r, err := NewRule(operation, parts...)
	require.NoError(l.t, err)
	_, err = l.proxy.Rules().Add(r)
	require.NoError(l.t, err)
}
