package identity

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestCounterCountsAsAMapDoes(t *testing.T) {
	var count counter
	want := map[uint64]int{}
	for i := range uint64(50_000) {
		// Few keys, many keys, the key 0, and keys that differ in their highest or lowest bits
		// only.
		for _, k := range []uint64{i % 7, i, i << 40, i % 1000 << 54} {
			want[k]++
			if got := count.add(k); got != want[k] {
				t.Fatalf("key %x is counted %d times, not %d", k, got, want[k])
			}
		}
	}
	for k, n := range want {
		if got := count.get(k); got != n {
			t.Fatalf("key %x has %d, not %d", k, got, n)
		}
	}
	assert.Zero(t, count.get(1<<63+12345))
}

func TestCounterWithLimitRemembersTheLast(t *testing.T) {
	const limit = 100
	count := counter{limit: limit}
	const all = 10*limit + limit/2
	for i := range uint64(all) {
		assert.Equal(t, 1, count.add(i))
		for back := range min(i+1, limit) {
			assert.Equal(t, 1, count.get(i-back))
		}
	}
	assert.Zero(t, count.get(0), "all that ever came is remembered")
	for back := range uint64(limit) {
		assert.Equal(t, 2, count.add(all-limit+back), "the last ones count on")
	}
	assert.LessOrEqual(t, len(count.young.slots)+len(count.old.slots), 8*limit)
}

func TestEmptyCounterReturnsZero(t *testing.T) {
	var count counter
	assert.Zero(t, count.get(0))
}
