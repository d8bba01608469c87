package control

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/s3chaos/s3chaos/faultproxy"
)

// A comparison of a thousand rules takes a second: it is made once for each change of the rules.
func TestWarningsAreComputedOnceForAChange(t *testing.T) {
	status := func(id int, fault faultproxy.Fault) faultproxy.RuleStatus {
		return faultproxy.RuleStatus{ID: id, Enabled: true, Rule: faultproxy.Rule{Fault: fault}}
	}
	shadowed := []faultproxy.RuleStatus{status(1, faultproxy.Timeout(0)), status(2, faultproxy.Timeout(0))}
	var w warnings
	assert.Contains(t, w.of(1, shadowed), 2)
	assert.Contains(t, w.of(1, shadowed[:1]), 2, "the version has not changed")
	assert.Empty(t, w.of(2, shadowed[:1]))
	shadowed[0].Enabled = false
	assert.Empty(t, w.of(3, shadowed))
}
