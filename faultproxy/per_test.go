package faultproxy_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// A connection that is struck is struck at each of its requests, and the same ones are in each run.
func TestConnectionIsStruckAsAWhole(t *testing.T) {
	struck := func() (list []string) {
		rules := []string{"probability: 0.5, per: connection, match: {not: {method: PUT}}, respond: {status: 503}"}
		inRig(t, always(hello), rules, func(r *rig) {
			for range 12 {
				c := r.dial()
				got, _, _ := r.talkOver(c, get+put+get)
				list = append(list, strings.Repeat("x", strings.Count(got, "HTTP/1.1 503")))
				assert.Contains(t, got, hello, "the PUT passes")
				_ = c.Close()
			}
		})
		return list
	}
	first := struck()
	assert.Contains(t, first, "xx")
	assert.Contains(t, first, "")
	assert.NotContains(t, first, "x")
	assert.Equal(t, first, struck())
}
