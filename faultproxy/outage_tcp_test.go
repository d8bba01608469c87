package faultproxy

import (
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/faultproxy/journal"
)

// If the proxy closes at the moment when its port opens again, Serve returns ErrClosed.
func TestCloseWhileThePortReopens(t *testing.T) {
	p, err := New(Config{
		Upstream: "127.0.0.1:1",
		Rules:    []Rule{{Fault: Refuse(""), During: Window{To: 50 * time.Millisecond}}},
	})
	require.NoError(t, err)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	served := make(chan error, 1)
	go func() { served <- p.Serve(l) }()
	require.Eventually(t, func() bool { return p.closed.Load() != nil }, 10*time.Second, time.Millisecond)
	p.mu.Lock()
	p.draining = true // the first step of Close
	p.mu.Unlock()
	require.ErrorIs(t, <-served, ErrClosed)
	close(p.closing) // the second step of Close
	close(p.sweeper.over)
	require.NoError(t, p.Close())
}

// On TCP a window fires for each exchange that it cuts, even if another rule acted on the exchange
// before. It does not fire for an exchange that has reset its connection itself.
func TestTCPOutageFiresForExchangesOfOtherRules(t *testing.T) {
	for name, tc := range map[string]struct {
		ends  func(c *conn, outage *activeRule)
		fired []int
	}{
		"cut": {
			func(c *conn, outage *activeRule) { c.cutOff(journal.EndReset, outage); c.x.lost() },
			[]int{1, 0},
		},
		"reset by itself, then cut": {
			func(c *conn, outage *activeRule) { c.x.reset(); c.cutOff(journal.EndReset, outage) },
			[]int{0, 0},
		},
	} {
		t.Run(name, func(t *testing.T) {
			p, err := New(Config{
				Upstream: "127.0.0.1:1",
				Rules:    []Rule{{Fault: Refuse(""), During: Window{To: time.Hour}}, {Fault: Timeout(0)}},
			})
			require.NoError(t, err)
			p.tcp.Store(true)
			near, far := net.Pipe()
			defer far.Close()
			c := newConn(p, near)
			defer c.end()
			rules := p.rules.now.Load().rules
			c.x.rule = rules[1]
			tc.ends(c, rules[0])
			c.x.cutByOutage()
			assert.Equal(t, journal.EndReset, c.x.ended)
			assert.Equal(t, tc.fired, p.rules.Fired())
		})
	}
}
