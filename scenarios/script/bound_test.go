package script_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/s3chaos/s3chaos/scenarios/script"
)

func TestBoundsIncludeTheirEnds(t *testing.T) {
	for _, c := range []struct {
		bound script.IntBound
		in    []int
		out   []int
		text  string
	}{
		{script.Exactly(3), []int{3}, []int{2, 4}, "3"},
		{script.Between(2, 4), []int{2, 3, 4}, []int{1, 5}, "{between: [2, 4]}"},
		{script.AtLeast(2), []int{2, 1000}, []int{1}, "{min: 2}"},
		{script.AtMost(2), []int{0, 2}, []int{3}, "{max: 2}"},
		{script.IntBound{}, []int{0, 1000}, nil, "{}"},
	} {
		for _, v := range c.in {
			assert.True(t, c.bound.Contains(v), "%d in %v", v, c.bound)
		}
		for _, v := range c.out {
			assert.False(t, c.bound.Contains(v), "%d in %v", v, c.bound)
		}
		assert.Equal(t, c.text, c.bound.String())
	}
}

func TestMinAndMaxReturnTheEnds(t *testing.T) {
	lo, ok := script.AtLeast(2).Min()
	assert.Equal(t, 2, lo)
	assert.True(t, ok)
	_, ok = script.AtLeast(2).Max()
	assert.False(t, ok)
	hi, ok := script.AtMost(7).Max()
	assert.Equal(t, 7, hi)
	assert.True(t, ok)
}

// A bound prints as the text that the file holds.
func TestBoundPrintsAsWritten(t *testing.T) {
	for _, text := range []string{"1s", "1.5s", "{between: [2s, 2.5s]}", "{min: 100ms}", "{max: 1m30s}"} {
		s := parse(t, minimal+"expect: {elapsed: "+text+"}\n")
		assert.Equal(t, text, s.Expect.Elapsed.String())
	}
	for _, text := range []string{"64KiB", "500B", "{between: [1KiB, 9MiB]}", "{max: 9MiB}"} {
		s := parse(t, minimal+"expect: {bytes_sent: "+text+"}\n")
		assert.Equal(t, text, s.Expect.BytesSent.String())
	}
	for _, text := range []string{
		"3", "{of: HeadObject, exactly: 3}", "{of: HeadObject, between: [1, 3]}", "{of: HeadObject, min: 1}",
		"{of: HeadObject, max: 3}", "{min: 1}",
	} {
		s := parse(t, minimal+"expect: {attempts: "+text+"}\n")
		assert.Equal(t, text, s.Expect.Attempts[0].String())
	}
	s := parse(t, minimal+"expect: {elapsed: {exactly: 1s}}\n")
	assert.True(t, s.Expect.Elapsed.Contains(time.Second))
	assert.Equal(t, "1s", s.Expect.Elapsed.String())
}

func TestRangePrintsAsRead(t *testing.T) {
	for text, want := range map[string]script.Range{
		"0-99": {First: 0, Last: 99}, "100-": {First: 100, Last: -1}, "-50": {First: -1, Last: 50},
		"7-7": {First: 7, Last: 7},
	} {
		var r script.Range
		assert.NoError(t, r.UnmarshalText([]byte(text)))
		assert.Equal(t, want, r)
		assert.Equal(t, text, r.String())
	}
	for _, text := range []string{"", "-", "5", "a-b", "5-4", "-0", "0-1-2", "--5", "99999999999999999999-", "+1-2"} {
		var r script.Range
		assert.Error(t, r.UnmarshalText([]byte(text)), text)
		assert.Zero(t, r, "nothing is set by %q", text)
	}
}

func TestRangeOfContentIsThatOfS3(t *testing.T) {
	content := []byte("0123456789")
	for text, want := range map[string]string{
		"0-3": "0123", "8-20": "89", "7-": "789", "-2": "89",
		"-20": "0123456789", "3-3": "3",
	} {
		var r script.Range
		assert.NoError(t, r.UnmarshalText([]byte(text)))
		assert.Equal(t, want, string(r.Of(content)), text)
	}
}
