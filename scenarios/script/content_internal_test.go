package script

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestDrawnContentIsSharedUntilItIsChanged(t *testing.T) {
	first := drawn(7, 1000, "a", "b")
	want := string(first.Bytes)
	require.Same(t, first, drawn(7, 1000, "a", "b"))
	for _, other := range []*Drawing{
		drawn(8, 1000, "a", "b"), drawn(7, 1001, "a", "b"), drawn(7, 1000, "ab"), drawn(7, 1000, "a", "b", ""),
	} {
		require.NotEqual(t, want, string(other.Bytes))
	}
	first.Bytes[0]++
	again := drawn(7, 1000, "a", "b")
	require.Equal(t, want, string(again.Bytes))
	require.Same(t, again, drawn(7, 1000, "a", "b"))
}

func TestDrawingsOfAProcessAreBounded(t *testing.T) {
	for i := range 6 {
		drawn(uint64(i), drawingLimit, "large")
		drawn(uint64(i), drawingLimit+1, "too large")
		require.LessOrEqual(t, drawings.size, Size(drawingsLimit))
	}
	sum := Size(0)
	for _, d := range drawings.known {
		sum += Size(len(d.Bytes))
	}
	require.Equal(t, sum, drawings.size)
}
