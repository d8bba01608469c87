package faultproxy

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/faultproxy/internal/identity"
)

func labelsOf(s *RuleSet) (labels []string) {
	for _, st := range s.List() {
		labels = append(labels, st.Label)
	}
	return labels
}

func parsed(t *testing.T, text string) Rule {
	t.Helper()
	r, err := ParseRule(text)
	require.NoError(t, err)
	return r
}

func TestInsertedRuleIsTriedBeforeItsNeighbour(t *testing.T) {
	s := rules(t, 1, "name: general, timeout: {}", "name: last, timeout: {}")
	version := s.Version()
	id, err := s.Insert(1, parsed(t, "name: get, match: {operation: GetObject}, timeout: {}"))
	require.NoError(t, err)
	assert.Equal(t, 3, id)
	assert.Equal(t, []string{"get", "general", "last"}, labelsOf(s))
	assert.Greater(t, s.Version(), version)
	tr := identity.NewTracker(0)
	assert.Equal(t, "get", labelOf(firing(s, req(tr, "GET", "/demo/k"), 0)))
	assert.Equal(t, "general", labelOf(firing(s, req(tr, "PUT", "/demo/k"), 0)))
	_, err = s.Insert(7, parsed(t, "timeout: {}"))
	require.ErrorIs(t, err, ErrNoRule)
	_, err = s.Insert(1, Rule{})
	require.ErrorIs(t, err, ErrRule)
	assert.Len(t, s.List(), 3)
}

func TestUpdatedRuleKeepsItsPlaceAndCountsFromZero(t *testing.T) {
	s := rules(t, 1, "name: a, timeout: {}", "name: b, timeout: {}")
	tr := identity.NewTracker(0)
	held := firing(s, req(tr, "GET", "/demo/k"), 0)
	id, err := s.Update(1, parsed(t, "name: c, match: {method: PUT}, timeout: {}"))
	require.NoError(t, err)
	assert.Equal(t, []string{"c", "b"}, labelsOf(s))
	assert.Equal(t, []int{0, 0}, s.Fired())
	select {
	case <-held.gone:
	default:
		t.Error("what the old rule holds does not go on")
	}
	assert.False(t, s.Remove(1), "the old id names no rule")
	assert.True(t, s.Remove(id))
	_, err = s.Update(1, parsed(t, "timeout: {}"))
	require.ErrorIs(t, err, ErrNoRule)
}

func TestWindowCountsFromTheAddingOfItsRule(t *testing.T) {
	s := rules(t, 1, "name: first, during: [10s, 20s], timeout: {}")
	now := 60 * time.Second
	s.clock = func() time.Duration { return now }
	for _, text := range []string{
		"name: added, match: {method: GET}, during: [10s, 20s], timeout: {}",
		"name: start, during: {since: start, from: 10s, to: 75s}, timeout: {}",
	} {
		_, err := s.Add(parsed(t, text))
		require.NoError(t, err)
	}
	tr := identity.NewTracker(0)
	pick := func(at time.Duration) string { return labelOf(firing(s, req(tr, "GET", "/demo/k"), at)) }
	assert.Equal(t, "first", pick(10*time.Second))
	assert.Equal(t, "start", pick(69*time.Second))
	assert.Equal(t, "added", pick(70*time.Second))
	assert.Empty(t, pick(80*time.Second))
	list := s.List()
	assert.Equal(t, []bool{true, false, false}, []bool{list[0].Over, list[1].Over, list[2].Over})
	assert.Equal(t, Window{70 * time.Second, 80 * time.Second, SinceStart}, list[1].Window)
	now = 100 * time.Second
	assert.True(t, s.List()[1].Over)
	s.restart()
	require.True(t, s.Remove(1))
	assert.Equal(t, "added", pick(15*time.Second), "after a restart all windows count from zero")
}

func TestWindowTextHasItsMoment(t *testing.T) {
	for text, want := range map[string]string{
		"during: {since: start, from: 1s, to: 2s}, timeout: {}": "{during: {since: start, from: 1s, to: 2s}, " +
			"timeout: {}}",
		"during: {since: added, from: 1s, to: 2s}, timeout: {}": "{during: [1s, 2s], timeout: {}}",
		"during: {to: 2s}, timeout: {}":                         "{during: [0s, 2s], timeout: {}}",
	} {
		r := parsed(t, text)
		assert.Equal(t, want, r.String())
		assert.Equal(t, r, parsed(t, r.String()))
	}
	for text, problem := range map[string]string{
		"during: {since: noon, from: 1s, to: 2s}, timeout: {}": `during: since "noon": want start, or added`,
		"during: {since: start}, timeout: {}":                  "the window is empty",
		"during: {snce: start, to: 2s}, timeout: {}":           `unknown during key "snce"`,
		"during: {from: 3s, to: 2s}, timeout: {}":              "want an end after the start",
	} {
		_, err := ParseRule(text)
		require.ErrorContains(t, err, problem, text)
	}
}
