package identity

// counter counts keys that are hashes already. With a limit it forgets old ones: of two generations
// the older is dropped when the younger has reached the limit. Every request is counted twice, so
// it is a flat table and not a map: a look costs one cache line.
type counter struct {
	limit      int
	young, old hashTable
}

// hashTable is an open-addressed table with linear probing, at most three quarters full.
type hashTable struct {
	slots []slot // a power of two of them
	shift uint   // 64 minus its logarithm
	used  int
}

type slot struct {
	key uint64
	n   int // 0: the slot is free
}

// get returns the count of k, 0 when it was never counted or is forgotten.
func (t *counter) get(k uint64) int {
	if s := t.young.find(k); s != nil && s.n > 0 {
		return s.n
	}
	if s := t.old.find(k); s != nil {
		return s.n
	}
	return 0
}

// add counts k and returns the new count.
func (t *counter) add(k uint64) int {
	s := t.young.find(k)
	if s != nil && s.n > 0 {
		s.n++
		return s.n
	}
	n := 1
	if o := t.old.find(k); o != nil {
		n += o.n
	}
	switch {
	case t.limit > 0 && t.young.used >= t.limit:
		// The table that is dropped is as large as the new one must be: it is wiped and used again.
		t.young, t.old = t.old, t.young
		clear(t.young.slots)
		t.young.used = 0
		s = t.young.find(k)
	case t.young.used >= len(t.young.slots)/4*3:
		t.young.grow()
		s = t.young.find(k)
	}
	if s == nil {
		t.young.grow()
		s = t.young.find(k)
	}
	*s = slot{k, n}
	t.young.used++
	return n
}

// find returns the slot of k, or the free one where it belongs; nil when there are no slots.
func (h *hashTable) find(k uint64) *slot {
	if len(h.slots) == 0 {
		return nil
	}
	mask := len(h.slots) - 1
	for i := int(k * 0x9e3779b97f4a7c15 >> h.shift); ; i++ {
		s := &h.slots[i&mask]
		if s.n == 0 || s.key == k {
			return s
		}
	}
}

func (h *hashTable) grow() {
	old := h.slots
	h.slots = make([]slot, max(16, 2*len(old)))
	h.shift = 64
	for size := len(h.slots); size > 1; size /= 2 {
		h.shift--
	}
	for _, s := range old {
		if s.n > 0 {
			*h.find(s.key) = s
		}
	}
}
