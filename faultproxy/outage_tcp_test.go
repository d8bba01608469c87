package faultproxy

import (
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/faultproxy/journal"
)

// Whoever closes the proxy at the moment when its port is to come back is answered as ever.
func TestAPortThatIsNotToComeBack(t *testing.T) {
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
	p.draining = true // as Close does first
	p.mu.Unlock()
	require.ErrorIs(t, <-served, ErrClosed)
	close(p.closing) // and then
	close(p.sweeper.over)
	require.NoError(t, p.Close())
}

// On TCP a window has fired for what it cuts, even where another rule had struck; not for what had
// reset its connection itself.
func TestATCPOutageCutsWhatAnotherRuleStruck(t *testing.T) {
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
