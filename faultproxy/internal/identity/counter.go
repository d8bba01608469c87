package identity

// counter counts keys that are hashes. With a limit it drops old keys: it has two generations, and
// drops the older when the younger has reached the limit. It is a flat table instead of a map
// because each request is counted twice: a lookup costs one cache line.
type counter struct {
	limit      int
	young, old hashTable
}

// hashTable is an open-addressed table with linear probing, at most three quarters full.
type hashTable struct {
	slots []slot // their number is a power of two
	shift uint   // 64 minus the base-2 logarithm of their number
	used  int
}

type slot struct {
	key uint64
	n   int // 0: the slot is unused
}

// get returns the count of k, or 0 if k was not counted or was dropped.
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
		// The dropped table has the size that the new one needs, so it is cleared and used again.
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

// find returns the slot of k, or an unused one for it, or nil if the table has no slots.
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
