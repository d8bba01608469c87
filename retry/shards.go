package retry

import (
	"sync"
	"sync/atomic"
)

// shards holds what a Budget or a Breaker knows of each key. Keys are spread over many small maps,
// so that callers of one key do not wait for those of another. live counts the values that a
// successful call has to look at; while a shard has none, such a call reads one word of it and
// takes no lock.
type shards[V any] struct {
	all  atomic.Pointer[[shardCount]shard[V]] // nil until a key needs a value
	make sync.Mutex
}

const shardCount = 128

type shard[V any] struct {
	live   atomic.Int64
	mu     sync.Mutex
	values map[string]*V
	_      [40]byte // a cache line for each shard
}

// place is the number of a key's shard.
type place uint64

// nowhere is no place: nothing has looked for it yet.
const nowhere place = shardCount

func placeOf(key string) place { return place(digest(0, key) % shardCount) }

// quiet reports whether no value in a shard is live.
func (s *shards[V]) quiet(at place) bool {
	all := s.all.Load()
	return all == nil || all[at%shardCount].live.Load() == 0
}

// of returns the shard of key.
func (s *shards[V]) of(key string) *shard[V] {
	all := s.all.Load()
	if all == nil {
		all = s.allocate()
	}
	return &all[placeOf(key)]
}

func (s *shards[V]) allocate() *[shardCount]shard[V] {
	s.make.Lock()
	defer s.make.Unlock()
	all := s.all.Load()
	if all == nil {
		all = new([shardCount]shard[V])
		s.all.Store(all)
	}
	return all
}

// each calls visit for every value, with the lock of its shard held. visit may delete the value
// from the map.
func (s *shards[V]) each(visit func(in *shard[V], key string, value *V)) {
	all := s.all.Load()
	if all == nil {
		return
	}
	for i := range all {
		in := &all[i]
		in.mu.Lock()
		for key, value := range in.values {
			visit(in, key, value)
		}
		in.mu.Unlock()
	}
}

// put adds a value. The lock of the shard is held.
func (s *shard[V]) put(key string, value *V) {
	if s.values == nil {
		s.values = make(map[string]*V)
	}
	s.values[key] = value
}
