package faultproxy_test

import (
	"errors"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/faultproxy"
)

// An outage also cuts open connections, and their records name its rule.
func TestOutageFiresForConnectionsThatItCuts(t *testing.T) {
	slow := func(*http.Request, string) string { time.Sleep(5 * time.Second); return hello }
	t.Run("a request on a kept-alive connection", func(t *testing.T) {
		inRig(t, always(hello), nil, func(r *rig) {
			c := r.dial()
			r.talkUntil(c, get, time.Second)
			_, err := r.proxy.Rules().Add(faultproxy.Rule{Name: "out", Fault: faultproxy.Refuse("")})
			require.NoError(t, err)
			_, end, _ := r.talkOver(c, get)
			assert.Equal(t, reset, end)
			rec := r.records()[1]
			assert.Equal(t, []string{"out", "refuse: {}", "reset"}, []string{rec.Rule, rec.Fault, rec.Ended})
			assert.Equal(t, []int{1}, r.proxy.Rules().Fired())
			assert.Empty(t, r.proxy.Rules().Unfired())
		})
	})
	t.Run("no more often than its times", func(t *testing.T) {
		inRig(t, always(hello), nil, func(r *rig) {
			a, b := r.dial(), r.dial()
			r.talkUntil(a, get, time.Second)
			r.talkUntil(b, get, time.Second)
			_, err := r.proxy.Rules().Add(faultproxy.Rule{Times: 1, Fault: faultproxy.Refuse("")})
			require.NoError(t, err)
			_, end, _ := r.talkOver(a, get)
			assert.Equal(t, reset, end)
			got, _, _ := r.talkOver(b, get)
			assert.Equal(t, hello, got)
			assert.Equal(t, []int{1}, r.proxy.Rules().Fired())
		})
	})
	t.Run("an exchange under way when the window begins", func(t *testing.T) {
		inRig(t, slow, []string{"name: out, during: [2s, 3s], refuse: {}"}, func(r *rig) {
			_, end, at := r.talk(get)
			assert.Equal(t, reset, end)
			assert.Equal(t, 2*time.Second, at.Round(10*time.Millisecond))
			time.Sleep(time.Second)
			rec := r.record()
			assert.Equal(t, []string{"out", "refuse: {}", "reset"}, []string{rec.Rule, rec.Fault, rec.Ended})
			assert.Equal(t, []int{1}, r.proxy.Rules().Fired())
		})
	})
	t.Run("another rule's strike stays its own", func(t *testing.T) {
		inRig(t, slow, []string{"name: out, during: [2s, 3s], refuse: {}", "name: silent, timeout: {}"}, func(r *rig) {
			_, end, _ := r.talk(get)
			assert.Equal(t, reset, end)
			time.Sleep(time.Second)
			assert.Equal(t, "silent", r.record().Rule)
			assert.Equal(t, []int{0, 1}, r.proxy.Rules().Fired())
		})
	})
	t.Run("a fault of dials is named but has not fired", func(t *testing.T) {
		inRig(t, always(hello), nil, func(r *rig) {
			c := r.dial()
			r.talkUntil(c, get, time.Second)
			_, err := r.proxy.Rules().Add(faultproxy.Rule{Name: "names", Times: 1, Fault: faultproxy.DNS("")})
			require.NoError(t, err)
			_, end, _ := r.talkOver(c, get)
			assert.Equal(t, reset, end)
			assert.Equal(t, "names", r.records()[1].Rule)
			assert.Equal(t, []int{0}, r.proxy.Rules().Fired(), "no name was looked up")
			_, err = r.network.DialContext(r.t.Context(), "tcp", "s3.test:80")
			require.Error(t, err)
			assert.False(t, errors.Is(err, syscall.ECONNREFUSED))
			assert.Equal(t, []int{1}, r.proxy.Rules().Fired())
		})
	})
}

func parsed(t *testing.T, text string) faultproxy.Rule {
	r, err := faultproxy.ParseRule(text)
	require.NoError(t, err)
	return r
}

// The TCP port opens as soon as no rule closes it, and closes when a rule does so again.
func TestTCPPortFollowsItsRules(t *testing.T) {
	rule := parsed(t, "during: [50ms, 1h], refuse: {}")
	p, url, _ := onTCP(t, echo, faultproxy.Config{Rules: []faultproxy.Rule{rule}})
	rules := p.Rules()
	becomes := func(open bool, why string) {
		t.Helper()
		require.Eventually(t, func() bool {
			c, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
			if err == nil {
				_ = c.Close()
			}
			return (err == nil) == open && (open || errors.Is(err, syscall.ECONNREFUSED))
		}, 10*time.Second, time.Millisecond, why)
	}
	only := func() faultproxy.RuleStatus {
		t.Helper()
		list := rules.List()
		require.Len(t, list, 1)
		return list[0]
	}

	becomes(false, "the window has begun")
	require.True(t, rules.Remove(only().ID))
	becomes(true, "the rule was removed")
	id, err := rules.Add(rule)
	require.NoError(t, err)
	becomes(false, "it was added again, within its window")
	require.True(t, rules.Toggle(id, false))
	becomes(true, "it was disabled")
	require.True(t, rules.Toggle(id, true))
	becomes(false, "it was enabled")
	require.NoError(t, rules.Replace([]faultproxy.Rule{only().Rule}), "the rules just listed")
	becomes(false, "another rule of the same kind has taken its place")
	require.NoError(t, rules.Replace(nil))
	becomes(true, "there are no rules")
	_, err = rules.Add(parsed(t, "after: 1, during: [50ms, 1h], refuse: {}"))
	require.ErrorContains(t, err, "after: not possible on TCP")
}

func TestARemovedRefuseLeavesTheTCPPortOpen(t *testing.T) {
	p, url, client := onTCP(t, echo, faultproxy.Config{Rules: []faultproxy.Rule{
		parsed(t, "name: removed, during: [1h, 2h], refuse: {}"),
		parsed(t, "name: other, during: [2h, 3h], refuse: {}"),
	}})
	resp, err := client.Get(url + "/demo/a")
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.True(t, p.Rules().Remove(1))
	require.Error(t, p.Rules().Replace([]faultproxy.Rule{parsed(t, "refuse: {}")}),
		"the proxy would not know when to open the port again")
	require.NoError(t, p.Rules().Replace([]faultproxy.Rule{p.Rules().List()[0].Rule}))
}

// The record of an exchange that the closing port cuts names the rule, and the rule has fired for
// each of them.
func TestTCPOutageNamesItsRuleInTheRecord(t *testing.T) {
	arrived := make(chan struct{})
	slow := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		arrived <- struct{}{}
		<-r.Context().Done()
	})
	p, url, client := onTCP(t, slow, faultproxy.Config{})
	failed := make(chan error, 2)
	for range 2 {
		go func() {
			resp, err := client.Get(url + "/demo/a")
			if err == nil {
				_ = resp.Body.Close()
			}
			failed <- err
		}()
		<-arrived
	}
	_, err := p.Rules().Add(parsed(t, "name: out, during: [0s, 1h], refuse: {}"))
	require.NoError(t, err)
	require.ErrorIs(t, <-failed, syscall.ECONNRESET)
	require.ErrorIs(t, <-failed, syscall.ECONNRESET)
	for _, rec := range settled(t, p) {
		assert.Equal(t, []string{"out", "reset"}, []string{rec.Rule, rec.Ended})
	}
	assert.Equal(t, []int{2}, p.Rules().Fired())
}

// The proxy can close and open only the TCP listener itself, and it cannot act on dials to a TCP
// port.
func TestWrappedTCPListenerRejectsRefuse(t *testing.T) {
	for rule, want := range map[string]string{
		"dns: nxdomain":                 "dns: not possible on TCP",
		"connect_timeout: {}":           "connect_timeout: not possible on TCP",
		"during: [1s, 2s], refuse: {}":  "refuse: not possible on a listener that wraps",
		"match: {key: x}, respond: {}":  "",
		"reset_peer: {at: accept}":      "",
		"refuse: {as: unreachable}":     "refuse: not possible on TCP",
		"times: 1, refuse: {}":          "refuse: not possible on a listener that wraps",
		"probability: 0.5, timeout: 1s": "",
	} {
		t.Run(rule, func(t *testing.T) {
			p, err := faultproxy.New(faultproxy.Config{
				Upstream: "127.0.0.1:1",
				Rules:    []faultproxy.Rule{parsed(t, rule)},
			})
			require.NoError(t, err)
			l, err := net.Listen("tcp", "127.0.0.1:0")
			require.NoError(t, err)
			served := make(chan error, 1)
			go func() { served <- p.Serve(struct{ net.Listener }{l}) }()
			if want != "" {
				require.ErrorContains(t, <-served, want)
				return
			}
			if c, err := net.Dial("tcp", l.Addr().String()); err == nil { // a reset at accept may follow
				_ = c.Close()
			}
			require.NoError(t, p.Close())
			require.ErrorIs(t, <-served, faultproxy.ErrClosed)
		})
	}
}
