package profile_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/scenarios"
	"github.com/s3chaos/s3chaos/scenarios/profile"
)

// measured is the profile of a policy that differs from the default in every number. The tests
// share it, because it takes seconds to measure.
func measured(t *testing.T, policy string) *profile.Profile {
	t.Helper()
	s, err := scenarios.Parse("policy.yaml", []byte(`version: 1
name: a policy
client: {builtin: {retry: `+policy+`}}
objects: [{bucket: demo, key: k, size: 1}]
steps: [{exists: {bucket: demo, key: k}}]
`))
	require.NoError(t, err)
	p, err := profile.Measure(t.Context(), profile.Options{Spec: &s.Client, Seed: 1})
	require.NoError(t, err)
	return p
}

func TestPolicyIsReadBack(t *testing.T) {
	p := measured(t, `{max_attempts: 6, initial_delay: 200ms, multiplier: 1.5, jitter: equal, max_delay: 600ms,
		attempt_timeout: 7s, budget: {tokens: 100, retry_cost: 10, throttle_cost: 4, refund: 1}}`)
	value := func(section, name string) string {
		row, ok := p.Row(section, name)
		require.True(t, ok, "%s: %s", section, name)
		return row.Value
	}
	within := func(want float64, section, name string) {
		row, ok := p.Row(section, name)
		require.True(t, ok, "%s: %s", section, name)
		assert.True(t, row.Low <= want && want <= row.High, "%s: %s: %v: want %v", section, name, row, want)
	}
	assert.Equal(t, "6", value("attempts of GetObject", "500 InternalError"))
	assert.Equal(t, "1", value("attempts of GetObject", "404 NoSuchKey"))
	assert.Equal(t, "6", value("attempts of PutObject", "silence"))
	within(1.5, "waits after server error", "multiplier")
	within(0.2, "waits after server error", "jitter equal")
	within(0.6, "waits after server error", "cap")
	within(0.2, "waits after throttling", "jitter equal")
	var text strings.Builder
	require.NoError(t, p.WriteText(&text))
	assert.Contains(t, text.String(), "waits after throttling\n  as after server error\n")
	assert.Contains(t, text.String(), "  6  500 InternalError; 502, a page of HTML;")
	assert.Equal(t, "10 retries", value("quota", "server error"))
	within(10, "quota", "server error, cost of a retry")
	within(4, "quota", "throttling, cost of a retry")
	within(100, "quota", "throttling, capacity")
	within(7, "timeouts", "for the first byte")
	within(7, "timeouts", "for the next byte")
	assert.Equal(t, "asks for the rest", value("habits", "after half a body"))
	assert.Equal(t, "none", value("habits", "sleep after the last attempt"))

	t.Run("and comes back from a file", func(t *testing.T) {
		var text bytes.Buffer
		require.NoError(t, p.WriteYAML(&text))
		again, err := profile.Parse("p.yaml", text.Bytes())
		require.NoError(t, err)
		assert.Equal(t, p.Sections, again.Sections)
		assert.Empty(t, profile.Diff(p, again))
	})
	t.Run("and a changed number is a difference", func(t *testing.T) {
		changed := *p
		changed.Sections = nil
		for _, s := range p.Sections {
			s.Rows = append([]profile.Row(nil), s.Rows...)
			changed.Sections = append(changed.Sections, s)
		}
		changed.Sections[0].Rows[0].Value, changed.Sections[0].Rows[0].Low, changed.Sections[0].Rows[0].High = "5", 5, 5
		var text strings.Builder
		require.NoError(t, profile.WriteDiff(&text, profile.Diff(p, &changed)))
		assert.Equal(t, "attempts of GetObject\n  500 InternalError: 6 → 5\n", text.String())
	})
	t.Run("and its plot is well-formed", func(t *testing.T) {
		var plot bytes.Buffer
		require.NoError(t, p.WriteSVG(&plot))
		decoder := xml.NewDecoder(&plot)
		texts := 0
		for {
			token, err := decoder.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			require.NoError(t, err)
			if start, ok := token.(xml.StartElement); ok && start.Name.Local == "circle" {
				texts++
			}
		}
		assert.GreaterOrEqual(t, texts, 5*50, "a dot for each sample of five waits")
	})
}

func TestFileThatIsNoProfileIsRefused(t *testing.T) {
	for text, want := range map[string]string{
		"profile: 2":             "p.yaml: profile: 2: want 1",
		"profile: 1\nclients: x": "p.yaml: not a profile",
		"[]":                     "p.yaml: not a profile",
		"profile: 1\nfacts: [{about: a, rows: [{name: b, range: [2, 1]}]}]": "range: want two numbers",
	} {
		_, err := profile.Parse("p.yaml", []byte(text))
		assert.ErrorContains(t, err, want)
	}
}
