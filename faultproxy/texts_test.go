package faultproxy

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestTextsStayAsTheyWere(t *testing.T) {
	var kept texts
	var got, want []string
	for i := range 2000 {
		p := []byte(strings.Repeat(string(rune('a'+i%26)), i%300))
		if i%500 == 499 {
			p = []byte(strings.Repeat("x", mostTexts+i))
		}
		want = append(want, string(p))
		got = append(got, kept.keep(p))
		clear(p)
	}
	assert.Equal(t, want, got)
	assert.LessOrEqual(t, testing.AllocsPerRun(1000, func() { kept.keep(make([]byte, 100)) }), 1.0)
}
