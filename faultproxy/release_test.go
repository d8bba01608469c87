package faultproxy_test

import (
	"io"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/faultproxy"
)

func TestRemovedRuleEndsItsWaits(t *testing.T) {
	remove := func(rules *faultproxy.RuleSet) error { rules.Remove(1); return nil }
	disable := func(rules *faultproxy.RuleSet) error { rules.Toggle(1, false); return nil }
	for name, c := range map[string]struct {
		rule       string
		away       func(*faultproxy.RuleSet) error
		got, ended string
		end        string
	}{
		"a silent connection is closed":       {"timeout: {}", remove, "", "timeout", eof},
		"also after the upstream":             {"after_upstream: true, timeout: {}", remove, "", "timeout", eof},
		"also when the rule is only disabled": {"timeout: {}", disable, "", "timeout", eof},
		"also when others take its place": {
			"timeout: {}",
			func(rules *faultproxy.RuleSet) error { return rules.Replace(nil) }, "", "timeout", eof,
		},
		"a delayed request goes on": {"latency: {delay: 1h}", remove, hello, "complete", open},
		"a delayed answer goes on": {
			"latency: {delay: 1h, before: response}", remove, hello, "complete",
			open,
		},
		"a body that drips flows":  {"slicer: {size: 1, delay: 1h}", remove, hello, "complete", open},
		"a body that crawls flows": {"bandwidth: {rate: 1}", remove, hello, "complete", open},
		"a reset that is held comes": {
			"reset_peer: {at: request_head, hold: 1h}", remove, "", "reset",
			reset,
		},
		"also before anything was read":   {"reset_peer: {at: accept, hold: 1h}", remove, "", "reset", reset},
		"also when that rule is disabled": {"reset_peer: {at: accept, hold: 1h}", disable, "", "reset", reset},
		"a rule whose counts are reset holds on": {
			"timeout: 30m",
			func(rules *faultproxy.RuleSet) error { rules.Reset(1); return nil }, "", "", open,
		},
		"other rules hold on": {
			"timeout: 30m",
			func(rules *faultproxy.RuleSet) error { rules.Remove(2); return nil }, "", "", open,
		},
	} {
		t.Run(name, func(t *testing.T) {
			inRig(t, always(hello), []string{c.rule, "match: {key: other}, respond: {}"}, func(r *rig) {
				conn := r.dial()
				_, err := io.WriteString(conn, get)
				require.NoError(t, err)
				time.Sleep(time.Second)
				start := time.Now()
				require.NoError(t, c.away(r.proxy.Rules()))
				assert.Zero(t, time.Since(start), "the change waited")
				got, end, at := r.talkOver(conn, "")
				assert.Equal(t, c.got, got)
				assert.Equal(t, c.end, end)
				assert.Equal(t, c.ended, r.record().Ended)
				if c.ended != "" {
					assert.Less(t, at, time.Second)
				}
			})
		})
	}
}

func TestRuleEnabledAgainWaitsAgain(t *testing.T) {
	inRig(t, always(hello), []string{"timeout: 30s"}, func(r *rig) {
		rules := r.proxy.Rules()
		for range 2 { // the second call changes nothing
			require.True(t, rules.Toggle(1, false))
		}
		got, _, _ := r.talk(get)
		assert.Equal(t, hello, got)
		for range 2 {
			require.True(t, rules.Toggle(1, true))
		}
		got, end, at := r.talk(get)
		assert.Empty(t, got)
		assert.Equal(t, eof, end)
		assert.Equal(t, 30*time.Second, at.Round(time.Second))
		require.True(t, rules.Toggle(1, false))
		require.True(t, rules.Remove(1), "a disabled rule lets go only once")
	})
}

func TestADialThatHangsEndsWithItsRule(t *testing.T) {
	for name, away := range map[string]func(*faultproxy.RuleSet) bool{
		"removed":  func(rules *faultproxy.RuleSet) bool { return rules.Remove(1) },
		"disabled": func(rules *faultproxy.RuleSet) bool { return rules.Toggle(1, false) },
	} {
		t.Run(name, func(t *testing.T) {
			inRig(t, always(hello), []string{"connect_timeout: {}"}, func(r *rig) {
				start := time.Now()
				time.AfterFunc(time.Second, func() { away(r.proxy.Rules()) })
				_, err := r.network.DialContext(r.t.Context(), "tcp", "s3.test:80")
				require.ErrorIs(t, err, syscall.ETIMEDOUT)
				assert.Less(t, time.Since(start), 2*time.Second)
				assert.Equal(t, "refused", r.record().Ended)
				got, _, _ := r.talk(get)
				assert.Equal(t, hello, got)
			})
		})
	}
}

// The shortest latency ends: it is not taken for a wait without end.
func TestShortestLatencyEnds(t *testing.T) {
	for _, rule := range []string{
		"latency: {jitter: 1ns}", "latency: {jitter: 1ns, before: response}",
		"latency: {delay: 1ns}",
	} {
		inRig(t, always(hello), []string{rule}, func(r *rig) {
			for range 20 {
				got, _, at := r.talk(get)
				assert.Equal(t, hello, got)
				assert.Less(t, at, 2*time.Millisecond)
			}
			assert.Equal(t, []int{20}, r.proxy.Rules().Fired())
		})
	}
}
