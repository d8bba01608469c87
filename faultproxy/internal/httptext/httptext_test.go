package httptext

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestEachReadsHeaderLinesAndSkipsMalformedOnes(t *testing.T) {
	var lines []string
	h := Headers("A: 1\r\nno colon\r\n: no name\r\nb:\t two \r\nA: 3\r\nlast: 4")
	h.Each(func(name, value string) bool {
		lines = append(lines, name+"="+value)
		return name != "A" || value != "3"
	})
	assert.Equal(t, []string{"A=1", "b=two", "A=3"}, lines, "a false result ends the reading")
	value, ok := h.Get("LAST")
	assert.Equal(t, "4", value)
	assert.True(t, ok)
	_, ok = h.Get("none")
	assert.False(t, ok)
}

func TestEachParamDecodesNamesOnly(t *testing.T) {
	var params []string
	EachParam("a=1%202&&b%2Bc&d+e=f+g&=x", func(raw, name, value string) bool {
		params = append(params, raw+"|"+name+"|"+value)
		return true
	})
	assert.Equal(t, []string{"a=1%202|a|1%202", "b%2Bc|b+c|", "d+e=f+g|d e|f+g", "=x||x"}, params)
}

func TestUnescapeKeepsMalformedEscapes(t *testing.T) {
	for text, want := range map[string]string{"a%20b": "a b", "%zz%4": "%zz%4", "%": "%", "%41%": "A%", "a+b": "a+b"} {
		assert.Equal(t, want, Unescape(text))
	}
	assert.Equal(t, "a b+", UnescapeQuery("a+b%2B"))
}

func TestNameBitIgnoresCase(t *testing.T) {
	assert.Equal(t, NameBit("Range"), NameBit("rANGE"))
	assert.Zero(t, NameBit(""))
	assert.True(t, EqualFold("X-Amz", "x-aMZ"))
	assert.False(t, EqualFold("X-Amz", "X-Am"))
	assert.False(t, EqualFold("[", "{"), "only letters have a case")
}
