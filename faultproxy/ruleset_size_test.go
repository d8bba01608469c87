package faultproxy

import (
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/faultproxy/internal/identity"
)

// manyRules returns rules for all operations, which cost the most.
func manyRules(n int) []Rule {
	list := make([]Rule, n)
	for i := range list {
		list[i] = Rule{Match: Match{Key: fmt.Sprintf("k%d", i)}, Fault: Timeout(0)}
	}
	return list
}

// allocated returns how many bytes f allocates.
func allocated(f func()) int {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return int(after.TotalAlloc - before.TotalAlloc)
}

// The cost of a change grows with the number of rules. It does not grow with its square, nor with
// the number of operations.
func TestCostOfAChangeIsLinearInTheRules(t *testing.T) {
	const few, many, room = 100, 1600, 2 // slices grow in steps, so allow twice as much
	replace := func(n int) int {
		s, list := rules(t, 1), manyRules(n)
		return allocated(func() { require.NoError(t, s.Replace(list)) })
	}
	assert.Less(t, replace(many), room*replace(few)*many/few)

	s := rules(t, 1)
	require.NoError(t, s.Replace(manyRules(many)))
	for name, change := range map[string]func(){
		"add":    func() { _, _ = s.Add(Rule{Fault: Timeout(0)}) },
		"remove": func() { s.Remove(1) },
		"toggle": func() { s.Toggle(2, false) },
	} {
		assert.Less(t, allocated(change), 500*many, name)
	}
}

// A removed rule's id is never given to another rule, so calls with that id change no other rule.
func TestIdsAreNeverUsedAgain(t *testing.T) {
	s := rules(t, 1, "timeout: {}", "timeout: {}")
	require.NoError(t, s.Replace(manyRules(2)))
	assert.False(t, s.Remove(1), "it has been replaced")
	assert.False(t, s.Toggle(2, false))
	assert.False(t, s.Reset(2))
	var ids []int
	var labels []string
	for _, st := range s.List() {
		ids, labels = append(ids, st.ID), append(labels, st.Label)
	}
	assert.Equal(t, []int{3, 4}, ids)
	assert.Equal(t, []string{"#3", "#4"}, labels)
	require.Error(t, s.Replace([]Rule{{}}))
	id, err := s.Add(Rule{Fault: Timeout(0)})
	require.NoError(t, err)
	assert.Equal(t, 5, id)
}

// Rules for one operation and rules for all operations are tried in one common order.
func TestRulesForOneOperationAndForAllKeepTheirOrder(t *testing.T) {
	s := rules(t, 1,
		"{name: all, times: 1, timeout: {}}",
		"{name: get, match: {operation: GetObject}, times: 1, timeout: {}}",
		"{name: put, match: {operation: PutObject}, timeout: {}}",
		"{name: both, times: 1, match: {key: k}, timeout: {}}",
		"{name: get again, match: {operation: GetObject}, times: 1, timeout: {}}",
		"{name: last, timeout: {}}",
	)
	tr := identity.NewTracker(0)
	var got []string
	for range 6 {
		got = append(got, labelOf(firing(s, req(tr, "GET", "/demo/k"), 0)))
	}
	assert.Equal(t, []string{"all", "get", "both", "get again", "last", "last"}, got)
	assert.Equal(t, "last", labelOf(firing(s, req(tr, "TRACE", "/demo/k"), time.Second)),
		"what is no operation is for all")
}
